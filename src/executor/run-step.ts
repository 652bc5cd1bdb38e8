import { setTimeout as sleep } from 'node:timers/promises';

import { isAgreed } from '../domain/run/approval-answers.js';
import { runErrorOf, type RunError } from '../domain/errors.js';
import type { Json } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import type { Step } from '../domain/plan/plan.js';
import { expiryStepsOf, FAILURES, handlerOf, stepOutput, workBlocks } from '../domain/plan/plan-steps.js';
import type { EventOf } from '../domain/run/events.js';
import { personText } from '../domain/run/person.js';
import type { FailedItems, Output } from '../domain/run/run.js';
import { subRunId } from '../domain/plan/sub-plans.js';
import { ValueTooLarge } from '../domain/run/value-too-large.js';
import { takeTurns } from './turns.js';
import { throwIfStopped } from './interruption.js';
import type { StepOutcome } from './outcomes.js';
import { decideCondition, guardOf } from './conditions.js';
import { Effects } from './effects.js';
import { skippedByHook, tellStepEnd } from './hooked-steps.js';
import { executeStep } from './execute-step.js';
import type { Recorder } from './recorder.js';
import type { RunContext, StepContext } from './run-context.js';
import { handleFailure } from './failure-handler.js';
import { restoreLeft } from './left-before-failure.js';
import { catchFailures, isCaught } from './step-failures.js';
import type { RunBlock, StepEnd, Work } from './step-work.js';
import { limitTime } from '../timing/limit.js';

/** Waits before a step is tried again: 0.25 s, 0.5 s, 1 s … */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** One step with its retries: each failure makes a new attempt. A crash does not add attempts. */
export async function runStep(context: RunContext, work: Work, runBlock: RunBlock): Promise<StepEnd> {
  const end = await runToEnd(context, work, runBlock);
  const { recorder, sealed } = context;
  if (end.kind === 'suspended' || !sealed.isOf(work.path)) return end;
  // Whoever continues after a crash must find that the step has ended.
  await recorder.flush();
  await sealed.forget(work.path);
  return end;
}

async function runToEnd(context: RunContext, work: Work, runBlock: RunBlock): Promise<StepEnd> {
  const { recorder } = context;
  const { path } = work;
  const known = recorder.index.caught(path);
  const settled = recorder.index.settled(path);
  if (known !== undefined || settled?.how === 'done') await restoreLeft(context, work, runBlock);
  const isFinished = recorder.index.isFinished(path);
  const finished = isFinished ? await finishedEnd(context, work) : undefined;
  if (finished !== undefined) return finished;
  if (settled !== undefined && !isFinished) return recordSettled(context, work, settled);
  const end: StepEnd =
    known === undefined ? await tryStep(context, work, runBlock) : { kind: 'failed', error: known.error };
  const caught = recorder.index.caught(path);
  return end.kind === 'failed' && caught?.by === path ? handleFailure(context, work, { caught, runBlock }) : end;
}

/** Does the step until it ends in a way that is not tried again. */
async function tryStep(context: RunContext, work: Work, runBlock: RunBlock): Promise<StepEnd> {
  const { recorder } = context;
  const { path } = work;
  let isCutShort = recorder.index.endsInFailedCall(path);
  for (;;) {
    const begun = recorder.index.callsBegun(path);
    const end = await attemptStep(context, work, runBlock);
    // Its call had failed before the process died; only now can the step fail with that.
    const isOldFailure = end.kind === 'failed' && isCutShort && recorder.index.callsBegun(path) === begun;
    isCutShort = false;
    if (end.kind === 'failed' && recorder.index.caught(path) !== undefined) return end;
    if (isOldFailure) continue;
    const failures = recorder.index.failuresInARow(path);
    if (end.kind !== 'failed' || !end.error.retryable || failures > (work.step.retries ?? 0)) return end;
    await waitBefore(failures, context);
  }
}

/** What a finished step gave. A step that only passes on what its blocks leave is replayed, without acting. */
async function finishedEnd(context: RunContext, { step, path }: Work): Promise<StepEnd | undefined> {
  const { recorder } = context;
  // It is done because what its own on_error says was done.
  if (recorder.index.caught(path) !== undefined) return undefined;
  // It was skipped with all that comes after it, and the run was stopped before it could say so.
  if (recorder.index.decision(path)?.outcome === 'complete') return { kind: 'ended' };
  if (recorder.index.isSkipped(path)) return { kind: 'skipped' };
  if (recorder.index.settled(path) !== undefined) {
    return { kind: 'completed', name: stepOutput(step), output: recorder.index.outputOf(path) };
  }
  // A log that somebody wrote may say so of a question that nobody answered.
  if (step.kind === 'user_verify' && !wasAnswered(context, path, step.on_no === 'continue')) return undefined;
  const output = recorder.index.outputOf(path);
  if (output !== undefined) return { kind: 'completed', name: stepOutput(step), output };
  return step.kind === 'exit' || workBlocks(step).length > 0 ? undefined : { kind: 'completed', output: undefined };
}

