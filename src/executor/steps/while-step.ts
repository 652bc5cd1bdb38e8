import type { Json } from '../../domain/values/json.js';
import type { WhileStep } from '../../domain/plan/plan.js';
import type { Output } from '../../domain/run/run.js';
import { decideCondition } from '../conditions.js';
import { collectEnd } from './collect-end.js';
import { Effects } from '../effects.js';
import type { StepContext } from '../run-context.js';
import { failed, type Got, type StepOutcome } from '../outcomes.js';
import type { Scope } from '../scope.js';

/** Rounds of a loop whose plan sets no limit: a condition that always holds must come to an end. */
const MOST_ROUNDS = 100_000;

/**
 * Does its steps again and again while its condition holds; `do_while` looks after each round, `while` before. A round
 * sees what the one before it left, so that it can count and collect. Gives what the last round left.
 */
export async function runWhileStep(context: StepContext, step: WhileStep): Promise<StepOutcome> {
  let scope = context.scope.inner();
  const left: (Output | undefined)[] = [];
  for (let round = 0; ; round += 1) {
    // A do_while has decided about the round before this one when it comes here a second time.
    const looks = step.kind === 'while' || round > 0;
    const holds = looks ? await decideRound(context, { step, round, scope }) : { ok: true as const, value: true };
    if (!holds.ok) return holds.stop;
    if (!holds.value) return leave(context, step, left);
    if (round === (step.max_iterations ?? MOST_ROUNDS)) return limitReached(context, step, left);
    scope = context.scope.inner(scope.own());
    const block = { steps: step.steps, path: `${context.path}[${round}].steps`, scope };
    const end = await collectEnd(context, { collect: step.collect, scope, end: await context.runBlock(block) });
    if (end.kind !== 'finished') return end;
    if (step.collect === undefined) left.length = 0;
    left.push(end.output);
  }
}

async function decideRound(
  context: StepContext,
  { step, round, scope }: { step: WhileStep; round: number; scope: Scope },
): Promise<Got<boolean>> {
  const { when, condition } = step;
  const guard = { when, condition, path: `${context.path}[${round}]`, task: step.name ?? step.kind };
  const decision = await decideCondition(new Effects({ ...context, scope }, `round${round}`), guard);
  return decision.ok ? { ok: true, value: decision.value.outcome === 'continue' } : decision;
}

/** What the last round left, or the list of what each round collected. */
async function leave(
  { recorder }: StepContext,
  step: WhileStep,
  left: readonly (Output | undefined)[],
): Promise<Extract<StepOutcome, { kind: 'completed' | 'passed' }>> {
  const output = left.at(-1);
  const isNothing = output === undefined && step.collect === undefined;
  if (step.output === undefined || isNothing) return { kind: 'passed', output };
  const values: Json[] = [];
  for (const one of left) values.push(one === undefined ? null : await recorder.fromOutput(one));
  return { kind: 'completed', value: step.collect === undefined ? (values.at(-1) ?? null) : values };
}

async function limitReached(
  context: StepContext,
  step: WhileStep,
  left: readonly (Output | undefined)[],
): Promise<StepOutcome> {
  const rounds = step.max_iterations ?? MOST_ROUNDS;
  if (step.on_limit === 'stop') return { ...(await leave(context, step, left)), exhausted: true };
  const message =
    `The condition still holds after ${rounds} rounds. ` +
    'max_iterations sets how many there may be; "on_limit": "stop" ends the loop there without failing.';
  return failed(context, { code: 'step-failed', message, retryable: false });
}
