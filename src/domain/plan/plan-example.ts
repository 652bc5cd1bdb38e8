import type { PlanExample } from './example-schema.js';

const MEASURES = { bm25: 'BM25', embeddings: 'similarity' } as const;

/** `plan-…: BM25 2.41 (weather, city)` of one that was found; only the id of one that was given. */
export function exampleText({ plan_id: id, measure, score, shared = [] }: PlanExample): string {
  if (measure === undefined || score === undefined) return id;
  const words = shared.length === 0 ? '' : ` (${shared.join(', ')})`;
  return `${id}: ${MEASURES[measure]} ${score.toFixed(2)}${words}`;
}
