import { PortiaError } from '../domain/errors.js';
import { MAX_FILE_BYTES } from './read-file.js';

/** A log grows for as long as its run lives, so it may be larger than a record. */
export const MAX_LOG_BYTES = 8 * MAX_FILE_BYTES;
export const MAX_LINE_BYTES = MAX_FILE_BYTES;

export function tooLong(where: string): PortiaError {
  return new PortiaError('storage-failed', `${where} is too long.`, {
    why: `At most ${MAX_LINE_BYTES} bytes are kept in one event, and ${MAX_LOG_BYTES} in one log.`,
    fix: 'Let the tool return less, e.g. the name of a file.',
  });
}
