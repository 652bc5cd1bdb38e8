import type { SpellCommand } from '../../domain/next-step.js';
import { openClarifications } from '../../domain/run/clarification.js';
import type { PortiaError } from '../../domain/errors.js';
import type { StreamEvent } from '../../domain/run/stream-event.js';
import type { RunId } from '../../domain/values/ids.js';
import { isAwaiting, isEndedByExit, isFinal, type Run } from '../../domain/run/run.js';
import { reasonOf, type LineOutcome, type LineResult } from '../../ui/batch-view.js';
import { errorRecord, type ErrorRecord } from '../../ui/error-view.js';
import { makeLook } from '../../ui/look.js';
import type { TestCase } from '../../ui/reports/junit.js';
import { exitCodeOfError, exitCodeOfRun } from '../session/exit-codes.js';
import { runError } from '../../ui/run-error.js';

/** Errors of a batch go to files and pipes. */
const PLAIN = makeLook({ now: new Date(0) });

/** What is kept of a run until its turn has come. */
export function resultOfRun(line: number, run: Run, signal: string | undefined): LineResult {
  return {
    line,
    outcome: outcomeOf(run),
    runId: run.id,
    state: run.state,
    finalOutput: run.outputs.final_output,
    openQuestions: run.state === 'FAILED' ? 0 : openClarifications(run).length,
    // A worker resumes what is queued.
    isResumable: run.state !== 'NOT_STARTED' && !isFinal(run) && !isEndedByExit(run),
    error: run.error === null ? undefined : runError(run, PLAIN),
    exitCode: exitCodeOfRun(run, signal),
  };
}

/** A line whose run was not started, or could not be driven to any end. */
export function resultOfError(line: number, runId: RunId | null, error: PortiaError): LineResult {
  return {
    line,
    outcome: runId === null ? 'not started' : 'failed',
    runId,
    state: null,
    finalOutput: null,
    openQuestions: 0,
    isResumable: runId !== null,
    error,
    exitCode: exitCodeOfError(error.code),
  };
}

function outcomeOf(run: Run): LineOutcome {
  if (run.state === 'COMPLETE') return 'complete';
  if (run.state === 'FAILED') return 'failed';
  if (run.state === 'NOT_STARTED') return 'queued';
  return run.pause?.reason === 'signal' && !isAwaiting(run) ? 'interrupted' : 'paused';
}

/** The `run.result` of a stream, with the line that it belongs to. */
export interface LineRecord extends Extract<StreamEvent, { type: 'run.result' }> {
  line: number;
  error?: ErrorRecord;
}

/** The line in a report of tests: one that waits is skipped, and one that did not start is an error. */
export function caseOf(result: LineResult): TestCase {
  const about = { className: 'batch', name: `line ${result.line}${result.runId === null ? '' : ` ${result.runId}`}` };
  if (result.outcome === 'complete') return about;
  const text = [result.error?.details.why, result.error?.fix].filter(Boolean).join('\n');
  return { ...about, outcome: { kind: KIND_OF_OUTCOME[result.outcome], message: reasonOf(result), text } };
}

const KIND_OF_OUTCOME = {
  failed: 'failure',
  'not started': 'error',
  paused: 'skipped',
  interrupted: 'skipped',
  queued: 'skipped',
} as const;

/** The keys of what is printed for each line. */
export const LINE_KEYS: readonly string[] = [
  ...['v', 'type', 'line', 'run_id', 'state', 'final_output', 'exit_code', 'error'],
];

export function recordOf(result: LineResult, spell: SpellCommand): LineRecord {
  const { line, runId: run_id, state, finalOutput: final_output, exitCode: exit_code, error } = result;
  const record: LineRecord = { v: 1, type: 'run.result', line, run_id, state, final_output, exit_code };
  if (error === undefined) return record;
  return { ...record, error: errorRecord(error, { exitCode: exit_code, resumable: result.isResumable, spell }) };
}
