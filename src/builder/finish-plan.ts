import { adviceText } from '../domain/next-step.js';
import type { Problem } from '../domain/errors.js';
import type { PlanId } from '../domain/values/ids.js';
import { toJsonWithNulls, type JsonObject, type NotJsonPart } from '../domain/values/json.js';
import { inOrderOf } from '../domain/values/key-order.js';
import { NO_PLAN_ID, withIdOfContent } from '../domain/plan/plan-digest.js';
import { planSchema } from '../domain/plan/plan-schema.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import type { Plan } from '../domain/plan/plan.js';
import { problemsError, problemsOfIssues } from '../domain/schema-problems.js';
import { usablePart } from '../domain/plan-check/shape/usable-part.js';

export interface PlanDraft {
  query: string;
  steps: JsonObject[];
  inputs: JsonObject[];
  /** Other keys of the plan. */
  more?: JsonObject;
}

export interface Finishing {
  id?: PlanId | undefined;
  now?: (() => Date) | undefined;
  /** What was already found wrong while the plan was written. */
  problems: readonly Problem[];
  /** Checks the plan that was written. */
  check: (plan: Plan) => Problem[];
}

/** A plan as a file of the same content is read. Throws `invalid-plan` with all problems at once. */
export function finishPlan({ query, steps, inputs, more = {} }: PlanDraft, finishing: Finishing): Plan {
  const { id, now = () => new Date(), problems, check } = finishing;
  const written = {
    id: id ?? NO_PLAN_ID,
    plan_context: { query, tool_ids: [] },
    steps,
    plan_inputs: inputs,
    ...more,
    metadata: { schema_version: 1, created_at: now().toISOString(), planner: 'hand' },
  };
  // A copy: what is added to the builder later is not a part of this plan.
  const { value, parts } = toJsonWithNulls(written);
  const told = problems.filter(({ rule }) => rule === 'not-json');
  const untold = parts.filter(({ at }) => !told.some(({ pointer }) => at.startsWith(`${pointer}/`)));
  const unwritten = [...problems, ...untold.map(notJson)];
  const usable = usablePart(value, shapeProblems);
  if (usable === undefined) throw refusal(unwritten);
  const plan = withTools(planSchema.parse({ id: NO_PLAN_ID, ...usable.document }));
  const shape = usable.shape.filter(({ pointer }) => !parts.some(({ at }) => at === pointer));
  const errors = [...unwritten, ...shape, ...usable.hold(check(plan))].filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw refusal(errors);
  return inOrderOf(id === undefined ? withIdOfContent(plan) : plan, written);
}

function shapeProblems(document: unknown): Problem[] {
  const parsed = planSchema.safeParse({ id: NO_PLAN_ID, ...(document as JsonObject) });
  return problemsOfIssues(parsed.error?.issues ?? []);
}

/** With the tools that the steps use, so that nobody needs to list them. */
function withTools(plan: Plan): Plan {
  return { ...plan, plan_context: { ...plan.plan_context, tool_ids: toolsOfSteps(plan.steps) } };
}

function notJson({ at, problem }: NotJsonPart): Problem {
  return { severity: 'error', rule: 'not-json', message: `It is not JSON: ${problem}.`, pointer: at };
}

function refusal(problems: readonly Problem[]): Error {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const told = problems.map((problem) => ({
    ...problem,
    message: [problem.message, adviceText(problem.fix ?? '')].filter(Boolean).join(' '),
    fix: undefined,
  }));
  return problemsError('invalid-plan', `The plan cannot be built: it has ${count}.`, { problems: told });
}
