import { renameSync, existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { portiaHere } from './portia-here.js';

/** Exports a run from one project and imports it in the other one, whose user is another person. */
export async function carryOver(id: string, from: string, to: string, flags: string[] = []): Promise<void> {
  const file = join(to, '.home', 'run.ndjson');
  expect(await portiaHere(['export', id, '-o', file, '-q', ...flags], { cwd: from })).toMatchObject({
    code: 0,
    stdout: '',
  });
  expect(await portiaHere(['import', file, '-q'], { cwd: to })).toMatchObject({ code: 0 });
}

/** What tools did in the world, which both places share. */
export function moveEffects(from: string, to: string, names: string[]): void {
  for (const name of names) if (existsSync(join(from, name))) renameSync(join(from, name), join(to, name));
}
