import { mustBeAskedFirst, openClarifications, type Clarification } from '../domain/run/clarification.js';
import { asErrorOfRun, PortiaError, runErrorOf, type RunError } from '../domain/errors.js';
import type { DriveSetup } from '../domain/run/driver.js';
import type { Output, PauseReason, Run } from '../domain/run/run.js';
import { firstExpiry } from '../domain/run/who-may-answer.js';
import { tellRunStart, tellRunStop } from './hooked-runs.js';
import { Interruption, throwIfStopped } from './interruption.js';
import type { BlockEnd, Wait } from './outcomes.js';
import type { Usage } from '../domain/plan/plan.js';
import { nextTry } from '../domain/run/runnable.js';
import { sumUsage } from '../domain/plan/usage.js';
import { BudgetReached } from './budget.js';
import { makeFinalOutput } from './final-output.js';
import type { RunContext } from './run-context.js';
import { runSteps } from './run-steps.js';
import { isTemporary, isTemporaryCode, isRefusedAnswer } from './step-failures.js';

/**
 * Drives a run until it is complete, failed or must wait, and records which. Questions are answered in between, when
 * somebody is there to answer. Rejects only when an answer is refused, when the log itself cannot be written or when the
 * run has another owner; the error names the run when that is saved.
 */
export async function driveRun(context: RunContext): Promise<Run> {
  try {
    await driveUntilStop(context);
  } catch (error) {
    throw await withRun(context, error);
  } finally {
    context.budget.end();
  }
  const { state } = context.recorder.run;
  if (state === 'COMPLETE' || state === 'FAILED') await forgetSealed(context);
  if (state === 'COMPLETE') context.secrets.forget();
  return context.recorder.run;
}

/** Nothing asks for them now. */
async function forgetSealed({ recorder, sealed }: RunContext): Promise<void> {
  await recorder.flush();
  await sealed.forget();
}

async function driveUntilStop(context: RunContext): Promise<void> {
  try {
    await driveSubRun(context);
  } catch (error) {
    if (!isStop(error)) throw error;
  }
  context.recorder.tell();
}

/** The error with the run that it is about, when that is saved. */
async function withRun({ store, recorder, next }: RunContext, error: unknown): Promise<unknown> {
  if (!(error instanceof PortiaError) || error.details.runId !== undefined) return error;
  const { id, plan_id: planId } = recorder.run;
  const isSaved = await store.readRun(id).then(
    (stored) => stored !== undefined,
    () => false,
  );
  return isSaved ? asErrorOfRun(error, { runId: id, planId, next: next.said }) : error;
}

/** The same for a run that is part of another: what stops it from outside is recorded, and then stops the other, too. */
export async function driveSubRun(context: RunContext): Promise<void> {
  const { recorder } = context;
  const isNew = recorder.run.state === 'NOT_STARTED';
  const self = context.services.processes?.driver();
  const driver = self && { ...self, lease_ms: recorder.leaseMs };
  const setup = recorder.run.parent_run === undefined ? setupOf(context) : undefined;
  recorder.append({ type: isNew ? 'run.started' : 'run.resumed', ...(driver && { driver }), ...(setup && { setup }) });
  try {
    await driveToStop(context);
  } catch (error) {
    await recordStop(context, error);
    throw error;
  }
}

function setupOf({ services: { setup, settings } }: RunContext): DriveSetup | undefined {
  if (setup === undefined) return undefined;
  const { jobs, largeOutputTokens, summarize } = settings;
  return { ...setup, jobs, large_output_tokens: largeOutputTokens, ...(summarize && { summarize }) };
}

type StepExit = Extract<BlockEnd, { kind: 'exited' }>;

function isStop(error: unknown): boolean {
  return error instanceof Interruption || error instanceof BudgetReached || isTemporary(error);
}

async function driveToStop(context: RunContext): Promise<void> {
  const refused = await tellRunStart(context);
  if (refused !== undefined) return fail(context, refused);
  const isWhole = context.recorder.run.parent_run === undefined;
  if (isWhole && (await context.readyTools.wait(context)).length > 0) return pauseForAnswers(context);
  const end = await doSteps(context);
  // A signal that came while a tool blocked the process is heard after its step, which may be the last one.
  if (end.kind === 'finished' || end.kind === 'ended') throwIfStopped(context);
  switch (end.kind) {
    case 'ended':
    case 'finished': {
      const final = await makeFinalOutput(
        context,
        end.kind === 'ended' ? lastOutput(context.recorder.run) : end.output,
      );
      if (final.ok) await complete(context, final.output);
      else await fail(context, final.error);
      return;
    }
    case 'exited':
      await recordExit(context, end);
      return;
    case 'failed':
      if (isTemporaryCode(end.error.code)) await pause(context, 'unavailable', { error: end.error });
      else await fail(context, end.error);
      return;
    case 'suspended':
      if (end.wait !== undefined && openClarifications(context.recorder.run).length === 0) {
        await pause(context, end.wait.waits_for === undefined ? 'time' : 'signal', { wait: end.wait });
      } else await pauseForAnswers(context);
      return;
  }
}

