import { digestValue } from '../domain/values/digest.js';
import { PortiaError } from '../domain/errors.js';
import { isPlanId, isRunId } from '../domain/values/ids.js';
import { isJsonObject, roughLength } from '../domain/values/json.js';
import type { Run } from '../domain/run/run.js';
import { shortenedRun } from '../domain/run/shortened-run.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import type { FileSystem } from './file-system.js';
import { parseJsonOrThrow, readBytes } from './read-file.js';

/** What is in runs/<id>.json. */
export type Snapshot =
  | { kind: 'absent' }
  /** Written by portia and as it was written. */
  | { kind: 'whole'; run: Run; lastSeq: number }
  /** Without a digest: of the Python SDK, or made by hand. */
  | { kind: 'foreign'; value: unknown; changedAt: number }
  /** With a digest that does not match. */
  | { kind: 'edited'; value: unknown; changedAt: number }
  /** Not JSON, not UTF-8, empty, too large, a folder. */
  | { kind: 'broken'; problem: PortiaError };

/**
 * Text of a snapshot: the record with `metadata.digest`, which tells an edit by hand. A record that would be longer than
 * `maxBytes` is shortened, and says so: the reader takes the whole from the log then.
 */
export function writeSnapshotText(run: Run, maxBytes: number): string {
  return textWithin(run, maxBytes) ?? textOf(shortenedRun(run));
}

function textWithin(run: Run, maxBytes: number): string | undefined {
  if (roughLength(run, maxBytes) >= maxBytes) return undefined;
  try {
    const text = textOf(run);
    return Buffer.byteLength(text) > maxBytes ? undefined : text;
  } catch (error) {
    // Indented it would be longer than any text can be.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function textOf(run: Run): string {
  const { digest: _digest, ...metadata } = run.metadata;
  const digest = digestValue({ ...run, metadata });
  return `${JSON.stringify({ ...run, metadata: { ...metadata, digest } }, null, 2)}\n`;
}

/** Throws only `newer-version` and `storage-failed`; everything that is wrong with the file itself is in the result. */
export function readSnapshot(path: string, fs: FileSystem): Snapshot {
  let value: unknown;
  let changedAt: number;
  try {
    const file = readBytes(path, fs);
    if (file === undefined) return { kind: 'absent' };
    changedAt = file.changedAt;
    value = parseJsonOrThrow(file.bytes, path);
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'unreadable') return { kind: 'broken', problem: error };
    throw error;
  }
  return snapshotOf(value, path, changedAt);
}

/** What the value of a file is as a snapshot. Throws `newer-version`. */
export function snapshotOf(value: unknown, path: string, changedAt: number): Snapshot {
  refuseNewer(value, path);
  if (!isJsonObject(value) || !isJsonObject(value['metadata'])) return { kind: 'foreign', value, changedAt };
  const { digest, ...metadata } = value['metadata'];
  if (digest === undefined) return { kind: 'foreign', value, changedAt };
  const run = { ...value, metadata };
  if (digestValue(run) !== digest || !looksLikeRun(run)) return { kind: 'edited', value, changedAt };
  return { kind: 'whole', run, lastSeq: run.metadata.last_seq };
}

/** A digest tells that nobody edited the file by accident; whoever made it on purpose could have put anything in. */
function looksLikeRun(value: unknown): value is Run {
  if (!isJsonObject(value)) return false;
  const { outputs, metadata, steps, usage, plan_run_inputs: inputs } = value;
  return (
    isRunId(value['id']) &&
    isPlanId(value['plan_id']) &&
    typeof value['state'] === 'string' &&
    typeof value['current_step_index'] === 'number' &&
    isJsonObject(outputs) &&
    isJsonObject(outputs['step_outputs']) &&
    Object.values(outputs['step_outputs']).every(isJsonObject) &&
    areObjectsWith(outputs['clarifications'], ['id', 'category', 'user_guidance']) &&
    areObjectsWith(steps, ['path', 'status']) &&
    isJsonObject(usage) &&
    isJsonObject(inputs) &&
    isJsonObject(metadata) &&
    typeof metadata['last_seq'] === 'number' &&
    typeof metadata['created_at'] === 'string'
  );
}

function areObjectsWith(list: unknown, texts: string[]): boolean {
  const complete = (item: unknown): boolean =>
    isJsonObject(item) && texts.every((key) => typeof item[key] === 'string');
  return Array.isArray(list) && list.every(complete);
}

/** Throws `newer-version` when a record says that it has a version above 1. */
export function refuseNewer(value: unknown, where: string): void {
  const metadata = isJsonObject(value) ? value['metadata'] : undefined;
  const version = isJsonObject(metadata) ? metadata['schema_version'] : undefined;
  if (typeof version !== 'number' || version <= 1) return;
  throw new PortiaError('newer-version', `${where} was written by a newer portia.`, {
    why: `Its schema_version is ${version}; this one reads up to 1.`,
    fix: 'Update portia: git pull && npm ci in its folder; nothing was changed.',
    pointer: '/metadata/schema_version',
  });
}

export function snapshotEdited(snapshotPath: string, logPath: string, runId: string): PortiaError {
  return new PortiaError('snapshot-edited', `${snapshotPath} is not what its events say.`, {
    why: `It was edited by hand, or belongs to another log. What happened is in ${logPath}; the snapshot is only made from it.`,
    fix: `Delete the snapshot, it is made again from the log: rm ${shellQuote(snapshotPath)}`,
    runId,
  });
}
