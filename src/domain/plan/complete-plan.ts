import { madeTask } from './made-task.js';
import type { Plan, Step, Variable } from './plan.js';
import { namesTaken } from './step-references.js';

/**
 * The plan with a `task` and `inputs` in every step that leaves an output, made from the step where its author gave
 * none, so that a reader of the Python SDK's shape understands it. Expressions and templates must be well-formed.
 */
export function completePlan(plan: Plan): Plan {
  return { ...plan, steps: plan.steps.map(completeStep) };
}

function completeStep(step: Step): Step {
  switch (step.kind) {
    case 'tool':
    case 'compute':
    case 'user_input':
    case 'user_verify':
      return withSdkKeys(step);
    case 'if': {
      const branches = step.branches.map((branch) => ({ ...branch, steps: branch.steps.map(completeStep) }));
      return { ...step, branches, ...(step.else === undefined ? {} : { else: step.else.map(completeStep) }) };
    }
    case 'for_each':
    case 'while':
    case 'do_while':
      return withSdkKeys({ ...step, steps: step.steps.map(completeStep) });
    case undefined:
    case 'llm':
    case 'react':
    case 'plan':
    case 'exit':
      return step;
  }
}

interface SdkKeys {
  task?: string | undefined;
  inputs?: Variable[] | undefined;
}

function withSdkKeys<Kind extends Step & SdkKeys>(step: Kind): Kind {
  const task = madeTask(step);
  if (task === undefined) return step;
  const made: SdkKeys = {};
  if (step.task === undefined) made.task = task;
  if (step.inputs === undefined) {
    made.inputs = namesTaken(step).map((name): Variable => ({ name: `$${name}`, description: '' }));
  }
  return { ...made, ...step };
}
