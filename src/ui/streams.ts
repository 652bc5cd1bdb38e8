import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

import type { Environment } from '../domain/environment.js';
import { decodeText } from '../domain/values/decode-text.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import { hasColour } from './colour.js';

/** Somewhere to write. Nothing here ever throws or rejects: what went wrong is in `Streams.failure`. */
export interface OutputStream {
  /** Resolves when the text is handed over (or lost), so that a large document respects back-pressure. */
  write(text: string): Promise<void>;
  readonly isTerminal: boolean;
  /** Width in cells; 80 when it is not a terminal or does not say. */
  readonly columns: number;
  /** Height in lines; undefined when it is not a terminal or does not say. */
  readonly rows: number | undefined;
  readonly colour: boolean;
  /** The reader went away (`| head -1`): everything written from here on is dropped quietly. */
  readonly isClosed: boolean;
}

export interface InputStream {
  readonly isTerminal: boolean;
  /** Nothing more comes: of a terminal that somebody was asked at, that it was closed. */
  readonly isClosed: boolean;
  /** All of it as UTF-8 text. Rejects with a PortiaError `unreadable` over `limit` bytes or for anything but text. */
  readAll(limit: number): Promise<string>;
  /** To be read piece by piece, instead of `readAll`. */
  open(): Readable;
  /** Whether anything, or its end, is there within this time. When not, the input is closed. */
  arrives(ms: number): Promise<boolean>;
}

export interface Streams {
  out: OutputStream;
  err: OutputStream;
  in: InputStream;
  /** The raw streams of the terminal, for the packages that draw on it. */
  terminal(): { input: Readable; output: Writable };
  /** The first write that was lost for another reason than a reader that went away, e.g. a full disk. */
  failure(): { stream: 'stdout' | 'stderr'; error: Error } | undefined;
  /** Resolves when all writes that were begun are done. */
  flush(): Promise<void>;
}

/** The part of `process` that is needed, so that tests can stand in for it. */
export interface ProcessStreams {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: WritableTerminal;
  readonly stderr: WritableTerminal;
}

type WritableTerminal = Writable & { isTTY?: boolean; columns?: number; rows?: number };

/** Wraps the three streams of a process. `noColour` is the flag `--no-color`. */
export function createStreams(
  source: ProcessStreams,
  environment: Environment,
  options: { noColour?: boolean } = {},
): Streams {
  const settings = { environment, noColour: options.noColour === true };
  const out = new GuardedOutput(() => source.stdout, settings);
  const err = new GuardedOutput(() => source.stderr, settings);
  return {
    out,
    err,
    in: {
      get isTerminal() {
        return source.stdin.isTTY === true;
      },
      get isClosed() {
        return source.stdin.readableEnded;
      },
      readAll: (limit) => readAll(source.stdin, limit),
      open: () => source.stdin,
      arrives: (ms) => arrives(source.stdin, ms),
    },
    terminal: () => ({ input: leftAloneWhenClosed(source.stdin), output: err.target }),
    failure() {
      if (out.error !== undefined) return { stream: 'stdout', error: out.error };
      return err.error === undefined ? undefined : { stream: 'stderr', error: err.error };
    },
    async flush() {
      await Promise.all([out.flush(), err.flush()]);
    },
  };
}

/**
 * Who asks sets the terminal back at its end, which ends the process with a stack trace when the terminal was closed.
 * The signal that comes with that is what ends the command.
 */
function leftAloneWhenClosed(input: Readable): Readable {
  return input.off('end', forgetModes).prependOnceListener('end', forgetModes);
}

function forgetModes(this: Readable): void {
  Object.assign(this, { setRawMode: () => this });
}

interface OutputSettings {
  environment: Environment;
  noColour: boolean;
}

/** A terminal that does not know its width says 0, and what draws on it would erase the lines of a width of 0 for ever. */
function hideZeroWidth(stream: WritableTerminal): void {
  const hide = () => {
    if (stream.columns === 0) delete stream.columns;
  };
  hide();
  stream.on('resize', hide);
}

