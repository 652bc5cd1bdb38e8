import { dirname } from 'node:path';

import { type Advice, advice, REPEAT } from '../domain/next-step.js';
import { errnoOf, type ErrorCode, messageOf, PortiaError } from '../domain/errors.js';
import { shellQuote } from '../domain/values/shell-quote.js';

interface Reason {
  why: string;
  fix: (path: string) => Advice;
}

const REASONS: Record<string, Reason> = {
  ENOSPC: { why: 'The disk is full.', fix: (path) => advice`Free some space on the disk of ${path}, then ${REPEAT}` },
  EDQUOT: {
    why: 'Your disk quota is used up.',
    fix: (path) => advice`Delete files that count against it, e.g. beside ${path}, then ${REPEAT}`,
  },
  ESTALE: {
    why: 'The server of this network folder has lost the file.',
    fix: (path) => advice`Mount the folder of ${path} again, then ${REPEAT}`,
  },
  EFBIG: {
    why: 'The file would be larger than this process may write.',
    fix: () => advice`Raise the limit with: ulimit -f unlimited, then ${REPEAT}`,
  },
  EACCES: {
    why: 'You have no permission for it.',
    fix: (path) => advice`Give yourself access, e.g. chmod -R u+rwX ${shellQuote(path)}, then ${REPEAT}`,
  },
  EPERM: {
    why: 'The system does not permit it.',
    fix: (path) => `Check the owner and flags with: ls -ld ${shellQuote(path)}`,
  },
  EROFS: { why: 'The disk is read-only.', fix: () => 'Use a folder that can be written, with: portia --dir FOLDER …' },
  EMFILE: {
    why: 'This process has too many files open.',
    fix: () => advice`Raise the limit with: ulimit -n 4096, then ${REPEAT}`,
  },
  ENFILE: { why: 'The system has too many files open.', fix: () => advice`Close other programs, then ${REPEAT}` },
  EIO: {
    why: 'The disk reports an error.',
    fix: () => 'Check the disk (dmesg tells more) and copy the project to another one.',
  },
  ELOOP: {
    why: 'It is a symbolic link, and links are not followed here.',
    fix: (path) => `Replace the link with what it points to: ls -l ${shellQuote(path)}`,
  },
  ENOTDIR: { why: 'A part of its path is a file.', fix: (path) => `Move that file away: ls -ld ${shellQuote(path)}` },
  EEXIST: {
    why: 'Something else has its name, or the name of a folder on its path.',
    fix: (path) => `Move away what is there: ls -ld ${shellQuote(path)} ${shellQuote(dirname(path))}`,
  },
  EISDIR: {
    why: 'It is a folder, and a file is needed.',
    fix: (path) => `Move the folder away: mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}`,
  },
  ENOENT: { why: 'It vanished, or its folder did.', fix: (path) => `See what is there: ls -la ${shellQuote(path)}` },
  ENAMETOOLONG: { why: 'Its path is too long for this system.', fix: () => 'Move the project to a shorter path.' },
};

/** A file system's error as a PortiaError; a PortiaError passes, anything else is a bug and passes too. */
export function storageError(
  error: unknown,
  // `at`: what has to be changed, when that is not the path itself.
  failed: { what: string; path: string; at?: string; code?: ErrorCode },
): unknown {
  const name = errnoOf(error);
  if (error instanceof PortiaError || name === undefined) return error;
  const reason = REASONS[name];
  return new PortiaError(failed.code ?? 'storage-failed', `${failed.what} ${failed.path} (${name}).`, {
    why: reason?.why ?? messageOf(error),
    fix: reason?.fix(failed.at ?? failed.path) ?? `See what is there: ls -la ${shellQuote(failed.path)}`,
    cause: error,
  });
}
