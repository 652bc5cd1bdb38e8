import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Builds the binary before the tests when the sources are newer, so that what is tested is what they say. */
export function setup(): void {
  const sources = Math.max(newest('src'), newest('.config'), statSync('package.json').mtimeMs);
  // What a build writes when everything else is there.
  if (oldestOf('dist/THIRD-PARTY-LICENSES.txt') >= sources) return;
  const build = spawnSync(process.execPath, ['.config/build.js', '--keep', '--no-types'], { encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`The build failed.\n${build.stdout}${build.stderr}`);
}

function newest(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}

function oldestOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
