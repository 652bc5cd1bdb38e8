import { spawn } from 'node:child_process';

import type { Environment } from '../domain/environment.js';
import { askText, type Terminal } from './prompts.js';

export interface PagerOptions extends Terminal {
  environment: Environment;
  /** Calls back on a signal that asks this process to stop; gives a function that ends the listening. */
  onStop(listener: (signal: string) => void): () => void;
}

/** How it ended: the person saw enough, or a signal or Ctrl-C asked this process to stop. */
export type Viewed = { kind: 'viewed' } | { kind: 'interrupted'; signal: string };

/** Shows a long text to a person: with `$PAGER` or less, else page by page on the screen. */
export async function viewText(text: string, options: PagerOptions): Promise<Viewed> {
  const { TERM } = options.environment;
  const viewed = TERM === 'dumb' ? undefined : await pageWithProgram(text, options);
  return viewed ?? pageOnScreen(text, options);
}

/** Only the shell may name the program: a project's .env must not. */
function pagerCommand({ PAGER }: Environment): string {
  if (PAGER !== undefined && PAGER.trim() !== '') return PAGER;
  return 'command -v less >/dev/null 2>&1 && exec less || exit 127';
}

/** As git sets them; and what is written is UTF-8 also where no locale says so, as in containers. */
const PAGER_DEFAULTS = { LESS: 'FRX', LESSCHARSET: 'utf-8' };

/** What the shell says when it finds no such program. */
const NOT_FOUND = 127;
/** What it says when Ctrl-C ended the program. */
const ENDED_BY_CTRL_C = 130;

/** Undefined without such a program. What it writes goes to standard error, because standard output carries the answer. */
async function pageWithProgram(text: string, { environment, onStop }: PagerOptions): Promise<Viewed | undefined> {
  // As git does: a text that fits on the screen stays there, and colours are shown.
  const child = spawn('/bin/sh', ['-c', pagerCommand(environment)], {
    stdio: ['pipe', 2, 2],
    env: { ...PAGER_DEFAULTS, ...environment },
  });
  let stopped: string | undefined;
  const release = onStop((signal) => {
    stopped = signal;
    // Some ignore Ctrl-C.
    child.kill('SIGTERM');
  });
  // Whoever leaves before the end of the text closes the pipe.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(text);
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('error', () => resolve({ code: NOT_FOUND, signal: null }));
    child.once('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  // The terminal sends Ctrl-C to the pager, too, and the pager's end may be seen before the signal. Then the listener
  // stays: the signal is still to come, and without a listener it would end this process at once.
  const isCtrlC = signal === 'SIGINT' || code === ENDED_BY_CTRL_C;
  if (stopped !== undefined || !isCtrlC) release();
  if (stopped !== undefined || isCtrlC) return { kind: 'interrupted', signal: stopped ?? 'SIGINT' };
  return code === NOT_FOUND ? undefined : { kind: 'viewed' };
}

/** Lines of a terminal that does not say how many it has. */
const USUAL_ROWS = 24;

async function pageOnScreen(text: string, terminal: PagerOptions): Promise<Viewed> {
  const { err } = terminal.streams;
  const lines = text.replace(/\n$/, '').split('\n');
  const rows = Math.max(4, err.rows ?? USUAL_ROWS);
  for (let start = 0; start < lines.length; start += rows - 2) {
    const page = lines.slice(start, start + rows - 2);
    await err.write(`${page.join('\n')}\n`);
    const left = lines.length - start - page.length;
    if (left === 0) break;
    const asked = await askText(terminal, { message: `${left} more lines: Enter shows them, q ends` });
    if (asked.kind !== 'answered') return { kind: 'interrupted', signal: 'SIGINT' };
    if (asked.value.trim().toLowerCase() === 'q') break;
  }
  return { kind: 'viewed' };
}
