import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';

import { isJsonObject } from '../../domain/values/json.js';
import { keptDigitsOf } from '../../domain/values/whole-numbers.js';
import type { Guest, GuestEnd, GuestOptions, Guests } from '../../processes/guests.js';
import { lastLines, LastWords, printLines } from '../../processes/printed-lines.js';
import { MessageLines } from './message-lines.js';
import { ServerFault } from './server-fault.js';

/** The longest message of a server, in characters. */
export const LONGEST_MESSAGE = 32 * 1024 * 1024;

const NO_INPUT = 'it no longer reads its input';

const MOST_LOGGED = 1_000_000;
const MOST_LAST_WORDS = 2_000;

export interface ServerProgram extends Pick<GuestOptions, 'command' | 'args' | 'environment' | 'directory'> {
  guests: Guests;
  /** Keeps what the server writes to standard error. */
  log(text: string): Promise<void>;
  redact(text: string): string;
}

/** Speaks with a server that is a program: a message is a line of JSON on its standard input or output. */
export class ProgramTransport implements Transport {
  /** With `pid`, it tells the package that the server is a program: one that is silent when asked for its version is an older one. */
  readonly stderr = null;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #program: ServerProgram;
  #guest: Guest | undefined;
  #lastWords: LastWords | undefined;
  #fault: ServerFault | undefined;
  #nonsense = 0;
  /** When all that came so far is passed on. */
  #read: Promise<void> = Promise.resolve();

  constructor(program: ServerProgram) {
    this.#program = program;
  }

  /** The leader of the server's process group. */
  get pid(): number | undefined {
    return this.#guest?.child.pid;
  }

  /** Why nothing more comes; undefined while the server runs. */
  get fault(): ServerFault | undefined {
    return this.#fault;
  }

  async start(): Promise<void> {
    const guest = this.#begin();
    this.#guest = guest;
    const { child } = guest;
    const { log, redact } = this.#program;
    this.#lastWords = new LastWords(child.stderr, MOST_LAST_WORDS);
    if (child.stderr !== null) printLines(child.stderr, log, { redact, most: MOST_LOGGED });
    const lines = new MessageLines(LONGEST_MESSAGE);
    child.stdout?.on('data', (bytes: Buffer) => this.#take(lines.add(bytes)));
    // A server that is ended in the middle of a message.
    child.stdout?.on('error', () => undefined);
    child.stdin?.on('error', () => this.#break(new ServerFault('gone', NO_INPUT)));
    void guest.ended.then(async (end) => this.#read.then(() => this.#ended(end)));
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(ServerFault.notStarted(error, this.#program)));
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#guest?.child.stdin;
    if (stdin?.writable !== true) throw this.#fault ?? new ServerFault('gone', NO_INPUT);
    if (stdin.write(`${JSON.stringify(message)}\n`)) return;
    await new Promise<void>((resolve) => {
      stdin.once('drain', resolve);
      stdin.once('close', resolve);
    });
  }

  async close(): Promise<void> {
    await this.#guest?.end();
  }

  #begin(): Guest {
    const { guests, command, args, environment, directory } = this.#program;
    try {
      return guests.start({ command, args, environment, directory, stdio: ['pipe', 'pipe', 'pipe'] });
    } catch (error) {
      // Some faults of a start are thrown, others come as an event.
      throw ServerFault.notStarted(error, this.#program);
    }
  }

  #take(lines: string[] | undefined): void {
    if (this.#fault !== undefined) return;
    if (lines === undefined) {
      const most = `${LONGEST_MESSAGE / 1024 / 1024} MB`;
      this.#break(new ServerFault('too-large', `it sent a message of more than ${most}`));
      return;
    }
    this.#read = this.#readAfter(this.#read, lines);
  }

  async #readAfter(before: Promise<void>, lines: readonly string[]): Promise<void> {
    await before;
    for (const line of lines) {
      this.#readLine(line);
      // The package hears of progress a moment later: without this, a result that comes with it would be first.
      await Promise.resolve();
    }
  }

  /** It cannot be spoken with any more, and ends. */
  #break(fault: ServerFault): void {
    this.#fault ??= fault;
    void this.close();
  }

  #readLine(line: string): void {
    if (line.trim() === '') return;
    const message = keptDigitsOf(line)?.value;
    if (isMessage(message)) this.onmessage?.(message);
    else this.#nonsense += 1;
  }

  #ended(end: GuestEnd): void {
    this.#fault ??=
      end.error === undefined
        ? new ServerFault('gone', howItEnded(end, this.#nonsense, this.#lastWords?.text ?? ''))
        : ServerFault.notStarted(end.error, this.#program);
    this.onclose?.();
  }
}

function isMessage(message: unknown): message is JSONRPCMessage {
  return isJsonObject(message) && message['jsonrpc'] === '2.0';
}

function howItEnded({ code, signal }: GuestEnd, nonsense: number, lastWords: string): string {
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  const lines = lastLines(lastWords);
  const wrote = nonsense === 0 ? '' : `, after ${nonsense} ${nonsense === 1 ? 'line' : 'lines'} that are not messages`;
  return `it ${how}${wrote}${lines === '' ? '' : `: ${lines}`}`;
}
