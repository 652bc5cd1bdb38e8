import type { IfStep } from '../domain/plan/plan.js';
import type { Block, RunContext } from './run-context.js';
import type { RunIndex } from './run-index.js';
import type { RunBlock, Work } from './step-work.js';

/**
 * Defines again what the steps of a branch left before it failed: it is there for what the plan, or a person, does then. Only
 * finished steps are replayed.
 */
export async function restoreLeft(context: RunContext, { step, path, scope }: Work, runBlock: RunBlock): Promise<void> {
  if (step.kind !== 'if') return;
  const { index } = context.recorder;
  const branch = chosenBranch(index, step, path);
  if (branch === undefined) return;
  const open = branch.steps.findIndex((_step, place) => !index.isFinished(`${branch.path}.${place}`));
  const finished = open < 0 ? branch.steps : branch.steps.slice(0, open);
  await runBlock(context, { ...branch, steps: finished, scope });
  const failed = branch.steps[open];
  if (failed !== undefined)
    await restoreLeft(context, { step: failed, path: `${branch.path}.${open}`, scope }, runBlock);
}

/** The branch that was begun; undefined when a condition failed before. */
function chosenBranch(index: RunIndex, step: IfStep, path: string): Pick<Block, 'steps' | 'path'> | undefined {
  for (const [place, { when, condition, steps }] of step.branches.entries()) {
    const at = `${path}.branches.${place}`;
    const isFree = when === undefined && !condition;
    const outcome = isFree ? 'continue' : index.decision(at)?.outcome;
    if (outcome === undefined) return undefined;
    if (outcome === 'continue') return { steps, path: `${at}.steps` };
  }
  return step.else && { steps: step.else, path: `${path}.else` };
}
