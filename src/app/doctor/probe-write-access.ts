import { existsSync, lstatSync, mkdtempSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { errnoOf, messageOf, PortiaError } from '../../domain/errors.js';
import { hasNoLinks, realFileSystem, syncFolder, writeNew, type FileSystem } from '../../storage/file-system.js';
import { identifyProcess } from '../../storage/process-identity.js';
import { acquireRunLock } from '../../storage/run-lock.js';

export type WriteAccess =
  | {
      ok: true;
      exists: boolean;
      /** What the file system cannot do, and what is done in its place. */
      without?: string | undefined;
    }
  | { ok: false; why: string };

export interface ProbeOptions {
  /** This process. Without it locks are not tried. */
  pid?: number | undefined;
  fs?: FileSystem;
}

/** The attempts, in this order; a lock only when a process is given. */
export const TRIED = ['write', 'flush', 'rename', 'hard link', 'exclusive creation', 'lock'];

/**
 * Whether plans and runs can be kept in the folder, or in the folder itself where it is missing. Tries it for real,
 * because mode bits say nothing about read-only or full disks, or about what a file system cannot do. Leaves nothing
 * behind.
 */
export function probeWriteAccess(folder: string, options: ProbeOptions = {}): WriteAccess {
  const { fs = realFileSystem } = options;
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    return { ok: false, why: 'it is a symbolic link, and links are not followed when writing' };
  }
  const exists = existsSync(folder);
  let nearest = folder;
  while (!existsSync(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
  let probe: string | undefined;
  try {
    if (!statSync(nearest).isDirectory()) return { ok: false, why: `${nearest} is not a folder` };
    probe = mkdtempSync(join(nearest, '.portia-probe-'));
    const without = tryAll(probe, { ...options, fs });
    return { ok: true, exists, ...(without && { without }) };
  } catch (error) {
    return { ok: false, why: whyOf(error) };
  } finally {
    if (probe !== undefined) remove(probe, fs);
  }
}

function tryAll(probe: string, { fs, pid }: ProbeOptions & { fs: FileSystem }): string | undefined {
  const [made, renamed, linked] = [join(probe, 'made'), join(probe, 'renamed'), join(probe, 'linked')];
  writeNew(made, Buffer.from('probe'), { mode: 0o600, fs, sync: true });
  syncFolder(fs, probe);
  attempt('a file cannot be renamed', () => fs.rename(made, renamed));
  const without = tryLink(renamed, linked, fs);
  tryExclusive(renamed, fs);
  if (pid !== undefined) attempt('a run cannot be locked', () => tryLock(probe, { fs, pid }));
  return without;
}

function tryLink(from: string, to: string, fs: FileSystem): string | undefined {
  try {
    fs.link(from, to);
    return undefined;
  } catch (error) {
    if (hasNoLinks(error)) return 'there are no hard links here: runs are locked by exclusive creation';
    throw new Error(`a hard link cannot be made: ${whyOf(error)}`, { cause: error });
  }
}

function tryExclusive(there: string, fs: FileSystem): void {
  try {
    writeNew(there, Buffer.from('other'), { mode: 0o600, fs });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    throw error;
  }
  throw new Error('a file that is there can be made once more, so two processes could drive one run');
}

function tryLock(probe: string, { fs, pid }: { fs: FileSystem; pid: number }): void {
  const self = identifyProcess(pid);
  const options = { fs, self, since: '', runId: 'prun-probe' };
  const lock = acquireRunLock(probe, options);
  try {
    acquireRunLock(probe, options).release();
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'run-locked') return;
    throw error;
  } finally {
    lock.release();
  }
  throw new Error('a lock does not keep out a second process');
}

function attempt(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new Error(`${what}: ${whyOf(error)}`, { cause: error });
  }
}

function whyOf(error: unknown): string {
  return error instanceof PortiaError ? (error.details.why ?? error.message) : messageOf(error);
}

function remove(probe: string, fs: FileSystem): void {
  try {
    fs.removeTree(probe);
  } catch {
    // The findings are what counts; a folder that cannot be removed is visible anyway.
  }
}
