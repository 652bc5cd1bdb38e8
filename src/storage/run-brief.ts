import { errnoOf, PortiaError } from '../domain/errors.js';
import { isPlanId, isRunId } from '../domain/values/ids.js';
import { isJsonObject } from '../domain/values/json.js';
import { RUN_STATES, type RunState } from '../domain/run/run.js';
import { readLastSeq } from './event-log.js';
import { OPEN, type FileSystem } from './file-system.js';
import { readBytes, readRange } from './read-file.js';
import type { RunBrief } from './store.js';
import type { RunFiles } from './stored-run.js';

export type ReadableBrief = Exclude<RunBrief, { unreadable: string }>;

interface Found {
  brief: ReadableBrief;
  lastSeq: number;
}

/**
 * What the snapshot says of a run, unverified; undefined when only reading the run in full can tell:
 * the snapshot is missing, broken, of another tool, or older than the log.
 */
export function readBrief(files: RunFiles, fs: FileSystem): ReadableBrief | undefined {
  const found = parseEnds(files.snapshot, fs) ?? parseSnapshot(files.snapshot, fs);
  if (found === undefined || found.brief.id !== files.id) return undefined;
  // A run that is complete stays as it is; every other one may have gone on since.
  const upToDate = found.brief.state === 'COMPLETE' || readLastSeq(files.log, fs) === found.lastSeq;
  return upToDate ? found.brief : undefined;
}

/** What a brief needs stands in the first and in the last lines of a snapshot. */
const HEAD_BYTES = 1_024;
const TAIL_BYTES = 4_096;

/**
 * The same from the two ends of a long snapshot: parsing what is between takes most of the time of a long list.
 * Undefined when they do not look as portia writes them. No text can look like them: line ends in texts are escaped.
 */
function parseEnds(path: string, fs: FileSystem): Found | undefined {
  const ends = readEnds(path, fs);
  if (ends === undefined) return undefined;
  const head = ends.head.slice(0, Math.max(0, ends.head.indexOf(',\n  "outputs": {')));
  const tail = ends.tail.slice(Math.max(0, ends.tail.lastIndexOf('\n  "metadata": {')));
  return parsed(`${head},${tail}`);
}

function readEnds(path: string, fs: FileSystem): { head: string; tail: string } | undefined {
  let file: number | undefined;
  try {
    file = fs.open(path, OPEN.read);
    const stats = fs.stat(file);
    if (!stats.isFile() || stats.size <= HEAD_BYTES + TAIL_BYTES) return undefined;
    return {
      head: textOf(readRange(fs, file, { start: 0, end: HEAD_BYTES })),
      tail: textOf(readRange(fs, file, { start: stats.size - TAIL_BYTES, end: stats.size })),
    };
  } catch (error) {
    // Reading all of it finds the same fault and says what it is.
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  } finally {
    if (file !== undefined) fs.close(file);
  }
}

function parseSnapshot(path: string, fs: FileSystem): Found | undefined {
  try {
    const file = readBytes(path, fs);
    return file === undefined ? undefined : parsed(textOf(file.bytes));
  } catch (error) {
    // Reading the run in full finds the same fault and says what it is.
    if (error instanceof PortiaError) return undefined;
    throw error;
  }
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString();
}

function parsed(text: string): Found | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reading the run in full finds the same fault and says what it is.
    return undefined;
  }
  return briefOf(value);
}

function isState(value: unknown): value is RunState {
  return RUN_STATES.some((state) => state === value);
}

function briefOf(value: unknown): Found | undefined {
  if (!isJsonObject(value) || !isJsonObject(value['metadata'])) return undefined;
  const { id, plan_id, state, current_step_index: index, metadata } = value;
  const { created_at, updated_at, step_count: count, last_seq: lastSeq, schema_version: version, digest } = metadata;
  if (version !== 1 || typeof digest !== 'string' || !isState(state)) return undefined;
  if (!isRunId(id) || !isPlanId(plan_id) || typeof created_at !== 'string' || typeof updated_at !== 'string')
    return undefined;
  if (typeof index !== 'number' || typeof count !== 'number' || typeof lastSeq !== 'number') return undefined;
  const brief = { id, plan_id, state, created_at, updated_at, current_step_index: index, step_count: count };
  return { brief, lastSeq };
}
