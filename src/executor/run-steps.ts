import type { Output } from '../domain/run/run.js';
import { settleQuestions } from './settle-questions.js';
import { flowOf } from './dataflow.js';
import type { Block, RunContext } from './run-context.js';
import type { BlockEnd } from './outcomes.js';
import { runStep } from './run-step.js';
import type { StepEnd, Work } from './step-work.js';
import { runOverlapping, type Task, type OverlapEnd } from './run-overlapping.js';
import { sourcesOfStep } from './value-sources.js';
import { createScope } from './scope.js';
import { EXHAUSTED, FAILURES, keepsFailedItems, setsExhausted } from '../domain/plan/plan-steps.js';

/** The loop: does every step of the plan that is not finished, as the written order would. */
export async function runSteps(context: RunContext): Promise<BlockEnd> {
  return runBlock(context, { steps: context.plan.steps, path: '', scope: createScope(context.recorder) });
}

async function runBlock(context: RunContext, block: Block): Promise<BlockEnd> {
  let output: Output | undefined;
  for (let index = 0; index < block.steps.length;) {
    const tasks = overlappingTasks(context, block, index);
    const ends =
      tasks.length > 1 ? await runOverlapping(context, tasks, isDone) : await runAlone(context, block, index);
    if (ends.kind === 'stopped') return ends.end;
    for (const end of ends.ends) if ('output' in end) output = end.output ?? output;
    index += ends.ends.length;
  }
  return { kind: 'finished', output };
}

type DoneEnd = Extract<StepEnd, { kind: 'completed' | 'skipped' }>;

function isDone(end: StepEnd): end is DoneEnd {
  return end.kind === 'completed' || end.kind === 'skipped';
}

/** The steps from here on of which none is a barrier. */
function overlappingTasks(context: RunContext, block: Block, from: number): Task<StepEnd>[] {
  const tasks: Task<StepEnd>[] = [];
  if (context.jobs === 1) return tasks;
  for (let index = from; index < block.steps.length; index += 1) {
    const work = workAt(block, index);
    const flow = flowOf(work.step, context.services.tools);
    if (flow === undefined) break;
    tasks.push({ flow, run: async (own) => doStep(own, work) });
  }
  return tasks;
}

/** A step that nothing overlaps with: its questions are asked as they come up. */
async function runAlone(context: RunContext, block: Block, index: number): Promise<OverlapEnd<StepEnd, DoneEnd>> {
  const work = workAt(block, index);
  for (;;) {
    const end = await doStep(context, work);
    const asked = end.kind === 'suspended' ? end.clarifications : [];
    if (asked.length > 0 && (await settleQuestions(context, asked))) continue;
    return isDone(end) ? { kind: 'all', ends: [end] } : { kind: 'stopped', end };
  }
}

function workAt(block: Block, index: number): Work {
  const step = block.steps[index];
  if (step === undefined) throw new Error(`no step ${index} in ${block.path}`);
  return { step, path: block.path === '' ? String(index) : `${block.path}.${index}`, scope: block.scope };
}

async function doStep(context: RunContext, work: Work): Promise<StepEnd> {
  const end = await runStep(context, work, runBlock);
  if (end.kind === 'completed' && end.name !== undefined && end.output !== undefined) {
    work.scope.define(end.name, end.output, sourcesOfStep(work.step, work.path, work.scope));
  }
  if (end.kind === 'completed' && setsExhausted(work.step)) {
    const value = context.recorder.index.isExhausted(work.path);
    work.scope.define(EXHAUSTED, { value, summary: null }, [{ from: 'step', step: work.path }]);
  }
  if (end.kind === 'completed' && keepsFailedItems(work.step)) {
    const items = context.recorder.index.failedItems(work.path) ?? { value: [], summary: null };
    work.scope.define(FAILURES, items, sourcesOfStep(work.step, work.path, work.scope));
  }
  return end;
}
