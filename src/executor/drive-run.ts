import {
  isApproval,
  isUnknownOutcome,
  openClarifications,
  type Answer,
  type Clarification,
} from '../domain/clarification.js';
import { runErrorOf, type RunError } from '../domain/errors.js';
import type { Output, PauseReason, Run } from '../domain/run.js';
import type { ClarificationHandler } from '../clarifications/clarification-handler.js';
import { makeFinalOutput } from './final-output.js';
import { Interruption, interruptionOf } from './interruption.js';
import type { RunContext } from './run-context.js';
import { runSteps } from './run-steps.js';
import { isPassing } from './step-failures.js';

export interface Answering {
  /** Answers that were given before their question was asked; each is used once. */
  inAdvance?: ((open: Clarification[]) => Promise<Answer[]>) | undefined;
  /** Who can be asked while the run goes on; without one the run pauses. */
  handler?: ClarificationHandler | undefined;
}

/**
 * Drives a run until it is complete, failed or must wait, and records which. Questions are answered in between, when
 * somebody is there to answer. Rejects only when the log itself cannot be written or the run has another owner.
 */
export async function driveRun(context: RunContext, answering: Answering): Promise<Run> {
  const { recorder } = context;
  const isNew = recorder.run.state === 'NOT_STARTED';
  recorder.append({ type: isNew ? 'run.started' : 'run.resumed' });
  try {
    while (await goOn(context, answering));
  } catch (error) {
    recordStop(context, error);
  }
  return recorder.run;
}

/** One pass over the steps. True when open questions were answered and the run can go on. */
async function goOn(context: RunContext, answering: Answering): Promise<boolean> {
  const { recorder } = context;
  const end = await runSteps(context);
  switch (end.kind) {
    case 'ended':
    case 'finished': {
      const final = await makeFinalOutput(context, end.kind === 'ended' ? lastOutput(recorder.run) : end.output);
      if (final.ok) recorder.append({ type: 'run.completed', final_output: final.output });
      else recorder.append({ type: 'run.failed', error: final.error });
      return false;
    }
    case 'exited':
      recordExit(context, end);
      return false;
    case 'failed':
      recorder.append({ type: 'run.failed', error: end.error });
      return false;
    case 'suspended':
      if (await answer(context, end.clarifications, answering)) return true;
      pause(context, pauseReason(openClarifications(recorder.run)));
      return false;
  }
}

function recordExit({ recorder }: RunContext, { message, isError }: { message: string; isError: boolean }): void {
  if (isError) {
    recorder.append({ type: 'run.failed', error: { code: 'step-failed', message, step: null, retryable: false } });
  } else recorder.append({ type: 'run.completed', final_output: { value: message, summary: null } });
}

/** What the last step that was completed before the end left. */
function lastOutput(run: Run): Output | undefined {
  return run.steps.findLast((step) => step.status === 'completed' && step.output !== undefined)?.output;
}

/** Whether every question that holds the step back is answered. */
async function answer(context: RunContext, waiting: Clarification[], answering: Answering): Promise<boolean> {
  const { recorder } = context;
  const resolve = (answers: Answer[]) => {
    for (const { id, response, channel } of answers) {
      recorder.append({ type: 'clarification.resolved', id, response, channel });
    }
  };
  resolve((await answering.inAdvance?.(waiting)) ?? []);
  const open = openClarifications(recorder.run);
  // Nobody is asked before the question is safe: an answer must never outlive it.
  if (open.length > 0 && answering.handler !== undefined) {
    await recorder.flush();
    resolve(await answering.handler.ask(open, { signal: context.signal }));
    const interruption = interruptionOf(context.signal);
    if (interruption !== undefined) throw interruption;
  }
  await recorder.flush();
  return openClarifications(recorder.run).length === 0;
}

function pauseReason(open: Clarification[]): PauseReason {
  return open.some((clarification) => isApproval(clarification) || isUnknownOutcome(clarification))
    ? 'approval'
    : 'clarification';
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
  if (isPassing(error)) {
    pause(context, 'unavailable', runErrorOf(error, { step: null, retryable: true }));
    return;
  }
  throw error;
}
