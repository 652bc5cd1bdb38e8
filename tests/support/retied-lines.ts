import { digestText } from '../../src/domain/digest.js';
import type { RunEvent } from '../../src/domain/events.js';
import type { RunId } from '../../src/domain/ids.js';

/** Lines of logs that a test has changed, each tied again to the one before it in the log of its run. */
export function retied(lines: string[]): string[] {
  const last = new Map<RunId, string>();
  return lines.map((line) => {
    const event = JSON.parse(line) as RunEvent;
    const before = last.get(event.run_id);
    const isTied = before !== undefined && event.prev !== undefined;
    const text = isTied ? JSON.stringify({ ...event, prev: digestText(before) }) : line.trimEnd();
    last.set(event.run_id, text);
    return `${text}\n`;
  });
}
