import { spawn, type ChildProcess } from 'node:child_process';

import type { Environment } from '../domain/environment.js';
import { withoutLinks } from './links.js';
import { askText, type Terminal } from './prompts.js';
import { USUAL_ROWS } from './screen-height.js';
import { setAgainstAsking } from './streams.js';

export interface PagerOptions extends Terminal {
  environment: Environment;
  /** Calls back on a signal that asks this process to stop; gives a function that ends the listening. */
  onStop(listener: (signal: string) => void): () => void;
}

/** How it ended: the person saw enough, or a signal or Ctrl-C asked this process to stop. */
export type Viewed = { kind: 'viewed' } | { kind: 'interrupted'; signal: string };

/** Shows a long text to a person who is asked something: in the pager, else page by page on the screen. */
export async function viewText(text: string, options: PagerOptions): Promise<Viewed> {
  const program = pagerCommand(options.environment);
  const viewed = program === undefined ? undefined : await pageWithProgram(text, program, options);
  return viewed ?? pageOnScreen(text, options);
}

export interface ResultPagerOptions {
  environment: Environment;
  /** Ctrl-C does not end this process, until the function that this gives is called. */
  holdInterrupts(): () => void;
}

/** Shows the result of a command in the pager. False where there is none: then nothing was shown. */
export async function pageResult(text: string, options: ResultPagerOptions): Promise<boolean> {
  const { environment } = options;
  const program = setAgainstAsking(environment) === undefined ? pagerCommand(environment) : undefined;
  if (program === undefined) return false;
  const child = openPager(program, { environment, screen: 1 });
  // A pager that stays may be told by Ctrl-C to stop a search.
  const release = options.holdInterrupts();
  const { code } = await endOf(child, withoutLinks(text));
  release();
  return code !== NOT_FOUND;
}

/** As git does: what the variable says, and no pager for an empty one or `cat`. Only the shell may name the program: a project's .env must not. */
function pagerCommand({ PORTIA_PAGER, PAGER, TERM }: Environment): string | undefined {
  const named = (PORTIA_PAGER ?? PAGER)?.trim();
  if (TERM === 'dumb' || named === '' || named === 'cat') return undefined;
  return named ?? 'command -v less >/dev/null 2>&1 && exec less || exit 127';
}

/** As git sets them; and what is written is UTF-8 also where no locale says so, as in containers. */
const PAGER_DEFAULTS = { LESS: 'FRX', LV: '-c', LESSCHARSET: 'utf-8' };

/** `screen`: the number of the stream that the program writes to. */
function openPager(
  program: string,
  { environment, screen }: { environment: Environment; screen: 1 | 2 },
): ChildProcess {
  // As git does: a text that fits on the screen stays there, and colours are shown.
  return spawn('/bin/sh', ['-c', program], {
    stdio: ['pipe', screen, 2],
    env: { ...PAGER_DEFAULTS, ...environment },
  });
}

/** Gives the program the text, and waits until it ends. */
function endOf(child: ChildProcess, text: string): Promise<{ code: number | null; signal: string | null }> {
  // Whoever leaves before the end of the text closes the pipe.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(text);
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: NOT_FOUND, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** What the shell says when it finds no such program. */
const NOT_FOUND = 127;
/** What it says when Ctrl-C ended the program. */
const ENDED_BY_CTRL_C = 130;

/** Undefined without such a program. What it writes goes to standard error, because standard output carries the answer. */
async function pageWithProgram(
  text: string,
  program: string,
  { environment, onStop }: PagerOptions,
): Promise<Viewed | undefined> {
  const child = openPager(program, { environment, screen: 2 });
  let stopped: string | undefined;
  const release = onStop((signal) => {
    stopped = signal;
    // Some ignore Ctrl-C.
    child.kill('SIGTERM');
  });
  const { code, signal } = await endOf(child, text);
  // The terminal sends Ctrl-C to the pager, too, and the pager's end may be seen before the signal. Then the listener
  // stays: the signal is still to come, and without a listener it would end this process at once.
  const isCtrlC = signal === 'SIGINT' || code === ENDED_BY_CTRL_C;
  if (stopped !== undefined || !isCtrlC) release();
  if (stopped !== undefined || isCtrlC) return { kind: 'interrupted', signal: stopped ?? 'SIGINT' };
  return code === NOT_FOUND ? undefined : { kind: 'viewed' };
}

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
