import { messageOf, PortiaError, type ErrorCode } from '../../domain/errors.js';
import { errorJson, errorView } from '../../ui/error-view.js';
import { exitCodeOfError, exitCodeOfSignal } from '../session/exit-codes.js';
import type { Io, Speech } from '../session/io.js';
import { errorLook } from '../session/speech.js';

/** Errors with the id of a run that another `portia resume` cannot help. */
const ENDS_THE_RUN: ReadonlySet<ErrorCode> = new Set([
  'declined',
  'not-found',
  'run-final',
  'unreadable',
  'newer-version',
  'plan-missing',
  'snapshot-edited',
  'log-edited',
]);

/** Says what went wrong on standard error, in the form that was asked for, and gives the exit code. */
export async function reportError(error: unknown, { speech, io }: { speech: Speech; io: Io }): Promise<number> {
  const known = toPortiaError(error, io);
  const { signal } = known.details;
  const exitCode = signal === undefined ? exitCodeOfError(known.code) : exitCodeOfSignal(signal);
  const resumable = known.details.runId !== undefined && !ENDS_THE_RUN.has(known.code);
  const { spell } = speech;
  const text = speech.isJson
    ? errorJson(known, { exitCode, resumable, spell })
    : errorView(known, await errorLook(io, speech));
  await io.streams.err.write(speech.redact(text));
  return exitCode;
}

/** An unexpected error is a bug of portia, printed with everything that a report needs. */
export function toPortiaError(error: unknown, io: Pick<Io, 'version' | 'nodeVersion'>): PortiaError {
  if (error instanceof PortiaError) return error;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new PortiaError('internal', `This is a bug in portia: ${messageOf(error)}`, {
    why: stack,
    fix: `Report it with the command that you ran, portia ${io.version} and Node ${io.nodeVersion}.`,
    cause: error,
  });
}
