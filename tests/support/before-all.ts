import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

import { lastWritten } from './folder-listing.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder that lasts as long as the tests do. */
    sharedFolder: string;
  }
}

/** Before all tests. */
export function setup({ provide }: TestProject): () => void {
  buildIfOlder();
  const folder = mkdtempSync(join(tmpdir(), 'portia-tests-'));
  // Some tests start a program in it as another user.
  chmodSync(folder, 0o755);
  provide('sharedFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Builds the binary when the sources are newer, so that what is tested is what they say. */
function buildIfOlder(): void {
  const sources = Math.max(lastWritten('src'), lastWritten('.config'), statSync('package.json').mtimeMs);
  // What a build writes when everything else is there.
  if (oldestOf('dist/THIRD-PARTY-LICENSES.txt') >= sources) return;
  const build = spawnSync(process.execPath, ['.config/build.js', '--keep', '--no-types'], { encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`The build failed.\n${build.stdout}${build.stderr}`);
}

function oldestOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
