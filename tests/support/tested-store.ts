import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Prefix of the schemas that the projects of the tests have their plans and runs in; empty when these are files. */
    storeSchemas: string;
  }
}

/** Whether plans and runs are files of their project. What files alone can show is tested there only. */
export const ON_FILES = inject('storeSchemas') === '';

const prepared = new Set<string>();

/** Names the store of a project: nothing where it is the folder itself. */
export function storeEnvironment(cwd: string): Record<string, string> {
  if (ON_FILES) return {};
  const url = new URL(inject('postgres'));
  const name = createHash('sha256').update(cwd).digest('hex').slice(0, 32);
  url.searchParams.set('schema', inject('storeSchemas') + name);
  if (!prepared.has(url.href)) {
    prepared.add(url.href);
    call(cwd, ['store', 'init', '--store', url.href]);
    bringFiles(cwd, url.href);
  }
  return { PORTIA_STORE: url.href };
}

/** The folder in which `plans/` and `runs/` of a project can be read: a copy of them as they are now, where they are not files. */
export function storedIn(cwd: string): string {
  const { PORTIA_STORE: url } = storeEnvironment(cwd);
  if (url === undefined) return cwd;
  const copy = join(cwd, '.home', 'stored');
  mkdirSync(copy, { recursive: true });
  call(cwd, ['store', 'copy', url, `file:${copy}`]);
  return copy;
}

/** Takes plans and runs over that were put into a project as files. */
export function bringFiles(cwd: string, url = storeEnvironment(cwd)['PORTIA_STORE']): void {
  if (url === undefined || !['plans', 'runs', 'users'].some((name) => existsSync(join(cwd, name)))) return;
  call(cwd, ['store', 'copy', `file:${cwd}`, url]);
}

/** Puts the plans and runs of one project into another. */
export function takeStored(from: string, to: string): void {
  for (const name of ['plans', 'runs']) cpSync(join(storedIn(from), name), join(to, name), { recursive: true });
  bringFiles(to);
}

/** At once: what is read in tests is read without waiting. */
function call(cwd: string, args: string[]): void {
  const env = { PATH: process.env['PATH'], HOME: join(cwd, '.home') };
  const { status, stderr } = spawnSync(process.execPath, [resolve('bin/portia.js'), ...args], {
    cwd,
    env,
    encoding: 'utf8',
  });
  // What is driven now or was there before is left out.
  if (status !== 0 && status !== 2 && status !== 7) throw new Error(`portia ${args.join(' ')}: ${stderr}`);
}
