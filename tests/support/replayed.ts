import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, inject } from 'vitest';

import { whenOver } from './when-over.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Every run of a test is played again when the test is over. */
    replays: boolean;
  }
}

const watched = new Set<string>();

/** Plays all runs of a project when the test is over: they come out the same, although no model and no server is there. */
export function replayWhenOver(cwd: string): void {
  if (!inject('replays') || watched.has(cwd)) return;
  watched.add(cwd);
  whenOver(() => {
    const runs = statSync(join(cwd, 'runs'), { throwIfNoEntry: false });
    if (runs?.isDirectory() !== true || readdirSync(join(cwd, 'runs')).length === 0) return;
    const env = { PATH: process.env['PATH'], HOME: join(cwd, '.home') };
    const command = [resolve('bin/portia.js'), 'replay', 'runs/', '--format', 'human'];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd, env, encoding: 'utf8' });
    const isSame = status === 0 || (status === 2 && stderr.includes('The beginning of'));
    expect(isSame ? '' : stdout + stderr).toBe('');
  });
}
