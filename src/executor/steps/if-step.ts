import type { IfStep } from '../../domain/plan/plan.js';
import { decideCondition } from '../conditions.js';
import { Effects } from '../effects.js';
import type { StepContext } from '../run-context.js';
import type { StepOutcome } from '../outcomes.js';

/** Does the steps of the first branch whose condition holds, else those of `else`. What they leave is there afterwards. */
export async function runIfStep(context: StepContext, step: IfStep): Promise<StepOutcome> {
  for (const [index, branch] of step.branches.entries()) {
    const path = `${context.path}.branches.${index}`;
    const { when, condition } = branch;
    const guard = { when, condition, path, task: step.name ?? `branch ${index + 1}` };
    const decision = await decideCondition(new Effects(context, `branch${index}`), guard);
    if (!decision.ok) return decision.stop;
    if (decision.value.outcome === 'continue') return doBlock(context, { steps: branch.steps, path: `${path}.steps` });
  }
  if (step.else === undefined) return { kind: 'passed', output: undefined };
  return doBlock(context, { steps: step.else, path: `${context.path}.else` });
}

async function doBlock(
  context: StepContext,
  block: { steps: IfStep['branches'][0]['steps']; path: string },
): Promise<StepOutcome> {
  const end = await context.runBlock({ ...block, scope: context.scope });
  return end.kind === 'finished' ? { kind: 'passed', output: end.output } : end;
}
