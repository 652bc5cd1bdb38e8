import { mustBeAskedFirst, openClarifications, type Clarification } from '../domain/run/clarification.js';
import { asErrorOfRun, PortiaError, runErrorOf, type RunError } from '../domain/errors.js';
import type { Output, PauseReason, Run } from '../domain/run/run.js';
import { throwIfStopped } from './acting.js';
import { BudgetReached } from './budget.js';
import { makeFinalOutput } from './final-output.js';
import { Interruption } from './interruption.js';
import type { BlockEnd, RunContext } from './run-context.js';
import { runSteps } from './run-steps.js';
import { isPassing, isPassingCode, isRefusedAnswer } from './step-failures.js';

/**
 * Drives a run until it is complete, failed or must wait, and records which. Questions are answered in between, when
 * somebody is there to answer. Rejects only when an answer is refused, when the log itself cannot be written or when the
 * run has another owner; the error names the run when that is saved.
 */
export async function driveRun(context: RunContext): Promise<Run> {
  try {
    await driveSubRun(context);
  } catch (error) {
    if (!isStop(error)) throw await named(context, error);
  } finally {
    context.budget.end();
  }
  if (context.recorder.run.state === 'COMPLETE') context.secrets.forget();
  return context.recorder.run;
}

async function named({ store, recorder }: RunContext, error: unknown): Promise<unknown> {
  if (!(error instanceof PortiaError) || error.details.runId !== undefined) return error;
  const { id, plan_id: planId } = recorder.run;
  const isSaved = await store.readRun(id).then(
    (stored) => stored !== undefined,
    () => false,
  );
  return isSaved ? asErrorOfRun(error, { runId: id, planId }) : error;
}

/** The same for a run that is part of another: what stops it from outside is recorded, and then stops the other, too. */
export async function driveSubRun(context: RunContext): Promise<void> {
  const { recorder } = context;
  const isNew = recorder.run.state === 'NOT_STARTED';
  recorder.append({ type: isNew ? 'run.started' : 'run.resumed' });
  try {
    await driveToStop(context);
  } catch (error) {
    recordStop(context, error);
    throw error;
  }
}

type StepExit = Extract<BlockEnd, { kind: 'exited' }>;

function isStop(error: unknown): boolean {
  return error instanceof Interruption || error instanceof BudgetReached || isPassing(error);
}

async function driveToStop(context: RunContext): Promise<void> {
  const { recorder } = context;
  const end = await runSteps(context);
  // A signal that came while a tool blocked the process is heard after its step, which may be the last one.
  if (end.kind === 'finished' || end.kind === 'ended') throwIfStopped(context);
  switch (end.kind) {
    case 'ended':
    case 'finished': {
      const final = await makeFinalOutput(context, end.kind === 'ended' ? lastOutput(recorder.run) : end.output);
      if (final.ok) recorder.append({ type: 'run.completed', final_output: final.output });
      else recorder.append({ type: 'run.failed', error: final.error });
      return;
    }
    case 'exited':
      recordExit(context, end);
      return;
    case 'failed':
      if (isPassingCode(end.error.code)) pause(context, 'unavailable', end.error);
      else recorder.append({ type: 'run.failed', error: end.error });
      return;
    case 'suspended':
      pauseForAnswers(context);
      return;
  }
}

function recordExit({ recorder }: RunContext, { path, message, isError }: StepExit): void {
  if (isError) {
    const why = 'The plan itself ends the run here, and a resume ends in the same way.';
    recorder.append({ type: 'run.failed', error: { code: 'step-failed', message, why, step: path, retryable: false } });
  } else recorder.append({ type: 'run.completed', final_output: { value: message, summary: null } });
}

/** What the last step that was completed before the end left. */
function lastOutput(run: Run): Output | undefined {
  return run.steps.findLast((step) => step.status === 'completed' && step.output !== undefined)?.output;
}

function pauseForAnswers(context: RunContext): void {
  pause(context, pauseReason(openClarifications(context.recorder.run)));
}

function pauseReason(open: Clarification[]): PauseReason {
  return open.some(mustBeAskedFirst) ? 'approval' : 'clarification';
}

function pause(context: RunContext, reason: PauseReason, error?: RunError): void {
  const { recorder } = context;
  recorder.append({ type: 'run.paused', reason, next: `portia resume ${recorder.run.id}`, ...(error && { error }) });
}

/** What ended the drive from outside. The run stays resumable, unless its log is what broke. */
function recordStop(context: RunContext, error: unknown): void {
  if (error instanceof Interruption) {
    context.recorder.append({ type: 'run.interrupted', signal: error.cause });
    return;
  }
  if (error instanceof BudgetReached) {
    const { message, fix } = error;
    pause(context, 'budget', { code: 'budget-reached', message, fix, step: null, retryable: false });
    return;
  }
  if (isRefusedAnswer(error)) pauseForAnswers(context);
  else if (isPassing(error)) pause(context, 'unavailable', runErrorOf(error, { step: null, retryable: true }));
}
