import { existsSync, lstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { messageOf } from '../../domain/errors.js';

export type WriteAccess = { ok: true; exists: boolean } | { ok: false; why: string };

/**
 * Whether files can be made in the folder, or the folder itself where it is missing. Tries it for real, because mode
 * bits say nothing of read-only and full disks, and leaves nothing behind.
 */
export function probeWriteAccess(folder: string): WriteAccess {
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
    writeFileSync(join(probe, 'probe'), 'probe', { mode: 0o600 });
    return { ok: true, exists };
  } catch (error) {
    return { ok: false, why: messageOf(error) };
  } finally {
    if (probe !== undefined) rmSync(probe, { recursive: true, force: true });
  }
}
