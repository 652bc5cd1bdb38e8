import { errnoOf } from '../../domain/errors.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import { lastLines } from '../../processes/printed-lines.js';
import { whyNotStarted } from '../not-started.js';
import { readResult } from '../read-result.js';
import type { ToolResult } from '../tool.js';
import { MOST_OUTPUT_BYTES, readOutput } from './program-output.js';
import type { ProgramSettings } from './program-settings.js';
import type { EndedProgram } from './run-program.js';

export interface ResultFacts {
  id: string;
  settings: ProgramSettings;
  effect: ToolEffect;
  /** Variables of `env` that are not set. */
  missing: readonly string[];
}

type Failure = ToolResult & { kind: 'failure' };

/**
 * What a program that has ended gave. Throws when it may have acted and nobody knows: then its tool must not be called
 * again without asking.
 */
export async function resultOfProgram(ended: EndedProgram, facts: ResultFacts): Promise<ToolResult> {
  const { end, output, report } = ended;
  const { id, settings, effect } = facts;
  if (output.isTooMuch) {
    return broken(
      `wrote more than ${MOST_OUTPUT_BYTES / 1024 / 1024} MB to standard output, and was ended`,
      effect,
      false,
    );
  }
  if (end.signal !== null) return broken(`was ended by ${end.signal}${saidBy(ended)}`, effect, true);
  const { result, warning } = report;
  // A question beside an error is not asked: the program did not mean to end in this way.
  if (result !== undefined && (end.code === 0 || isFailure(result))) return readResult({ id, effect }, result);
  if (end.code !== 0) return exitFailure(ended, facts);
  const read = readOutput(output.bytes(), settings, effect);
  if (!read.ok) return { kind: 'failure', message: `it ${read.problem}`, retryable: effect === 'read' };
  return { kind: 'output', value: read.value, ...(warning !== undefined && { warnings: [warning] }) };
}

function isFailure(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'kind' in result && result.kind === 'failure';
}

function broken(what: string, effect: ToolEffect, retryable: boolean): Failure {
  if (effect === 'once') throw new Error(`it ${what}`);
  return { kind: 'failure', message: `it ${what}`, retryable };
}

function exitFailure(ended: EndedProgram, { settings, missing }: ResultFacts): Failure {
  const { code } = ended.end;
  const notDone = settings.not_done_exit_codes?.includes(code ?? 0) === true;
  const unset = missing.length === 0 ? '' : ` (not set, and named in its env: ${missing.join(', ')})`;
  return {
    kind: 'failure',
    message: `it exited with code ${code}${unset}${saidBy(ended)}`,
    retryable: true,
    ...(notDone && { notDone }),
  };
}

function saidBy({ lastWords }: EndedProgram): string {
  const lines = lastLines(lastWords);
  return lines === '' ? ', and wrote nothing to standard error' : `: ${lines}`;
}

/** A program that could not be started: nothing was done. */
export function notStarted(error: unknown, place: { command: string; directory: string }): Failure {
  // The system may have too many programs or open files at this moment.
  const isPassing = ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'ETXTBSY'].includes(errnoOf(error) ?? '');
  return {
    kind: 'failure',
    message: whyProgramNotStarted(error, place),
    retryable: isPassing,
    notDone: true,
  };
}

function whyProgramNotStarted(error: unknown, place: { command: string; directory: string }): string {
  if (errnoOf(error) !== 'E2BIG') return whyNotStarted(error, place);
  return `${place.command} cannot be started: its arguments are too long; let it read them ("stdin")`;
}
