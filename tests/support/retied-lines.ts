import { createSigning } from '../../src/app/signing/signing.js';
import { digestText } from '../../src/domain/values/digest.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import type { RunId } from '../../src/domain/values/ids.js';
import { signedText } from '../../src/domain/run/signatures.js';

/**
 * Lines of logs that a test has changed, as if they had been recorded so: each tied to the one before it in the log of
 * its run, and what was signed is signed again by whoever has this home.
 */
export function retied(lines: string[], home: string): string[] {
  const signing = createSigning({ shell: { HOME: home }, warn: () => undefined });
  const logs = new Map<RunId, { all: string; last: string }>();
  return lines.map((line) => {
    const event = JSON.parse(line) as RunEvent;
    const before = logs.get(event.run_id);
    if (before !== undefined && event.prev !== undefined) event.prev = digestText(before.last);
    if (event.log_digest !== undefined) event.log_digest = digestText(before?.all ?? '');
    if (event.signature !== undefined) event.signature = signing.sign(signedText(event));
    const text = JSON.stringify(event);
    logs.set(event.run_id, { all: `${before?.all ?? ''}${text}\n`, last: text });
    return `${text}\n`;
  });
}
