import { spawn } from 'node:child_process';

import type { Environment } from '../domain/environment.js';
import { messageOf } from '../domain/errors.js';

export type EditorEnd =
  | { kind: 'done' }
  | { kind: 'failed'; why: string }
  /** The process was told to stop while the editor was open. */
  | { kind: 'stopped'; signal: string };

export interface EditorOptions {
  environment: Environment;
  /** Calls back on a signal that asks this process to stop; gives a function that ends the listening. */
  onStop(listener: (signal: string) => void): () => void;
}

/**
 * Opens a file in the editor of the user, a command line for the shell, and waits until it is closed. What the editor
 * writes goes to standard error, because standard output carries the answer.
 */
export async function runEditor(command: string, file: string, options: EditorOptions): Promise<EditorEnd> {
  let stopped: string | undefined;
  // Before the editor is there: it may be quicker than the lines below, and the signal after it, too.
  const release = options.onStop((signal) => {
    stopped = signal;
    // The terminal itself sends Ctrl-C to the editor, and some editors continue after it.
    if (signal !== 'SIGINT') child.kill(signal as NodeJS.Signals);
  });
  const child = spawn('/bin/sh', ['-c', `${command} "$@"`, command, file], {
    stdio: ['inherit', 2, 'inherit'],
    env: options.environment,
  });
  try {
    const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
    });
    if (stopped !== undefined && !(stopped === 'SIGINT' && code === 0)) return { kind: 'stopped', signal: stopped };
    return code === 0 ? { kind: 'done' } : { kind: 'failed', why: whyFailed(command, code, signal) };
  } catch (error) {
    return { kind: 'failed', why: messageOf(error) };
  } finally {
    release();
  }
}

/** What the shell says when it finds no such program. */
const NOT_FOUND = 127;

function whyFailed(command: string, code: number | null, signal: string | null): string {
  if (code === null) return `${command} was ended by ${signal}.`;
  return code === NOT_FOUND ? `There is no program for: ${command}` : `${command} ended with exit code ${code}.`;
}
