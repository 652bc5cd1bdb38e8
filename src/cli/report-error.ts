import { messageOf, PortiaError } from '../domain/errors.js';
import { makeLook } from '../ui/look.js';
import { errorJson, errorView } from '../ui/error-view.js';
import { exitCodeOfError } from './exit-codes.js';
import type { Io } from './io.js';

/** Says what went wrong on standard error, in the form that was asked for, and gives the exit code. */
export async function reportError(error: unknown, { argv, io }: { argv: string[]; io: Io }): Promise<number> {
  const known = error instanceof PortiaError ? error : internalError(error, io);
  const exitCode = exitCodeOfError(known.code);
  const resumable = known.details.runId !== undefined && known.code !== 'declined' && known.code !== 'not-found';
  const text = isJsonWanted(argv, io)
    ? errorJson(known, { exitCode, resumable })
    : errorView(known, makeLook({ columns: io.streams.err.columns, now: new Date(0) }));
  await io.streams.err.write(text);
  return exitCode;
}

/** A bug of ours: everything that a report needs. */
function internalError(error: unknown, io: Io): PortiaError {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new PortiaError('internal', `This is a bug in portia: ${messageOf(error)}`, {
    why: stack,
    fix: `Report it with the command that you ran, portia ${io.version} and Node ${io.nodeVersion}.`,
    cause: error,
  });
}

/** Before the flags could be read, only their text tells the form. */
function isJsonWanted(argv: string[], io: Io): boolean {
  const flag = argv.indexOf('--format');
  const format =
    argv.find((word) => word.startsWith('--format='))?.slice('--format='.length) ??
    (flag === -1 ? undefined : argv[flag + 1]) ??
    (argv.includes('--json') ? 'json' : io.environment['PORTIA_FORMAT']);
  return format === undefined ? !io.streams.out.isTerminal : format === 'json' || format === 'ndjson';
}