class GuardedOutput implements OutputStream {
  readonly #open: () => WritableTerminal;
  readonly #settings: OutputSettings;
  readonly #pending = new Set<Promise<void>>();
  #stream: WritableTerminal | undefined;
  isClosed = false;
  error: Error | undefined;

  constructor(open: () => WritableTerminal, settings: OutputSettings) {
    this.#open = open;
    this.#settings = settings;
  }

  // Opened at the first use: the getters of `process` set the stream up.
  get target(): WritableTerminal {
    if (this.#stream === undefined) {
      this.#stream = this.#open();
      hideZeroWidth(this.#stream);
      // Without a listener, a write error would end the process with a stack trace.
      this.#stream.on('error', (error: Error) => this.#record(error));
    }
    return this.#stream;
  }

  get isTerminal(): boolean {
    return this.target.isTTY === true;
  }

  get columns(): number {
    return this.target.columns ?? 80;
  }

  get rows(): number | undefined {
    return this.target.rows;
  }

  get colour(): boolean {
    return hasColour({ isTerminal: this.isTerminal, ...this.#settings });
  }

  write(text: string): Promise<void> {
    if (text === '' || this.isClosed || this.error !== undefined) return Promise.resolve();
    const written = new Promise<void>((resolve) => {
      this.target.write(text, (error) => {
        if (error) this.#record(error);
        resolve();
      });
    });
    this.#pending.add(written);
    return written.finally(() => this.#pending.delete(written));
  }

  async flush(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #record(error: Error & { code?: string }): void {
    // A terminal that hung up answers EIO; from a disk the same code means lost data.
    const hungUp = error.code === 'EIO' && this.isTerminal;
    const readerLeft = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || hungUp;
    if (readerLeft) this.isClosed = true;
    else this.error ??= error;
  }
}

async function readAll(stream: Readable, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const data = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
      bytes += data.length;
      if (bytes > limit) throw unreadable(`It has more than ${limit.toLocaleString('en')} bytes.`);
      chunks.push(data);
    }
    const decoded = decodeText(Buffer.concat(chunks));
    if (!decoded.ok) throw unreadable(decoded.why, undefined, decoded.fix);
    return decoded.text;
  } catch (error) {
    throw error instanceof PortiaError ? error : unreadable(messageOf(error), error);
  }
}

async function arrives(stream: Readable, ms: number): Promise<boolean> {
  const limit = AbortSignal.timeout(ms);
  try {
    await once(stream, 'readable', { signal: limit });
    return true;
  } catch {
    // What is wrong with the input is reported when it is read.
    if (!limit.aborted) return true;
    // Nobody reads it now, so it must not keep the process alive.
    stream.destroy();
    return false;
  }
}

const STDIN_FIX = 'Give UTF-8 text on standard input, or name a file instead of -.';

function unreadable(why: string, cause?: unknown, fix = STDIN_FIX): PortiaError {
  return new PortiaError('unreadable', 'Cannot read standard input.', {
    why,
    fix,
    cause,
  });
}

/** Whether a person can be asked, and if not, the first reason that stands against it. */
export type CanPrompt = { yes: true } | { yes: false; because: string };

export function canPrompt(asked: {
  streams: Pick<Streams, 'in' | 'err'>;
  environment: Environment;
  /** The flag `--no-prompt`. */
  noPrompt?: boolean | undefined;
}): CanPrompt {
  const { streams, environment } = asked;
  const no = (because: string): CanPrompt => ({ yes: false, because });
  if (asked.noPrompt === true) return no('--no-prompt was given');
  const set = setAgainstAsking(environment);
  if (set !== undefined) return no(`${set} is set`);
  if (!streams.in.isTerminal) return no('standard input is not a terminal');
  if (!streams.err.isTerminal) return no('standard error is not a terminal');
  return { yes: true };
}

/** The variable that says that no person attends, if one does. */
export function setAgainstAsking(environment: Environment): string | undefined {
  return ['PORTIA_NO_PROMPT', 'CI'].find((name) => isTruthy(environment[name]));
}

/** Whether a switch in the environment is on: set, and not to an empty text, `0`, `false` or `no`. */
function isTruthy(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.trim().toLowerCase());
}
