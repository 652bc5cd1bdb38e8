import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

import { messageOf, PortiaError } from '../domain/errors.js';
import { shellQuote } from '../domain/shell-quote.js';

/** A text file as UTF-8. Rejects with a PortiaError `not-found` or `unreadable`. */
export async function readTextFile(path: string, limit: number): Promise<string> {
  const file = open(path);
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw unreadable(path, 'It is a folder.');
    if (!stat.isFile() && !(stat.isFIFO() && isHandedOver(path))) throw notRegular(path);
    const bytes = stat.size > limit ? undefined : readFileSync(file);
    if (bytes === undefined || bytes.length > limit) throw unreadable(path, `It has more than ${limit} bytes.`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw error instanceof PortiaError ? error : unreadable(path, messageOf(error));
  } finally {
    closeSync(file);
  }
}

/** A pipe that the shell opened for this command, as in `<(…)`: somebody writes to it. */
function isHandedOver(path: string): boolean {
  return /^\/(dev\/stdin|dev\/fd\/\d+|proc\/self\/fd\/\d+)$/.test(path);
}

function open(path: string): number {
  try {
    // A named pipe would otherwise wait for a writer for ever.
    return openSync(path, isHandedOver(path) ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(path, messageOf(error));
    throw new PortiaError('not-found', `There is no file ${path}.`, { fix: 'Check the name; - reads standard input.' });
  }
}

function notRegular(path: string): PortiaError {
  return new PortiaError('unreadable', `Cannot read ${path}.`, {
    why: 'It is a pipe or a device, not a regular file.',
    fix: `Give it on standard input: - instead of the name, and < ${shellQuote(path)} behind the command.`,
  });
}

function unreadable(path: string, why: string): PortiaError {
  return new PortiaError('unreadable', `Cannot read ${path}.`, { why, fix: 'Give a text file in UTF-8.' });
}
