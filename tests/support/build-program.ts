import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Program {
  path: string;
  remove: () => void;
}

/**
 * A program of the tests, named by its path, as one JavaScript file that many child processes start fast. It is bundled
 * in a process of its own: the bundler would stay in this one, and what is large takes long to start others.
 */
export function buildProgram(source: string): Program {
  const folder = mkdtempSync(join(tmpdir(), 'portia-program-'));
  execFileSync(process.execPath, ['tests/support/bundle-program.js', resolve(source), folder]);
  return { path: join(folder, 'program.mjs'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
