import type { Plan } from '../../domain/plan/plan.js';
import type { PlanId } from '../../domain/values/ids.js';
import { escapePointer, isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import { guards, leaves, type Draft } from '../draft.js';
import type { Leaving, Value } from '../step-options.js';
import { compact } from '../step-writer.js';

export interface SubPlanOptions<Output extends string, Name extends string> extends Leaving<Output, Name> {
  /** The plan itself, or the id of one that is stored. */
  plan: Plan | PlanId;
  /** Values of its inputs, by name. */
  inputs?: { readonly [name: string]: Value } | undefined;
}

export function subPlan(options: SubPlanOptions<string, string>, draft: Draft): JsonObject {
  const { plan, inputs = {} } = options;
  const { write } = draft;
  const isBuilder = isJsonObject(plan) && 'build' in plan;
  if (isBuilder) {
    const message = 'The plan is a builder that was not built.';
    write.report({ rule: 'misuse', at: '/plan', message, fix: 'Give what its build() returns.' });
  } else refuseUnknownInputs(options, draft);
  return compact({
    kind: 'plan',
    name: options.stepName,
    plan: isBuilder ? '?' : write.json(plan, '/plan'),
    inputs: write.values(inputs, '/inputs'),
    ...leaves(options, draft),
    ...guards(options, draft),
  });
}

function refuseUnknownInputs({ plan, inputs = {} }: SubPlanOptions<string, string>, { write }: Draft): void {
  // The inputs of a stored plan are known when it is read. Anything that is not a plan is reported by its shape.
  if (!isJsonObject(plan) || !Array.isArray(plan.plan_inputs) || !isJsonObject(inputs)) return;
  const names = (plan.plan_inputs as unknown[]).map((input) => (isJsonObject(input) ? input['name'] : undefined));
  const known = names.flatMap((name) => (typeof name === 'string' ? bareName(name) : [])).sort();
  for (const name of Object.keys(inputs)) {
    if (known.includes(bareName(name))) continue;
    write.report({
      rule: 'unknown-input',
      at: `/inputs/${escapePointer(name)}`,
      message: `The plan has no input ${name}.`,
      fix: `It has: ${known.join(', ') || 'none'}.`,
    });
  }
}
