import type { Json } from '../../domain/values/json.js';
import type { ForEachStep } from '../../domain/plan/plan.js';
import { flowOf } from '../dataflow.js';
import { collectEnd } from './collect-end.js';
import { evaluateList, fillList } from '../expressions.js';
import type { BlockChange, RunContext, StepContext } from '../run-context.js';
import type { BlockEnd, StepOutcome } from '../outcomes.js';
import { sourcesOfItem } from '../value-sources.js';
import { runOverlapping, type OverlapEnd } from '../run-overlapping.js';

type Finished = Extract<BlockEnd, { kind: 'finished' }>;

/**
 * Does its steps for each item of a list, one item after the other, or `max_parallel` at a time when none of its steps is
 * a barrier; gives the list of what each of them left.
 */
export async function runForEachStep(context: StepContext, step: ForEachStep): Promise<StepOutcome> {
  const { over } = step;
  const list = await (typeof over === 'string' ? evaluateList(context, over) : fillList(context, over));
  if (!list.ok) return list.stop;
  const atATime = iterationsAtATime(context, step);
  const done =
    atATime > 1
      ? await sideBySide(context, { step, list: list.value, atATime })
      : await inTurn(context, step, list.value);
  if (done.kind === 'stopped') return done.end;
  if (step.output === undefined) return { kind: 'passed', output: done.ends.at(-1)?.output };
  const values: Json[] = [];
  for (const { output } of done.ends) {
    values.push(output === undefined ? null : await context.recorder.fromOutput(output));
  }
  return { kind: 'completed', value: values };
}

function iterationsAtATime(context: StepContext, { steps, max_parallel = 1 }: ForEachStep): number {
  const mayOverlap = steps.every((step) => flowOf(step, context.services.tools) !== undefined);
  return mayOverlap ? Math.min(max_parallel, context.jobs) : 1;
}

async function inTurn(context: StepContext, step: ForEachStep, list: Json[]): Promise<OverlapEnd<BlockEnd, Finished>> {
  const ends: Finished[] = [];
  for (const [index, item] of list.entries()) {
    const end = await runIteration(context, { step, index, item, of: list.length });
    if (!isFinished(end)) return { kind: 'stopped', end };
    // Without an output only the last one counts, and there may be very many.
    if (step.output === undefined) ends.length = 0;
    ends.push(end);
  }
  return { kind: 'all', ends };
}

/** Iterations do not see each other's outputs, so none waits for another. */
async function sideBySide(
  context: StepContext,
  { step, list, atATime }: { step: ForEachStep; list: Json[]; atATime: number },
): Promise<OverlapEnd<BlockEnd, Finished>> {
  const tasks = list.map((item, index) => ({
    flow: { takes: [], leaves: [] },
    run: async ({ answering, signal, runSignal }: RunContext) =>
      runIteration(context, { step, index, item, of: list.length }, { answering, signal, runSignal, jobs: 1 }),
  }));
  return runOverlapping({ ...context, jobs: atATime }, tasks, isFinished);
}

async function runIteration(
  context: StepContext,
  { step, index, item, of }: { step: ForEachStep; index: number; item: Json; of: number },
  change?: BlockChange,
): Promise<BlockEnd> {
  const scope = context.scope.inner();
  scope.defineItem(step.as, item, { of, sources: sourcesOfItem(step, context.scope) });
  const block = { steps: step.steps, path: `${context.path}[${index}].steps`, scope };
  return collectEnd(context, { collect: step.collect, scope, end: await context.runBlock(block, change) });
}

function isFinished(end: BlockEnd): end is Finished {
  return end.kind === 'finished';
}
