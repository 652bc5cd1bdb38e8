import type { Json } from '../../domain/json.js';
import type { WhileStep } from '../../domain/plan.js';
import type { Output } from '../../domain/run.js';
import { judgeCondition } from '../conditions.js';
import { Effects } from '../effects.js';
import { failed, type StepContext, type StepOutcome, type StepStop } from '../run-context.js';
import type { Scope } from '../scope.js';

/** Rounds of a loop whose plan sets no limit: a condition that always holds must come to an end. */
const MOST_ROUNDS = 100_000;

type Judgement = { ok: true; holds: boolean } | { ok: false; stop: StepStop };

/**
 * Does its steps again and again while its condition holds; `do_while` looks after each round, `while` before. A round
 * sees what the one before it left, so that it can count and collect. Gives what the last round left.
 */
export async function runWhileStep(context: StepContext, step: WhileStep): Promise<StepOutcome> {
  let scope = context.scope.inner();
  let output: Output | undefined;
  for (let round = 0; ; round += 1) {
    // A do_while has judged the round before this one when it comes here a second time.
    const looks = step.kind === 'while' || round > 0;
    const judged = looks ? await judgeRound(context, { step, round, scope }) : { ok: true as const, holds: true };
    if (!judged.ok) return judged.stop;
    if (!judged.holds) return leave(context, step, output);
    if (round === (step.max_iterations ?? MOST_ROUNDS)) return tooManyRounds(context, round);
    scope = context.scope.inner(scope.own());
    const end = await context.runBlock({ steps: step.steps, path: `${context.path}[${round}].steps`, scope });
    if (end.kind !== 'finished') return end;
    output = end.output;
  }
}

async function judgeRound(
  context: StepContext,
  { step, round, scope }: { step: WhileStep; round: number; scope: Scope },
): Promise<Judgement> {
  const { when, condition } = step;
  const guard = { when, condition, path: `${context.path}[${round}]`, task: step.name ?? step.kind };
  const judged = await judgeCondition({ ...context, scope }, new Effects(context, `round${round}`), guard);
  return judged.kind === 'stop' ? { ok: false, stop: judged.stop } : { ok: true, holds: judged.outcome === 'continue' };
}

async function leave(context: StepContext, step: WhileStep, output: Output | undefined): Promise<StepOutcome> {
  if (step.output === undefined || output === undefined) return { kind: 'passed', output };
  const value: Json = await context.recorder.fromOutput(output);
  return { kind: 'completed', value };
}

function tooManyRounds(context: StepContext, rounds: number): StepOutcome {
  const message = `The condition still holds after ${rounds} rounds. The step's max_iterations sets how many it may take.`;
  return failed(context, { code: 'step-failed', message, retryable: false });
}
