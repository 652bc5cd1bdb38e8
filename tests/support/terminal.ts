import { spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';

/** A program in a pseudo-terminal, watched through the screen that a person would see. */
export interface TestTerminal {
  /** Resolves when the text is on the screen or above it; rejects with the screen when it does not come. */
  waitFor(wanted: string | RegExp, options?: { timeoutMs?: number }): Promise<void>;
  type(text: string): void;
  press(key: TerminalKey): void;
  /** What stands on the screen and above it, without colour; lines without trailing spaces. */
  screen(): string;
  /** All bytes that the program wrote, escape sequences and all. */
  raw(): string;
  resize(columns: number, rows: number): void;
  /** Sends a signal to the program. */
  kill(signal: NodeJS.Signals): void;
  /** Closes the terminal, as a person closes its window. */
  close(): void;
  /** Resolves when the program has ended and its last output is on the screen. */
  exit(): Promise<{ code: number; signal: number }>;
}

/** How long nothing more must come from a program that has ended. */
const QUIET_MS = 100;

const KEYS = {
  enter: '\r',
  up: '\u001b[A',
  down: '\u001b[B',
  tab: '\t',
  escape: '\u001b',
  backspace: '\u007f',
  'ctrl-c': '\u0003',
  'ctrl-d': '\u0004',
};
export type TerminalKey = keyof typeof KEYS;

export interface TerminalOptions {
  cwd?: string;
  /** The whole environment; nothing is inherited but PATH and HOME. */
  env?: Record<string, string>;
  cols?: number;
  rows?: number;
}

export function openTerminal(command: string, args: string[], options: TerminalOptions = {}): TestTerminal {
  const { cols = 80, rows = 40 } = options;
  const screen = new headless.Terminal({ cols, rows, scrollback: 10_000, allowProposedApi: true });
  const { PATH = '', HOME = '' } = process.env;
  const program = spawn(command, args, {
    name: 'xterm-256color',
    cols,
    rows,
    cwd: options.cwd ?? process.cwd(),
    // A test of the pager names one of its own.
    env: { PATH, HOME, TERM: 'xterm-256color', LANG: 'C.UTF-8', PAGER: 'cat', ...options.env },
  });
  let raw = '';
  let ended: { code: number; signal: number } | undefined;
  const watchers = new Set<() => void>();
  const notify = () => watchers.forEach((watcher) => watcher());
  let lastData = Date.now();
  program.onData((data) => {
    raw += data;
    lastData = Date.now();
    screen.write(data, notify);
  });
  program.onExit(({ exitCode, signal }) => {
    // The end is reported before the last output is read when the machine is busy: it is over once nothing more comes.
    const timer = setInterval(() => {
      if (Date.now() - lastData < QUIET_MS) return;
      clearInterval(timer);
      screen.write('', () => {
        ended = { code: exitCode, signal: signal ?? 0 };
        notify();
      });
    }, QUIET_MS / 2);
  });

  /** Resolves when `check` gives something, looked at after every output. */
  function until<Value>(check: () => Value | undefined, what: string, timeoutMs: number): Promise<Value> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        watchers.delete(look);
        settle();
      };
      const look = () => {
        const found = check();
        if (found !== undefined) finish(() => resolve(found));
      };
      const late = () => new Error(`${timeoutMs} ms passed before ${what}. The screen:\n${textOf(screen)}`);
      const timer = setTimeout(() => finish(() => reject(late())), timeoutMs);
      watchers.add(look);
      look();
    });
  }

  return {
    async waitFor(wanted, { timeoutMs = 60_000 } = {}) {
      const isThere = (text: string) => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text));
      const found = await until(
        () => {
          if (isThere(textOf(screen))) return true;
          return ended === undefined ? undefined : false;
        },
        `${String(wanted)} appeared`,
        timeoutMs,
      );
      if (!found)
        throw new Error(`The program ended before ${String(wanted)} appeared. The screen:\n${textOf(screen)}`);
    },
    type: (text) => program.write(text),
    press: (key) => program.write(KEYS[key]),
    screen: () => textOf(screen),
    raw: () => raw,
    resize(columns, newRows) {
      program.resize(columns, newRows);
      screen.resize(columns, newRows);
    },
    kill: (signal) => program.kill(signal),
    close() {
      // The types of the package leave it out.
      if (!('destroy' in program) || typeof program.destroy !== 'function') throw new Error('it cannot be closed');
      program.destroy();
    },
    exit: () => until(() => ended, 'the program ended', 60_000),
  };
}

function textOf(screen: InstanceType<typeof headless.Terminal>): string {
  const buffer = screen.buffer.active;
  const lines = Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? '');
  return lines.join('\n').trimEnd();
}