/** Does the steps, and once more when an answer came while they were about to wait for it. */
async function doSteps(context: RunContext): Promise<BlockEnd> {
  const { meanwhile } = context.answering;
  const close = meanwhile?.open(context.recorder);
  try {
    for (;;) {
      const { answersTaken } = context.recorder;
      const end = await runSteps(context);
      if (end.kind !== 'suspended' || context.recorder.answersTaken === answersTaken) return end;
    }
  } finally {
    close?.();
  }
}

async function complete(context: RunContext, output: Output | null): Promise<void> {
  await tellRunStop(context, { state: 'complete', finalOutput: output });
  context.recorder.append({ type: 'run.completed', final_output: output });
}

async function recordExit(context: RunContext, { path, message, isError }: StepExit): Promise<void> {
  const { recorder } = context;
  if (isError) {
    const why = 'The plan itself ends the run here, and a resume ends in the same way.';
    await fail(context, { code: 'step-failed', message, why, step: path, retryable: false, by_exit: true });
  } else {
    await complete(context, await recorder.toOutput(path, 'final_output', message));
  }
}

/** What the last step that was completed before the end left. */
function lastOutput(run: Run): Output | undefined {
  return run.steps.findLast((step) => step.status === 'completed' && step.output !== undefined)?.output;
}

async function pauseForAnswers(context: RunContext): Promise<void> {
  if (context.recorder.run.parent_run === undefined) await context.readyTools.joinAsked(context);
  const open = openClarifications(context.recorder.run);
  // Then the plan says what happens without an answer.
  const until = firstExpiry(open);
  await pause(context, pauseReason(open), until === undefined ? {} : { wait: { until } });
}

function pauseReason(open: Clarification[]): PauseReason {
  return open.some(mustBeAskedFirst) ? 'approval' : 'clarification';
}

interface Pause {
  error?: RunError | undefined;
  wait?: Wait | undefined;
}

async function pause(context: RunContext, reason: PauseReason, { error, wait }: Pause = {}): Promise<void> {
  await tellRunStop(context, { state: 'paused', reason, error });
  const inside = await usageInside(context);
  const at = reason === 'unavailable' ? await triedAgainAt(context) : wait?.until;
  context.recorder.append({
    type: 'run.paused',
    reason,
    next: context.next.recorded,
    ...(error && { error }),
    ...(at !== undefined && { wake_at: at }),
    ...(wait?.waits_for && { waits_for: wait.waits_for }),
    ...inside,
  });
}

async function triedAgainAt({ store, recorder }: RunContext): Promise<string | undefined> {
  const { queue } = recorder.run;
  return queue && nextTry(queue.tries, (await store.clock()).toISOString());
}

async function fail(context: RunContext, error: RunError): Promise<void> {
  await tellRunStop(context, { state: 'failed', error });
  context.recorder.append({ type: 'run.failed', error, ...(await usageInside(context)) });
}

/** What the runs of plans inside have used that are not finished: their steps do not say it yet. */
async function usageInside({ store, recorder }: RunContext): Promise<{ usage_inside?: Usage }> {
  const parts: Usage[] = [];
  for (const { sub_run: id, status, caught_by: caughtBy } of recorder.run.steps) {
    if (id === undefined || caughtBy !== undefined || status === 'completed' || status === 'skipped') continue;
    // A step says which run it starts before that run is there; what is wrong with one is said when it continues.
    const stored = await store.readRun(id).catch(() => undefined);
    if (stored !== undefined) parts.push(stored.run.usage);
  }
  const usage = sumUsage(...parts);
  return usage.calls === 0 ? {} : { usage_inside: usage };
}

/** What ended the drive from outside. The run stays resumable, unless its log is what broke. */
async function recordStop(context: RunContext, error: unknown): Promise<void> {
  if (error instanceof Interruption) {
    const inside = await usageInside(context);
    context.recorder.append({ type: 'run.interrupted', signal: error.cause, next: context.next.recorded, ...inside });
    return;
  }
  if (error instanceof BudgetReached) {
    const { message, fix } = error;
    const reached: RunError = { code: 'budget-reached', message, fix, step: null, retryable: false };
    await pause(context, 'budget', { error: reached });
    return;
  }
  if (isRefusedAnswer(error)) await pauseForAnswers(context);
  else if (isTemporary(error))
    await pause(context, 'unavailable', { error: runErrorOf(error, { step: null, retryable: true }) });
}
