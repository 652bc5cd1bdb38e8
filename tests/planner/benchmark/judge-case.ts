import { readPlanDocument } from '../../../src/storage/upgrade/upgrade.js';
import type { BenchmarkCase, RepliedPlan } from './benchmark-case.js';
import { toolsOffered } from './benchmark-tools.js';
import { judgePlan, type Given } from './judge/judge-plan.js';
import type { Verdict } from './judge/verdict.js';

const CREATED = '2026-11-30T09:00:00.000Z';

/** A plan that stands in a case, as a person would have written it. */
export function givenPlan({ request }: BenchmarkCase, { error, ...plan }: RepliedPlan): Given {
  if (error !== undefined) return { error };
  const document = { plan_context: { query: request }, ...plan };
  return { plan: readPlanDocument(document, { createdAt: CREATED }).plan };
}

/** Judges what a planner gave for the request of a case. */
export function judgeCase(one: BenchmarkCase, given: Given): Verdict[] {
  const { request, expect } = one;
  return judgePlan(given, { request, expect, tools: new Map(toolsOffered(one).map((tool) => [tool.id, tool])) });
}
