import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { createEvaluator } from '../executor/evaluate.js';
import type { ProcessFacts } from './this-process.js';

/** The evaluator of expressions. Its thread lies beside the built library, which its own name finds from the sources, too. */
export function createOwnEvaluator({ cpuTime }: Pick<ProcessFacts, 'cpuTime'>): ReturnType<typeof createEvaluator> {
  const library = createRequire(import.meta.url).resolve('portia');
  return createEvaluator(new URL('./expression-worker.js', pathToFileURL(library)), cpuTime);
}
