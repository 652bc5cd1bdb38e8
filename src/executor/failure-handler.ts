import { expiryStepsOf, FAILURE, handlerOf } from '../domain/plan/plan-steps.js';
import { errorData, type Caught } from './caught-failures.js';
import type { RunContext } from './run-context.js';
import type { RunBlock, StepEnd, Work } from './step-work.js';

/**
 * Does what the step's `on_error` or `on_expiry` says, with the failure as `$failure`. What that leaves is there after the
 * step, and the step is done.
 */
export async function handleFailure(
  context: RunContext,
  { step, path, scope }: Work,
  { caught, runBlock }: { caught: Caught; runBlock: RunBlock },
): Promise<StepEnd> {
  const { recorder } = context;
  const isRepeated = recorder.index.isFinished(path);
  const inside = scope.inner();
  inside.define(FAILURE, { value: errorData(caught.error), summary: null }, [{ from: 'step', step: path }]);
  const block = caught.error.code === 'expired' ? expiryStepsOf(step) : handlerOf(step);
  const end = await runBlock(context, { steps: block?.steps ?? [], path: `${path}${block?.path}`, scope: inside });
  if (end.kind !== 'finished') return end;
  for (const [name, { output, sources }] of inside.own()) if (name !== FAILURE) scope.define(name, output, sources);
  if (!isRepeated) recorder.append({ type: 'step.completed', path });
  return { kind: 'completed', output: end.output };
}
