import { PortiaError } from '../domain/errors.js';
import { isPlanId, isRunId } from '../domain/ids.js';
import { isJsonObject } from '../domain/json.js';
import { RUN_STATES, type RunState } from '../domain/run.js';
import { readLastSeq } from './event-log.js';
import type { FileSystem } from './file-system.js';
import { readBytes } from './read-file.js';
import type { RunBrief } from './store.js';
import type { RunFiles } from './stored-run.js';

export type ReadableBrief = Exclude<RunBrief, { unreadable: string }>;

/**
 * What the snapshot says of a run, unverified; undefined when only reading the run in full can tell:
 * the snapshot is missing, broken, of another tool, or older than the log.
 */
export function readBrief(files: RunFiles, fs: FileSystem): ReadableBrief | undefined {
  const found = parseSnapshot(files.snapshot, fs);
  if (found === undefined || found.brief.id !== files.id) return undefined;
  // A run that is complete stays as it is; every other one may have gone on since.
  const upToDate = found.brief.state === 'COMPLETE' || readLastSeq(files.log, fs) === found.lastSeq;
  return upToDate ? found.brief : undefined;
}

function parseSnapshot(path: string, fs: FileSystem): { brief: ReadableBrief; lastSeq: number } | undefined {
  try {
    const file = readBytes(path, fs);
    if (file === undefined) return undefined;
    return briefOf(JSON.parse(Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.length).toString()));
  } catch (error) {
    // Reading the run in full finds the same fault and says what it is.
    if (error instanceof SyntaxError || error instanceof PortiaError) return undefined;
    throw error;
  }
}

function isState(value: unknown): value is RunState {
  return RUN_STATES.some((state) => state === value);
}

function briefOf(value: unknown): { brief: ReadableBrief; lastSeq: number } | undefined {
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
