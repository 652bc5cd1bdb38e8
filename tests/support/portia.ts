import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { untilNobodyWorksIn } from './left-processes.js';
import { replayWhenOver } from './replayed.js';
import { storeEnvironment } from './tested-store.js';
import { whenOver } from './when-over.js';

/** Path of the binary that users run. */
export const PORTIA = resolve('bin/portia.js');

/** The Node that runs the binary: this one, or another that the gate names. */
export const TESTED_NODE = process.env['PORTIA_TEST_NODE'] ?? process.execPath;

export interface Ended {
  /** Exit code, or null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Call {
  cwd: string;
  /** Added to an environment that has nothing but PATH and an empty HOME. */
  env?: Record<string, string>;
  /** Text for standard input, which is closed after it. Default: closed at once. */
  input?: string;
}

/** Runs the built binary in a child process with pipes, as a script would. */
export async function portia(args: string[], call: Call): Promise<Ended> {
  return ended(startPortia(args, call), call.input ?? '');
}

/** Starts the built binary; its standard input stays open. */
export function startPortia(args: string[], { cwd, env = {} }: Call): ChildProcess {
  return spawn(TESTED_NODE, [PORTIA, ...args], { cwd, env: cleanEnvironment(cwd, env), stdio: 'pipe' });
}

/** Waits until the process has ended and everything that it wrote has arrived. */
export function ended(child: ChildProcess, input?: string): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A process that ended without reading closes the pipe; that is its right.
  child.stdin?.on('error', () => undefined);
  if (input !== undefined) child.stdin?.end(input);
  return new Promise((resolvePromise, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolvePromise({ code, signal, stdout, stderr }));
  });
}

/**
 * Nothing of the machine's own environment reaches the binary: no keys, no settings. The projects of the tests are
 * trusted; what happens in others is tested with UNTRUSTED.
 */
export function cleanEnvironment(cwd: string, env: Record<string, string> = {}): Record<string, string> {
  const { PATH = '' } = process.env;
  replayWhenOver(cwd);
  return {
    PATH: `${dirname(TESTED_NODE)}:${PATH}`,
    HOME: join(cwd, '.home'),
    PORTIA_TRUST_PROJECT: '1',
    ...storeEnvironment(cwd),
    ...env,
  };
}

/** Added to the environment: the project is somebody's that the user has not looked at. */
export const UNTRUSTED = { PORTIA_TRUST_PROJECT: '' };

/** An empty project folder with these files, removed after the test (`whenOver`), which fails when a process still works there. */
export function makeProject(files: Record<string, string | object> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'project-')));
  whenOver(async () => {
    await untilNobodyWorksIn(folder);
    rmSync(folder, { recursive: true, force: true });
  });
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: Record<string, string | object>): void {
  mkdirSync(join(folder, '.home'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
}
