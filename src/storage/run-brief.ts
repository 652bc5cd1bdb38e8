import { openClarifications } from '../domain/run/clarification.js';
import { errnoOf, PortiaError } from '../domain/errors.js';
import { isPlanId, isRunId } from '../domain/values/ids.js';
import { isJsonObject, jsonOf } from '../domain/values/json.js';
import type { Run } from '../domain/run/run.js';
import { readLastSeq } from './event-log.js';
import { OPEN, type FileSystem } from './file-system.js';
import { parseJsonOrThrow, readRange } from './read-file.js';
import { readSnapshot, snapshotOf, type Snapshot } from './snapshot.js';
import type { RunBrief } from './store.js';
import { refuseLinks, type RunPaths } from './stored-run.js';

export type ReadableBrief = Exclude<RunBrief, { unreadable: string }>;

/** What a list shows of a run that was read. */
export function briefOf(run: Run): ReadableBrief {
  const { id, plan_id, state, current_step_index, metadata } = run;
  const { created_at, updated_at, step_count, last_seq } = metadata;
  // Nobody waits for the answers of a run that has ended.
  const open = state === 'COMPLETE' || state === 'FAILED' ? 0 : openClarifications(run).length;
  return { id, plan_id, state, open_questions: open, created_at, updated_at, current_step_index, step_count, last_seq };
}

/**
 * What the snapshot says of a run; undefined when only reading the run in full can tell: the snapshot is missing,
 * broken, edited, of another tool, or older than the log. A long one that says that it is complete is believed.
 */
export function readBrief(files: RunPaths, fs: FileSystem): ReadableBrief | undefined {
  const known = readQuickly(files.snapshot, fs);
  if (known?.kind === 'complete') return known.brief.id === files.id ? known.brief : undefined;
  if (known?.kind === 'whole' && known.run.state === 'COMPLETE' && known.run.id === files.id) return briefOf(known.run);
  refuseLinks(files, fs);
  const snapshot = known ?? readSnapshot(files.snapshot, fs);
  if (snapshot.kind !== 'whole' || snapshot.run.id !== files.id) return undefined;
  const { run, lastSeq } = snapshot;
  // A run that is complete stays as it is; every other one may have continued since.
  return run.state === 'COMPLETE' || readLastSeq(files.log, fs) === lastSeq ? briefOf(run) : undefined;
}

/** What a brief needs is in the first and in the last lines of a snapshot. */
const HEAD_BYTES = 1_024;
const TAIL_BYTES = 4_096;

/** The same for every run: what is read into it becomes a text at once. */
const memory = new Uint8Array(HEAD_BYTES + TAIL_BYTES);

/**
 * The same of a complete run from the two ends of a long snapshot: parsing what is between takes most of the time of a
 * long list. Undefined when they do not look as portia writes them, and for every other run, whose questions stand
 * between. No text can look like them: line ends in texts are escaped.
 */
function briefOfEnds(ends: { head: string; tail: string }): ReadableBrief | undefined {
  const head = ends.head.slice(0, Math.max(0, ends.head.indexOf(',\n  "outputs": {')));
  const tail = ends.tail.slice(Math.max(0, ends.tail.lastIndexOf('\n  "metadata": {')));
  return completeIn(`${head},${tail}`);
}

/** A short snapshot, with one opening of its file, or what the ends of a long one say; undefined when neither tells. */
function readQuickly(path: string, fs: FileSystem): Snapshot | { kind: 'complete'; brief: ReadableBrief } | undefined {
  let file: number | undefined;
  try {
    file = fs.open(path, OPEN.readUnlinked);
    const stats = fs.stat(file);
    if (!stats.isFile()) return undefined;
    if (stats.size <= HEAD_BYTES + TAIL_BYTES) {
      const bytes = readRange(fs, file, { start: 0, end: stats.size, memory });
      return snapshotOf(parseJsonOrThrow(bytes, path), path, stats.mtimeMs);
    }
    const head = textOf(readRange(fs, file, { start: 0, end: HEAD_BYTES, memory }));
    const tail = textOf(readRange(fs, file, { start: stats.size - TAIL_BYTES, end: stats.size, memory }));
    const brief = briefOfEnds({ head, tail });
    return brief && { kind: 'complete', brief };
  } catch (error) {
    // Reading all of it finds the same fault and says what it is.
    if (errnoOf(error) === undefined && !(error instanceof PortiaError)) throw error;
    return undefined;
  } finally {
    if (file !== undefined) fs.close(file);
  }
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString();
}

function completeIn(text: string): ReadableBrief | undefined {
  // What is not JSON is found again when the run is read in full, which says what it is.
  const value = jsonOf(text);
  if (!isJsonObject(value) || !isJsonObject(value['metadata'])) return undefined;
  const { id, plan_id, state, current_step_index: index, metadata } = value;
  const { created_at, updated_at, step_count: count, last_seq: lastSeq, schema_version: version, digest } = metadata;
  if (version !== 1 || typeof digest !== 'string' || state !== 'COMPLETE') return undefined;
  if (!isRunId(id) || !isPlanId(plan_id) || typeof created_at !== 'string' || typeof updated_at !== 'string')
    return undefined;
  if (typeof index !== 'number' || typeof count !== 'number' || typeof lastSeq !== 'number') return undefined;
  return {
    id,
    plan_id,
    state,
    open_questions: 0,
    created_at,
    updated_at,
    current_step_index: index,
    step_count: count,
    last_seq: lastSeq,
  };
}
