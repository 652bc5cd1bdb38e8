import { createEvaluator } from '../executor/evaluate.js';

/** Evaluates expressions with the executor's limits; the worker's file lies beside this one's chunk. */
export function createOwnEvaluator(): ReturnType<typeof createEvaluator> {
  return createEvaluator(new URL('./expression-worker.js', import.meta.url));
}
