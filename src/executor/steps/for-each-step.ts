import type { Json, JsonObject } from '../../domain/values/json.js';
import type { ForEachStep } from '../../domain/plan/plan.js';
import { FAILURE, keepsFailedItems } from '../../domain/plan/plan-steps.js';
import { flowOf } from '../dataflow.js';
import { collectEnd } from './collect-end.js';
import { evaluateList, fillList } from '../expressions.js';
import { errorData } from '../caught-failures.js';
import type { BlockChange, RunContext, StepContext } from '../run-context.js';
import type { BlockEnd, StepOutcome } from '../outcomes.js';
import { isCaught } from '../step-failures.js';
import { sourcesOfItem } from '../value-sources.js';
import { runOverlapping, type OverlapEnd } from '../run-overlapping.js';
import type { Scope } from '../scope.js';

type Finished = Extract<BlockEnd, { kind: 'finished' }>;

/** The items that failed, by their index. */
type FailedItems = Map<number, JsonObject>;

/** A loop over a list, and what failed of it so far. */
interface Loop {
  step: ForEachStep;
  list: Json[];
  failed: FailedItems;
}

/**
 * Does its steps for each item of a list, one item after the other, or `max_parallel` at a time when none of its steps is
 * a barrier; gives the list of what each of them left.
 */
export async function runForEachStep(context: StepContext, step: ForEachStep): Promise<StepOutcome> {
  const { over } = step;
  const list = await (typeof over === 'string' ? evaluateList(context, over) : fillList(context, over));
  if (!list.ok) return list.stop;
  const loop: Loop = { step, list: list.value, failed: new Map() };
  const atATime = iterationsAtATime(context, step);
  const done = atATime > 1 ? await sideBySide(context, loop, atATime) : await inTurn(context, loop);
  if (done.kind === 'stopped') return done.end;
  const failed = [...loop.failed].sort(([first], [second]) => first - second).map(([, item]) => item);
  if (step.output === undefined) return { kind: 'passed', output: done.ends.at(-1)?.output, failed };
  const values: Json[] = [];
  for (const { output } of done.ends) {
    values.push(output === undefined ? null : await context.recorder.fromOutput(output));
  }
  return { kind: 'completed', value: values, failed };
}

function iterationsAtATime(context: StepContext, { steps, max_parallel = 1 }: ForEachStep): number {
  const mayOverlap = steps.every((step) => flowOf(step, context.services.tools) !== undefined);
  return mayOverlap ? Math.min(max_parallel, context.jobs) : 1;
}

async function inTurn(context: StepContext, loop: Loop): Promise<OverlapEnd<BlockEnd, Finished>> {
  const { step, list } = loop;
  const change = keepsFailedItems(step) ? { jobs: 1 } : undefined;
  const ends: Finished[] = [];
  for (const index of list.keys()) {
    const end = await runIteration(context, loop, { index, change });
    if (!isFinished(end)) return { kind: 'stopped', end };
    // Without an output only the last one counts, and there may be very many.
    if (step.output === undefined) ends.length = 0;
    ends.push(end);
  }
  return { kind: 'all', ends };
}

/** Iterations do not see each other's outputs, so none waits for another. */
async function sideBySide(context: StepContext, loop: Loop, atATime: number): Promise<OverlapEnd<BlockEnd, Finished>> {
  const tasks = loop.list.map((_item, index) => ({
    flow: { takes: [], leaves: [] },
    run: async ({ answering, signal, runSignal }: RunContext) =>
      runIteration(context, loop, { index, change: { answering, signal, runSignal, jobs: 1 } }),
  }));
  return runOverlapping({ ...context, jobs: atATime }, tasks, isFinished);
}

async function runIteration(
  context: StepContext,
  loop: Loop,
  { index, change }: { index: number; change: BlockChange | undefined },
): Promise<BlockEnd> {
  const { step, list } = loop;
  const item = list[index] ?? null;
  const scope = context.scope.inner();
  scope.defineItem(step.as, item, { of: list.length, sources: sourcesOfItem(step, context.scope) });
  const block = { steps: step.steps, path: `${context.path}[${index}].steps`, scope };
  if (!keepsFailedItems(step)) {
    return collectEnd(context, { collect: step.collect, scope, end: await context.runBlock(block, change) });
  }
  const catcher = { path: context.path, signal: change?.signal ?? context.signal };
  const done = await context.runBlock(block, { jobs: 1, ...change, catcher });
  const end = await collectEnd(context, { collect: step.collect, scope, end: done });
  if (end.kind !== 'failed' || !isCaught(end.error, catcher)) return end;
  const error = errorData(context.recorder.redact(end.error));
  loop.failed.set(index, { index, item, ...error });
  return done.kind === 'failed' ? collectOfFailed(context, { step, scope, error }) : LEFT_NOTHING;
}

const LEFT_NOTHING: Finished = { kind: 'finished', output: undefined };

/** `collect` may say of an item that failed what the list has in its place. */
async function collectOfFailed(
  context: StepContext,
  { step, scope, error }: { step: ForEachStep; scope: Scope; error: JsonObject },
): Promise<BlockEnd> {
  scope.define(FAILURE, { value: error, summary: null }, [{ from: 'step', step: context.path }]);
  const end = await collectEnd(context, { collect: step.collect, scope, end: LEFT_NOTHING });
  return end.kind === 'failed' ? LEFT_NOTHING : end;
}

function isFinished(end: BlockEnd): end is Finished {
  return end.kind === 'finished';
}
