import { parseExpression } from './expression.js';
import { madeTask } from './made-task.js';
import type { Plan, Step, Variable } from './plan.js';
import { parseTemplate, templatesIn } from './template.js';

/**
 * The plan with a `task` and `inputs` in every step that leaves an output, made from the step where its author gave
 * none, so that a reader of the seed's shape understands it. Expressions and templates must be well-formed.
 */
export function completePlan(plan: Plan): Plan {
  return { ...plan, steps: plan.steps.map(completeStep) };
}

function completeStep(step: Step): Step {
  switch (step.kind) {
    case 'tool':
      return withSeedKeys(step, namesInTemplates(step.args));
    case 'compute':
      return withSeedKeys(step, namesIn(step.expression));
    case 'user_input':
    case 'user_verify':
      return withSeedKeys(step, namesInTemplates({ message: step.message }));
    case 'if': {
      const branches = step.branches.map((branch) => ({ ...branch, steps: branch.steps.map(completeStep) }));
      return { ...step, branches, ...(step.else === undefined ? {} : { else: step.else.map(completeStep) }) };
    }
    case 'for_each': {
      const names = typeof step.over === 'string' ? namesIn(step.over) : [];
      return withSeedKeys({ ...step, steps: step.steps.map(completeStep) }, names);
    }
    case 'while':
    case 'do_while':
      return withSeedKeys({ ...step, steps: step.steps.map(completeStep) }, []);
    default:
      return step;
  }
}

interface SeedKeys {
  task?: string | undefined;
  inputs?: Variable[] | undefined;
}

function withSeedKeys<Kind extends Step & SeedKeys>(step: Kind, names: string[]): Kind {
  const task = madeTask(step);
  if (task === undefined) return step;
  const inputs = names.map((name): Variable => ({ name: `$${name}`, description: '' }));
  const made = { ...(step.task === undefined ? { task } : {}), ...(step.inputs === undefined ? { inputs } : {}) };
  return { ...made, ...step };
}

function namesIn(source: string): string[] {
  return [...parseExpression(source).variables.keys()];
}

function namesInTemplates(values: Parameters<typeof templatesIn>[0]): string[] {
  const parts = templatesIn(values).flatMap(({ text }) => parseTemplate(text));
  const names = parts.flatMap((part) => (part.kind === 'expression' ? [...part.expression.variables.keys()] : []));
  return [...new Set(names)];
}