function wasAnswered({ recorder }: RunContext, path: string, goesOnAfterNo: boolean): boolean {
  return recorder.run.outputs.clarifications.some(
    (question) =>
      question.path === path &&
      question.category === 'User Verification' &&
      question.resolved &&
      (goesOnAfterNo || isAgreed(question)),
  );
}

async function waitBefore(failures: number, { signal, staying }: RunContext): Promise<void> {
  if (staying.isInstant === true) return;
  const ms = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
  // An interruption during the wait is found at the next step's start.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

async function attemptStep(run: RunContext, work: Work, runBlock: RunBlock): Promise<StepEnd> {
  const { recorder } = run;
  const { step, path } = work;
  throwIfStopped(run);
  run.budget.beforeStep(`${recorder.run.id} ${path}`);
  const attempt = recorder.index.failuresOf(path) + 1;
  const isRepeated = recorder.index.isFinished(path);
  if (!isRepeated) {
    const sub_run = step.kind === 'plan' ? subRunId(recorder.run.id, path) : undefined;
    // Each iteration records once, at its first step, which item it is about.
    const iteration = path.endsWith('].steps.0') ? work.scope.iteration() : undefined;
    recorder.append({ type: 'step.started', path, attempt, ...(sub_run && { sub_run }), ...iteration });
  }
  const limit = step.timeout_ms === undefined ? undefined : limitTime(run.signal, step.timeout_ms);
  const limited = limit === undefined ? run : { ...run, signal: limit.signal };
  // The run continues after a failure there, so nothing behind the step that fails may be done before.
  const inside =
    handlerOf(step) === undefined ? limited : { ...limited, jobs: 1, catcher: { path, signal: run.signal } };
  const context: StepContext = {
    index: Number.parseInt(path, 10),
    path,
    step,
    attempt,
    output: stepOutput(step),
    timeoutMs: step.timeout_ms,
    scope: work.scope,
    runBlock: (block, change) => runBlock(change === undefined ? inside : { ...inside, ...change }, block),
    // Last: Node takes 30 times as long to add keys to a copy.
    ...inside,
  };
  try {
    const outcome = isRepeated
      ? await catchFailures(context, async () => decideAndExecute(context, step, executeStep))
      : await doWithHooks(context, step);
    return await recordEnd(context, outcome, { step, isRepeated });
  } finally {
    limit?.clear();
    // Steps that begin side by side must all have begun before this one lets others in.
    await takeTurns();
  }
}

/** Hooks are told of what is done, and not of what is replayed. */
async function doWithHooks(context: StepContext, step: Step): Promise<StepOutcome> {
  const outcome = await catchFailures(context, async () =>
    decideAndExecute(context, step, async (effects) => (await skippedByHook(context)) ?? executeStep(effects, step)),
  );
  return catchFailures(context, async () => {
    await tellStepEnd(context, outcome);
    return outcome;
  });
}

async function decideAndExecute(
  context: StepContext,
  step: Step,
  execute: (effects: Effects, step: Step) => Promise<StepOutcome>,
): Promise<StepOutcome> {
  const decision = await decideCondition(new Effects(context, 'condition'), guardOf(step, context.path));
  if (!decision.ok) return decision.stop;
  const { outcome, reason } = decision.value;
  if (outcome === 'continue') return execute(new Effects(context), step);
  if (outcome === 'skip') return { kind: 'skipped', reason };
  context.recorder.append({ type: 'step.skipped', path: context.path, reason });
  return { kind: 'ended' };
}

async function recordEnd(
  context: StepContext,
  end: StepOutcome,
  of: { step: Step; isRepeated: boolean },
): Promise<StepEnd> {
  const { recorder, path, output: name } = context;
  const { isRepeated } = of;
  switch (end.kind) {
    case 'completed': {
      const items = await keepFailedItems(recorder, path, end.failed);
      if (items.kind === 'failed') return recordEnd(context, items, of);
      const how = { ...(end.exhausted && { exhausted: end.exhausted }), ...items.failed };
      if (name === undefined) {
        recorder.append({ type: 'step.completed', path, ...how });
        return { kind: 'completed', output: undefined };
      }
      const { usage, secret } = end;
      const kept = await keepOutput(recorder, { path, name, value: end.value });
      if (kept.kind === 'failed') return recordEnd(context, kept, of);
      const output = secret === undefined ? kept.output : { ...kept.output, secret };
      recorder.append({
        type: 'step.completed',
        path,
        output_name: name,
        output,
        ...(usage && { usage }),
        ...how,
      });
      return { kind: 'completed', name, output };
    }
    case 'passed': {
      if (isRepeated) return { kind: 'completed', output: end.output };
      const items = await keepFailedItems(recorder, path, end.failed);
      if (items.kind === 'failed') return recordEnd(context, items, of);
      recorder.append({ type: 'step.completed', path, ...(end.exhausted && { exhausted: true }), ...items.failed });
      return { kind: 'completed', output: end.output };
    }
    case 'exited':
      if (!isRepeated) recorder.append({ type: 'step.completed', path });
      return end;
    case 'skipped':
      recorder.append({ type: 'step.skipped', path, reason: end.reason });
      return { kind: 'skipped' };
    case 'failed':
      await recordFailure(context, of.step, end.error);
      return end;
    case 'suspended':
    case 'ended':
      return end;
  }
}

/** What a person says that became of the step is its end. */
async function recordSettled(
  { recorder }: RunContext,
  { step, path }: Work,
  { how, value, by }: EventOf<'step.settled'>,
): Promise<StepEnd> {
  if (how === 'skipped') {
    const who = by === undefined ? 'a person' : personText(by);
    recorder.append({ type: 'step.skipped', path, reason: `left out by ${who}` });
    return { kind: 'skipped' };
  }
  const name = stepOutput(step);
  if (name === undefined || value === undefined) {
    recorder.append({ type: 'step.completed', path });
    return { kind: 'completed', output: undefined };
  }
  const output = await recorder.toOutput(path, name, await recorder.recall(value));
  recorder.append({ type: 'step.completed', path, output_name: name, output });
  return { kind: 'completed', name, output };
}

/** A failure after which nothing is tried again, because the plan says what is done then, is recorded as that. */
async function recordFailure(context: StepContext, step: Step, error: RunError): Promise<void> {
  const { recorder, store, path, attempt } = context;
  const isTriedAgain = error.retryable && recorder.index.failuresInARow(path) < (step.retries ?? 0);
  const caught_by = takenBy(step, error, context);
  if (isTriedAgain || caught_by === undefined) {
    recorder.append({ type: 'step.failed', path, attempt, error });
    return;
  }
  const part = step.kind === 'plan' ? await store.readRun(subRunId(recorder.run.id, path)) : undefined;
  const usage = part && { usage: part.run.usage };
  recorder.append({ type: 'step.failed', path, attempt, error, caught_by, ...usage });
}

/** The path of the step that says what is done instead: this one when nobody answered it in time, or one with an `on_error`. */
function takenBy(step: Step, error: RunError, { path, catcher }: StepContext): string | undefined {
  if (error.code === 'expired' && expiryStepsOf(step) !== undefined) return path;
  return isCaught(error, catcher) ? catcher.path : undefined;
}

type Kept<Value> = ({ kind: 'kept' } & Value) | (StepOutcome & { kind: 'failed' });

async function keepFailedItems(
  recorder: Recorder,
  path: string,
  failed: Json[] = [],
): Promise<Kept<{ failed?: { failed: FailedItems } }>> {
  if (failed.length === 0) return { kind: 'kept' };
  const kept = await keepOutput(recorder, { path, name: FAILURES, value: failed });
  return kept.kind === 'failed'
    ? kept
    : { kind: 'kept', failed: { failed: { count: failed.length, items: kept.output } } };
}

/** A value that is too large is a failure of the step that gives it. */
async function keepOutput(
  recorder: Recorder,
  { path, name, value }: { path: string; name: string; value: Json },
): Promise<Kept<{ output: Output }>> {
  try {
    return { kind: 'kept', output: await recorder.toOutput(path, name, value) };
  } catch (error) {
    if (!(error instanceof ValueTooLarge)) throw error;
    const named = error.of(`The output $${bareName(name)}`, 'step-failed');
    return { kind: 'failed', error: runErrorOf(named, { step: path, retryable: false }) };
  }
}
