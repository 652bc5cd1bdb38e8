import { evaluateValue } from '../expressions.js';
import type { StepContext } from '../run-context.js';
import type { BlockEnd } from '../outcomes.js';
import type { Scope } from '../scope.js';

/** How an iteration ended, with the value of `collect` in its scope in place of what its last step left. */
export async function collectEnd(
  context: StepContext,
  { collect, scope, end }: { collect: string | undefined; scope: Scope; end: BlockEnd },
): Promise<BlockEnd> {
  if (collect === undefined || end.kind !== 'finished') return end;
  const evaluated = await evaluateValue({ ...context, scope }, collect);
  if (evaluated.ok) return { kind: 'finished', output: { value: evaluated.value, summary: null } };
  const { stop } = evaluated;
  // What was skipped in this iteration leaves nothing to collect.
  return stop.kind === 'skipped' ? { kind: 'finished', output: undefined } : stop;
}
