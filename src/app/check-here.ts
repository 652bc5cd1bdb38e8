import type { Problem } from '../domain/errors.js';
import { checkPlan } from '../domain/plan-check/plan-rules.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Store } from '../storage/store.js';
import type { Services } from './services.js';
import { hookProblems } from './hook-problems.js';
import { notifyProblems } from './notify-problems.js';
import { toolsLeftOut } from './trust/missing-trust.js';
import { loadReferencedPlans } from './plans/referenced-plans.js';
import { readinessNotes } from './plans/ready-tools.js';
import { schemaProblems } from './plans/plan-schemas.js';

/** What `check` says of a plan that has the right shape, with the tools and the plans that are here. */
export async function checkHere(plan: Plan, services: Services, store: Store): Promise<Problem[]> {
  const broken: Problem[] = [];
  const plans = await loadReferencedPlans(plan, store, ({ message, details: { why } }) => {
    const said = [message, why].filter(Boolean).join(' ');
    broken.push({ severity: 'error', rule: 'inner-plan', message: said, pointer: '' });
  });
  const registry = await services.toolsToCheck([plan, ...plans.values()]);
  const tools = new Map(registry.list().map((tool) => [tool.id, tool]));
  const hasOtherTools = toolsLeftOut(services).length > 0;
  return [
    ...broken,
    ...checkPlan(plan, { tools, plans, hasOtherTools }),
    ...(await schemaProblems(plan)),
    ...(await hookProblems(services)),
    ...notifyProblems(plan, services.settings),
    ...(await readinessNotes([plan, ...plans.values()], registry, services.toolEnvironment)),
  ];
}
