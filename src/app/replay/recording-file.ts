import { PortiaError } from '../../domain/errors.js';
import { advice, portia } from '../../domain/next-step.js';
import { keyIn } from '../../domain/values/personal-data.js';
import { constants, isUtf8 } from 'node:buffer';

import type { Plan } from '../../domain/plan/plan.js';
import { recordingLines, type WritingOptions } from '../../domain/recording/recording-lines.js';
import { RecordingReader, unreadable } from '../../domain/recording/read-recording.js';
import type { Recording } from '../../domain/recording/recording.js';
import type { RunId } from '../../domain/values/ids.js';
import type { JsonObject } from '../../domain/values/json.js';
import { readPlanDocument } from '../../storage/upgrade/upgrade.js';
import type { Store } from '../../storage/store.js';
import { linesOf, type Line } from '../lines-of-file.js';
import { wholePlanOf } from './replay-run.js';
import { recordedRun } from './recorded-run.js';

/** A run as the text of a recording. Rejects as `replayRun` does, and with `usage` where it holds what looks like a key. */
export async function recordingText(id: RunId, store: Store, options: WritingOptions): Promise<string> {
  const recording = await recordedRun(id, await wholePlanOf(id, store), store);
  const lines = recordingLines(recording, options);
  refuseKeys(id, lines);
  return lines.map((line) => `${line}\n`).join('');
}

/** A recording is made to be kept with the code, where everybody sees it. */
function refuseKeys(runId: RunId, lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) {
    const column = keyIn(line);
    if (column === undefined) continue;
    throw new PortiaError('usage', `The recording of ${runId} would hold what looks like a key.`, {
      why: `It stands in line ${index + 1}, column ${column + 1}: a step read it, or was given it as an input.`,
      fix: advice`Keep it out of what steps read, and run the plan again. To hand the run to somebody you trust: ${portia('export', runId, '-o', 'run.ndjson')}`,
      runId,
    });
  }
}

/** What the first line of a recording begins with. */
export function isRecording(beginning: string): boolean {
  return beginning.startsWith('{"recording":');
}

/** Rejects with `unreadable` or `newer-version`. */
export async function readRecording(source: AsyncIterable<Uint8Array>, name: string): Promise<Recording> {
  const reader = new RecordingReader(name);
  for await (const line of linesOf(source, { name, most: constants.MAX_STRING_LENGTH }))
    reader.add(textOf(line, `${name}:${line.number}`));
  const { plan, innerPlans, ...read } = reader.read();
  const planOf = (document: JsonObject): Plan => {
    const { plan: found } = readPlanDocument(document, { createdAt: read.clock, name: `The plan in ${name}` });
    return found;
  };
  return { ...read, plan: planOf(plan), innerPlans: innerPlans.map(planOf) };
}

/** Programs that change ends of lines, such as Git on Windows, do no harm. */
function textOf({ bytes, hasEnd }: Line, where: string): string {
  if (!hasEnd) throw unreadable(where, 'It is cut off: the line has no end.');
  if (!isUtf8(bytes)) throw unreadable(where, 'It is not UTF-8 text.');
  return Buffer.from(bytes).toString().replace(/\r$/, '');
}
