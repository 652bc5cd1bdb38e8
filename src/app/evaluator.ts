import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { createEvaluator } from '../executor/evaluate.js';
import type { ProcessFacts } from './this-process.js';

/**
 * The evaluator of expressions. Its worker file is beside the built library. Portia's own package name finds that, also
 * when this runs from the sources.
 */
export function createOwnEvaluator({ cpuTime }: Pick<ProcessFacts, 'cpuTime'>): ReturnType<typeof createEvaluator> {
  const library = createRequire(import.meta.url).resolve('portia');
  return createEvaluator(new URL('./expression-worker.cjs', pathToFileURL(library)), cpuTime);
}
