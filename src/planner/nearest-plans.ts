import { toolsOfSteps } from '../domain/plan/plan-steps.js';
import type { PlanExample } from '../domain/plan/example-schema.js';
import type { Plan } from '../domain/plan/plan.js';
import { bm25 } from './bm25.js';
import { toolsMeant, type ToolDescription } from './offered-tools.js';
import { wordsIn } from './words.js';

/** A plan of another request that is like this one, and why. */
export interface NearPlan {
  plan: Plan;
  measure: NonNullable<PlanExample['measure']>;
  score: number;
  /** Words of the request that the other one has, too, and tools that it may mean and the plan uses. */
  shared: string[];
}

/** A request as plans of others are compared with it. */
export interface ComparedRequest {
  query: string;
  tools: readonly ToolDescription[];
}

/** Of the tools that a request may mean, so many count. */
const MEANT = 3;

/** Every plan with its nearness by the words of its request and its tools, in the given order. */
export function compareByWords(plans: readonly Plan[], { query, tools }: ComparedRequest): NearPlan[] {
  const words = new Map(wordsIn(query).map(({ stem, word }) => [stem, word]));
  const meant = toolsMeant(tools, query).slice(0, MEANT);
  const matches = bm25(new Set([...words.keys(), ...meant.map(({ id }) => id)]), plans.map(termsOf));
  return plans.flatMap((plan, index): NearPlan[] => {
    const match = matches[index];
    if (match === undefined) return [];
    const shared = match.shared.map((term) => words.get(term) ?? term);
    return [{ plan, measure: 'bm25', score: match.score, shared }];
  });
}

/** What is said of a plan where its meaning is compared: its request and the tools that it uses. */
export function textOfPlan({ plan_context: { query }, steps }: Plan): string {
  return [query, ...toolsOfSteps(steps)].join('\n');
}

/** The same plans, with their nearness by the vectors of the request and of each of them. */
export function byMeaning(
  plans: readonly NearPlan[],
  own: readonly number[],
  others: readonly (readonly number[])[],
): NearPlan[] {
  return plans.map((near, index) => ({ ...near, measure: 'embeddings', score: cosine(own, others[index] ?? []) }));
}

/** 0 for vectors that cannot be compared. */
function cosine(one: readonly number[], other: readonly number[]): number {
  if (one.length !== other.length) return 0;
  const product = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, number, index) => sum + number * (b[index] ?? 0), 0);
  const lengths = Math.sqrt(product(one, one) * product(other, other));
  return lengths > 0 ? product(one, other) / lengths : 0;
}

function termsOf({ plan_context: { query }, steps }: Plan): string[] {
  return [...wordsIn(query).map(({ stem }) => stem), ...new Set(toolsOfSteps(steps))];
}

/** The nearest of them, if there are any. */
export function nearest(plans: readonly NearPlan[], most: number): NearPlan[] {
  return plans
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score)
    .slice(0, most);
}
