import { checkPlanned } from '../../src/app/plans/plan-with-model.js';
import type { Problem } from '../../src/domain/errors.js';
import type { KnownTool } from '../../src/domain/plan-check/known-tools-and-plans.js';
import type { Step } from '../../src/domain/plan/plan.js';
import { checkReply, type PlanQueryRequest } from '../../src/planner/plan-query.js';
import { readPlanReply, type OfferedToModel } from '../../src/planner/read-plan-reply.js';

type Checked = { kind: 'steps'; steps: Step[] } | { kind: 'problems'; problems: Problem[] } | { kind: 'error' };

/** Tools without arguments of these ids. */
export const toolsCalled = (...ids: string[]): ReadonlyMap<string, KnownTool> =>
  new Map(ids.map((id) => [id, { id, inputSchema: () => ({ type: 'object' }) }]));

export const checkWith =
  (tools: ReadonlyMap<string, KnownTool>): PlanQueryRequest['check'] =>
  (document) =>
    checkPlanned(document, { query: 'q', createdAt: '2026-11-23T01:02:03.000Z', tools });

/** A reply as the planner takes it: read, then checked by the rules of the plan language. */
export async function checkedReply(reply: unknown, offered: OfferedToModel): Promise<Checked> {
  const read = readPlanReply(reply, offered);
  if (read.kind !== 'document') return read;
  const checked = await checkReply(read, { check: checkWith(toolsCalled(...offered.toolIds)) });
  return checked.kind === 'plan' ? { kind: 'steps', steps: checked.plan.steps } : checked;
}
