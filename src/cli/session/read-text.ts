import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

import { decodeText } from '../../domain/values/decode-text.js';
import { errnoOf, messageOf, PortiaError } from '../../domain/errors.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import type { InputStream } from '../../ui/streams.js';

/** Longest text that is read from standard input or a file that a flag names. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** Texts that flags and parameters name: files, and `-` for standard input, which can be read once. */
export interface TextSources {
  /** All of it, as UTF-8. Rejects with a PortiaError `not-found`, `unreadable` or `usage`. */
  readText(path: string): Promise<string>;
  /** The same, but for a file of whose bytes `read` makes something. */
  readTextUnless<Value>(path: string, read: (bytes: Uint8Array) => Value | undefined): Promise<Value | string>;
  /** All of a file. Throws a PortiaError `not-found` or `unreadable`. */
  readBytes(path: string): Uint8Array;
  /** The first bytes of a file, at most 1,000. Throws a PortiaError `not-found` or `unreadable`. */
  readBeginning(path: string): Uint8Array;
  /** To be read piece by piece. Throws a PortiaError `not-found`, `unreadable` or `usage`. */
  openText(path: string): Readable;
  /**
   * What is piped in, perhaps an empty text; undefined when standard input is a terminal or taken by something else.
   * Rejects with a PortiaError `missing-input` when nobody seems to write: a run must not wait for that.
   */
  readPiped(): Promise<string | undefined>;
}

/** How long a pipe may stay silent that was not named by a flag. */
const PATIENCE_MS = 5_000;

export function createTextSources(input: InputStream, cwd: string): TextSources {
  let isStdinTaken = false;
  const takeStdin = () => {
    if (!isStdinTaken) {
      isStdinTaken = true;
      return input;
    }
    throw new PortiaError('usage', 'Standard input is to be read twice.', {
      why: 'It can be read only once.',
      fix: 'Put one of the texts into a file.',
    });
  };
  const readText = async (path: string) =>
    path === '-' ? takeStdin().readAll(MAX_TEXT_BYTES) : readTextOrThrow(resolve(cwd, path), MAX_TEXT_BYTES);
  return {
    readText,
    async readTextUnless(path, read) {
      if (path === '-') return readText(path);
      const file = resolve(cwd, path);
      const bytes = readBytesOrThrow(file, MAX_TEXT_BYTES);
      return read(bytes) ?? textOrThrow(file, bytes);
    },
    readBytes: (path) => readBytesOrThrow(resolve(cwd, path), MAX_TEXT_BYTES),
    readBeginning: (path) => readBeginningOrThrow(resolve(cwd, path), 1_000),
    openText(path) {
      if (path === '-') return takeStdin().open();
      return createReadStream(path, { fd: openRegular(resolve(cwd, path)).file });
    },
    async readPiped() {
      if (isStdinTaken || input.isTerminal) return undefined;
      if (!(await takeStdin().arrives(PATIENCE_MS))) throw silentPipe();
      return input.readAll(MAX_TEXT_BYTES);
    },
  };
}

function silentPipe(): PortiaError {
  return new PortiaError('missing-input', 'The plan needs its input stdin, and nothing is piped in.', {
    why: `Standard input is open, and nothing came in ${PATIENCE_MS / 1000} s.`,
    fix: '-i stdin=@-   # waits as long as it takes\n-i stdin=…',
  });
}

/** A text file as UTF-8. Throws a PortiaError `not-found` or `unreadable`. */
export function readTextOrThrow(path: string, limit: number): string {
  return textOrThrow(path, readBytesOrThrow(path, limit));
}

function textOrThrow(path: string, bytes: Uint8Array): string {
  const decoded = decodeText(bytes);
  if (decoded.ok) return decoded.text;
  throw unreadable(path, decoded.why, decoded.fix);
}

function readBytesOrThrow(path: string, limit: number): Uint8Array {
  return readOrThrow(path, ({ file, size }) => {
    const bytes = size > limit ? undefined : readFileSync(file);
    if (bytes !== undefined && bytes.length <= limit) return bytes;
    throw unreadable(path, `It has more than ${limit.toLocaleString('en')} bytes.`, 'Give a smaller file.');
  });
}

function readBeginningOrThrow(path: string, most: number): Uint8Array {
  return readOrThrow(path, ({ file }) => {
    const bytes = Buffer.alloc(most);
    return bytes.subarray(0, readSync(file, bytes, 0, most, 0));
  });
}

function readOrThrow(path: string, read: (opened: { file: number; size: number }) => Uint8Array): Uint8Array {
  const opened = openRegular(path);
  try {
    return read(opened);
  } catch (error) {
    throw error instanceof PortiaError ? error : unreadable(path, messageOf(error));
  } finally {
    closeSync(opened.file);
  }
}

/** A pipe that the shell opened for this command, as in `<(…)`: somebody writes to it. */
function isHandedOver(path: string): boolean {
  return /^\/(dev\/stdin|dev\/fd\/\d+|proc\/self\/fd\/\d+)$/.test(path);
}

function openRegular(path: string): { file: number; size: number } {
  const file = open(path);
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw unreadable(path, 'It is a folder.', `Name a file in it: ls ${shellQuote(path)}`);
    if (!stat.isFile() && !(stat.isFIFO() && isHandedOver(path))) throw notRegular(path);
    return { file, size: stat.size };
  } catch (error) {
    closeSync(file);
    throw error instanceof PortiaError ? error : unreadable(path, messageOf(error));
  }
}

function open(path: string): number {
  try {
    // A named pipe would otherwise wait for a writer for ever.
    return openSync(path, isHandedOver(path) ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EACCES') throw unreadable(path, 'You have no permission for it.', `chmod u+r ${shellQuote(path)}`);
    if (code !== 'ENOENT') throw unreadable(path, messageOf(error));
    const near = nearestFile(path);
    throw new PortiaError('not-found', `There is no file ${path}.`, {
      why: near && `There is one called ${near}.`,
      fix: 'Check the name; - reads standard input.',
    });
  }
}

/** The path of a file with a like name in the same folder. */
function nearestFile(path: string): string | undefined {
  try {
    const near = nearestName(basename(path), readdirSync(dirname(path)));
    return near && join(dirname(path), near);
  } catch {
    // There may be no such folder.
    return undefined;
  }
}

function notRegular(path: string): PortiaError {
  return new PortiaError('unreadable', `Cannot read ${path}.`, {
    why: 'It is a pipe or a device, not a regular file.',
    fix: `Give it on standard input: - instead of the name, and < ${shellQuote(path)} after the command.`,
  });
}

function unreadable(path: string, why: string, fix = 'Give a text file in UTF-8.'): PortiaError {
  return new PortiaError('unreadable', `Cannot read ${path}.`, { why, fix });
}
