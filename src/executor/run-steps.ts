import { setTimeout as sleep } from 'node:timers/promises';

import type { Clarification } from '../domain/clarification.js';
import type { RunError } from '../domain/errors.js';
import type { Step } from '../domain/plan.js';
import { stepOutput } from '../domain/plan-steps.js';
import { judgeCondition } from './conditions.js';
import { Effects } from './effects.js';
import { executeStep } from './execute-step.js';
import { interruptionOf } from './interruption.js';
import type { RunContext, StepContext, StepOutcome } from './run-context.js';
import { createScope, type Scope } from './scope.js';
import { catchFailures } from './step-failures.js';
import { limitTime } from './time-limit.js';

export type StepsEnd =
  | { kind: 'finished' }
  | { kind: 'suspended'; clarifications: Clarification[] }
  | { kind: 'failed'; error: RunError };

/** `ended`: the rest of the plan makes no sense any more, and the run is complete. */
type StepEnd = StepOutcome | { kind: 'ended' };

/** Waits before a step is tried again: 0.25 s, 0.5 s, 1 s … */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** The loop: does every step of the plan that is not finished, in the written order. */
export async function runSteps(context: RunContext): Promise<StepsEnd> {
  const scope = createScope(context.recorder);
  for (const [index, step] of context.plan.steps.entries()) {
    if (context.recorder.isFinished(String(index))) {
      // It was skipped with all that comes after it, and the run was stopped before it could say so.
      if (context.recorder.condition(String(index))?.outcome === 'complete') return { kind: 'finished' };
      continue;
    }
    const end = await runStep(context, { index, step, scope });
    switch (end.kind) {
      case 'completed':
      case 'skipped':
        break;
      case 'ended':
        return { kind: 'finished' };
      case 'suspended':
      case 'failed':
        return end;
    }
  }
  return { kind: 'finished' };
}

/** One step with its retries: each failure makes a new attempt. A crash does not make more of them. */
async function runStep(context: RunContext, work: { index: number; step: Step; scope: Scope }): Promise<StepEnd> {
  const { recorder } = context;
  const path = String(work.index);
  for (;;) {
    const end = await attemptStep(context, { ...work, path });
    const failures = recorder.failuresInARow(path);
    if (end.kind !== 'failed' || !end.error.retryable || failures > (work.step.retries ?? 0)) return end;
    await waitBefore(failures, context.signal);
  }
}

async function waitBefore(failures: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
  // An interruption during the wait is found at the next step's start.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

async function attemptStep(
  run: RunContext,
  work: { index: number; step: Step; scope: Scope; path: string },
): Promise<StepEnd> {
  const { recorder } = run;
  const { step, path } = work;
  const interruption = interruptionOf(run.signal);
  if (interruption !== undefined) throw interruption;
  const attempt = recorder.failuresOf(path) + 1;
  recorder.append({ type: 'step.started', path, attempt });
  const limit = step.timeout_ms === undefined ? undefined : limitTime(run.signal, step.timeout_ms);
  const context: StepContext = {
    ...run,
    index: work.index,
    path,
    attempt,
    output: stepOutput(step),
    scope: work.scope,
    signal: limit?.signal ?? run.signal,
    runSignal: run.signal,
  };
  try {
    const end = await catchFailures(context, async () => judgeAndExecute(context, step));
    await recordEnd(context, end);
    return end;
  } finally {
    limit?.clear();
  }
}

async function judgeAndExecute(context: StepContext, step: Step): Promise<StepEnd> {
  const judged = await judgeCondition(context, new Effects(context, 'condition'), step);
  if (judged.kind === 'stop') return judged.stop;
  if (judged.outcome === 'continue') return executeStep(context, new Effects(context), step);
  if (judged.outcome === 'skip') return { kind: 'skipped', reason: judged.reason };
  context.recorder.append({ type: 'step.skipped', path: context.path, reason: judged.reason });
  return { kind: 'ended' };
}

async function recordEnd(context: StepContext, end: StepEnd): Promise<void> {
  const { recorder, path, attempt, output: output_name } = context;
  switch (end.kind) {
    case 'completed': {
      if (output_name === undefined) recorder.append({ type: 'step.completed', path });
      else {
        const output = await recorder.toOutput(path, output_name, end.value);
        recorder.append({ type: 'step.completed', path, output_name, output });
      }
      return;
    }
    case 'skipped':
      recorder.append({ type: 'step.skipped', path, reason: end.reason });
      return;
    case 'failed':
      recorder.append({ type: 'step.failed', path, attempt, error: end.error });
      return;
    case 'suspended':
    case 'ended':
      return;
  }
}
