import type { Plan } from '../domain/plan/plan.js';
import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import type { SubPlans } from '../domain/plan/sub-plans.js';
import type { Tool } from '../tools/tool.js';

/** Makes the tools ready that the plans may call. Rejects when one of them is broken. */
export async function prepareTools(
  { plan, subPlans }: { plan: Plan; subPlans: SubPlans },
  tools: { get(id: string): Tool | undefined },
): Promise<void> {
  const ids = toolsOfSteps([plan, ...subPlans.values()].flatMap(({ steps }) => steps));
  for (const id of ids) await tools.get(id)?.prepare?.();
}
