import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';

import { Guard } from './guard.js';
import { keepAlive } from './kept-alive.js';
import { killMarked, MARK } from './marked-processes.js';

/** Between asking a program to end and ending it. */
const GRACE_MS = 1_000;

/** What is being ended may still write there. */
const REMOVAL = { recursive: true, force: true, maxRetries: 10 } as const;

/** How long the pipes of a program that has ended are read: a process that left its group may hold them open for ever. */
const LAST_WORDS_MS = 2_000;

export interface GuestOptions {
  /** A program, or a line for the shell with `shell`. */
  command: string;
  args?: readonly string[] | undefined;
  shell?: boolean | undefined;
  /** All that it sees of the environment. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path in which it runs. */
  directory: string;
  /** As of `spawn`. */
  stdio: StdioOptions;
  /** Absolute path of a folder that is the program's alone: it is removed when the program has ended, whatever ends it. */
  folder?: string | undefined;
}

/** How a program ended: one of the three is set. */
export interface GuestEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** It did not start. */
  error?: Error | undefined;
}

/** A program that this process started, with everything that the program starts. */
export interface Guest {
  /** Its streams, and its channel if it has one. */
  readonly child: ChildProcess;
  /** Whether it was asked to end from here. */
  readonly isAsked: boolean;
  /** When it has ended and all that it wrote is read. What it started is ended by then. */
  readonly ended: Promise<GuestEnd>;
  /** Asks it to end, and ends it after a second or `graceMs`. Resolves as `ended` does. */
  end(graceMs?: number): Promise<GuestEnd>;
}

/** Sends a signal to a process, or to a group when the id is negative: `process.kill`. */
export type Kill = (pid: number, signal: NodeJS.Signals) => void;

/** One for all programs of this process, however many `Guests` it has: it stays as long as the process does. */
const guard = new Guard();

/**
 * The programs of others that this process runs. None outlives it: each is the leader of a process group, which ends as
 * a whole, also when this process is killed. What makes a session of its own leaves the group: it may outlive a program
 * that ends by itself, and is ended with one that is made to end.
 */
export class Guests {
  readonly #kill: Kill;
  readonly #running = new Set<Guest>();

  constructor(kill: Kill) {
    this.#kill = kill;
  }

  /** A program that cannot be started is one that has ended. Throws for words that no program can be given. */
  start({ command, args = [], shell = false, environment, directory, stdio, folder }: GuestOptions): Guest {
    const name = randomUUID();
    guard.expect(name);
    if (folder !== undefined) guard.keepClean(folder);
    const env = { ...environment, [MARK]: name };
    const child = spawn(command, args, { shell, detached: true, stdio, env, cwd: directory });
    const guest = new RunningGuest(child, { name, kill: this.#kill, clean: async () => this.#clean(folder) });
    const { pid } = child;
    if (pid === undefined) guard.forget();
    else guard.watch(pid, name);
    this.#running.add(guest);
    void guest.ended.finally(() => {
      if (pid !== undefined) guard.letGo(pid);
      this.#running.delete(guest);
    });
    return guest;
  }

  async #clean(folder: string | undefined): Promise<void> {
    if (folder === undefined) return;
    await rm(folder, REMOVAL);
    guard.isClean(folder);
  }

  /** Ends all that still run. */
  async endAll(graceMs?: number): Promise<void> {
    await Promise.all([...this.#running].map((guest) => guest.end(graceMs)));
  }
}

class RunningGuest implements Guest {
  readonly child: ChildProcess;
  readonly ended: Promise<GuestEnd>;
  readonly #name: string;
  readonly #kill: Kill;
  isAsked = false;

  constructor(child: ChildProcess, { name, kill, clean }: { name: string; kill: Kill; clean(): Promise<void> }) {
    this.child = child;
    this.#name = name;
    this.#kill = kill;
    const ended = new Promise<GuestEnd>((resolve) => {
      child.once('error', (error) => {
        if (child.pid === undefined) resolve({ code: null, signal: null, error });
      });
      child.once('exit', () => this.#cleanUp());
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.ended = ended.then(async (end) => {
      await clean();
      return end;
    });
  }

  async end(graceMs = GRACE_MS): Promise<GuestEnd> {
    keepAlive(this.child);
    if (!this.isAsked && !this.#hasExited) {
      this.isAsked = true;
      this.#send('SIGTERM');
      const timer = setTimeout(() => this.#send('SIGKILL'), graceMs);
      this.child.once('exit', () => clearTimeout(timer));
    }
    return this.ended;
  }

  get #hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** What it started ends with it. */
  #cleanUp(): void {
    this.#send('SIGKILL');
    if (this.isAsked) killMarked(this.#name, this.#kill);
    const timer = setTimeout(() => {
      for (const stream of this.child.stdio) stream?.destroy();
    }, LAST_WORDS_MS);
    this.child.once('close', () => clearTimeout(timer));
  }

  #send(signal: NodeJS.Signals): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      this.#kill(-pid, signal);
    } catch {
      // No group: all of it has ended, or this system has none and only the program itself can be reached.
      this.child.kill(signal);
    }
  }
}
