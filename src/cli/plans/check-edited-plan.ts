import { toolsLeftOut } from '../../app/trust/missing-trust.js';
import { parseJson } from '../../documents/parse-json.js';
import { completePlan } from '../../domain/plan/complete-plan.js';
import { PortiaError, type Problem } from '../../domain/errors.js';
import { isJsonObject } from '../../domain/values/json.js';
import { checkPlan } from '../../domain/plan-check/plan-rules.js';
import { toolsOfSteps } from '../../domain/plan/plan-steps.js';
import { PLAN_SCHEMA_VERSION, type Plan } from '../../domain/plan/plan.js';
import { MAX_RECORD_DEPTH } from '../../storage/read-file.js';
import { schemaProblems } from '../../app/plans/plan-schemas.js';
import { planProblems, readPlanDocument } from '../../storage/upgrade/upgrade.js';
import { documentProblems } from '../../app/plans/document-problems.js';
import type { EditedCopy } from '../input/edited-copy.js';
import type { Session } from '../session/session.js';

/** A plan as it came back from an editor: a plan to keep, or everything that is wrong with it. */
export type CheckedEdit = { ok: true; plan: Plan; warnings: Problem[] } | { ok: false; problems: Problem[] };

/**
 * Its id, history and metadata are portia's, whatever the editor left there. `warnings` are those that the plan did not
 * have before.
 */
export async function checkEditedPlan(session: Session, copy: EditedCopy, old: Plan): Promise<CheckedEdit> {
  const read = await readCopy(copy);
  if ('rule' in read) return { ok: false, problems: [read] };
  const value = isJsonObject(read.value) ? { ...read.value, ...ownKeys(session, old) } : read.value;
  const registry = await session.services.tools();
  const toolsAndPlans = {
    tools: new Map(registry.list().map((tool) => [tool.id, tool])),
    hasOtherTools: toolsLeftOut(session.services).length > 0,
  };
  const createdAt = old.metadata.created_at;
  const check = async (plan: Plan) => [...checkPlan(plan, toolsAndPlans), ...(await schemaProblems(plan))];
  if (planProblems(value).some(isError)) {
    const found = await documentProblems(value, { createdAt, check });
    return { ok: false, problems: found.filter(isError) };
  }
  const { plan } = readPlanDocument(value, { createdAt });
  const problems = await check(plan);
  if (problems.some(isError)) return { ok: false, problems };
  const known = new Set(checkPlan(old, toolsAndPlans).map(({ message }) => message));
  const warnings = problems.filter(({ message }) => !known.has(message));
  return { ok: true, plan: listTools(completePlan(plan), old), warnings };
}

function isError(problem: Problem): boolean {
  return problem.severity === 'error';
}

async function readCopy(copy: EditedCopy): Promise<{ value: unknown } | Problem> {
  const problem = (rule: string, message: string): Problem => ({ severity: 'error', rule, message, pointer: '' });
  let text: string;
  try {
    text = await copy.read();
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    return problem('unreadable', [error.message, error.details.why].filter(Boolean).join(' '));
  }
  if (text.trim() === '') return problem('empty', 'The file is empty.');
  const parsed = parseJson(text, MAX_RECORD_DEPTH);
  if (parsed.ok) return { value: parsed.value };
  return problem(
    'json',
    `It is not JSON. Line ${parsed.line}, column ${parsed.column}: ${parsed.problem}. ${parsed.fix}`,
  );
}

function ownKeys({ services }: Session, old: Plan) {
  return {
    id: services.newId('plan'),
    derived_from: old.id,
    metadata: { schema_version: PLAN_SCHEMA_VERSION, created_at: services.now().toISOString(), planner: 'hand' },
  };
}

/** Tools that the edit added are listed; a list that already left some out stays as it was made. */
function listTools(plan: Plan, old: Plan): Plan {
  const { tool_ids: listed } = plan.plan_context;
  const before = new Set([...listed, ...toolsOfSteps(old.steps)]);
  const added = toolsOfSteps(plan.steps).filter((tool) => !before.has(tool));
  if (added.length === 0 || listed.length === 0) return plan;
  return { ...plan, plan_context: { ...plan.plan_context, tool_ids: [...listed, ...added].sort() } };
}
