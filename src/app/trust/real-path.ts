import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';

/**
 * The path with links followed, as far as it exists; undefined behind a link that leads nowhere, which may lead anywhere
 * later.
 */
export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) return undefined;
    const parent = dirname(path);
    const real = parent === path ? parent : realPathOf(parent);
    return real === undefined ? undefined : join(real, basename(path));
  }
}

/** Whether a path, with its links followed, is inside a folder. */
export function isReallyInside(path: string, folder: string): boolean {
  const [real, realFolder] = [realPathOf(path), realPathOf(folder)];
  if (real === undefined || realFolder === undefined) return false;
  const way = relative(realFolder, real);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
