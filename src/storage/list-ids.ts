import { join } from 'node:path';

import { isId, isRunId, isTimed, timeOfId, type IdPrefix, type RunId } from '../domain/values/ids.js';
import { isJsonObject } from '../domain/values/json.js';
import { errnoOf, PortiaError } from '../domain/errors.js';
import type { FileSystem } from './file-system.js';
import { parseJsonOrThrow, readBytes } from './read-file.js';
import { storageError } from './storage-error.js';

export type Id<Prefix extends IdPrefix> = `${Prefix}-${string}`;

/** Names in a folder; empty when there is no folder. */
export function listFolder(folder: string, fs: FileSystem): string[] {
  try {
    return fs.list(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw storageError(error, { what: 'Could not list', path: folder, code: 'unreadable' });
  }
}

/** The id that a file has by its name, e.g. `plan-….json`. */
export function idOfFile<Prefix extends IdPrefix>(name: string, prefix: Prefix): Id<Prefix> | undefined {
  const id = name.slice(0, -5);
  return name.endsWith('.json') && isId(id, prefix) ? id : undefined;
}

/** The runs among the names in `runs/`; `isBegun` says of a run that has only a folder whether it has a log. */
export function runIdsOf(names: readonly string[], isBegun: (id: RunId) => boolean): Set<RunId> {
  const ids = new Set<RunId>();
  for (const name of names) {
    const id = idOfFile(name.startsWith('workflow-') ? name.replace('workflow-', 'prun-') : name, 'prun');
    if (id !== undefined) ids.add(id);
  }
  for (const name of names) if (isRunId(name) && !ids.has(name) && isBegun(name)) ids.add(name);
  return ids;
}

/** Newest first: by the time in version-7 ids, else by the file's `created_at`, else by when the file was changed. */
export function sortByAge<Prefix extends IdPrefix>(
  ids: Iterable<Id<Prefix>>,
  options: { fs: FileSystem; pathOf: (id: Id<Prefix>) => string },
): Id<Prefix>[] {
  const all = [...ids];
  if (all.every(isTimed)) return all.sort().toReversed();
  const timed = all.map((id) => ({ id, time: timeOfId(id) ?? timeOfFile(options.pathOf(id), options.fs) }));
  timed.sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1));
  return timed.map(({ id }) => id);
}

function timeOfFile(path: string, fs: FileSystem): number {
  try {
    const file = readBytes(path, fs);
    if (file === undefined) return 0;
    return createdAt(file.bytes, path) ?? file.changedAt;
  } catch (error) {
    // A file that cannot be read is listed all the same; opening it says why.
    if (error instanceof PortiaError) return changedAt(path, fs);
    throw error;
  }
}

function createdAt(bytes: Uint8Array, path: string): number | undefined {
  const value = parseJsonOrThrow(bytes, path);
  const metadata = isJsonObject(value) ? value['metadata'] : undefined;
  const text = isJsonObject(metadata) ? metadata['created_at'] : undefined;
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function changedAt(path: string, fs: FileSystem): number {
  return fs.lstat(path)?.mtimeMs ?? 0;
}

/** Where the older workflows of the Python SDK are kept. */
export function workflowFile(folder: string, runId: string): string {
  return join(folder, `workflow-${runId.slice('prun-'.length)}.json`);
}
