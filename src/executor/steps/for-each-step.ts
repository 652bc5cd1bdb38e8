import type { Json } from '../../domain/json.js';
import type { ForEachStep } from '../../domain/plan.js';
import type { Output } from '../../domain/run.js';
import { evaluateList } from '../expressions.js';
import type { StepContext, StepOutcome } from '../run-context.js';

/** Does its steps for each item of a list, one item after the other; gives the list of what each of them left. */
export async function runForEachStep(context: StepContext, step: ForEachStep): Promise<StepOutcome> {
  const list =
    typeof step.over === 'string' ? await evaluateList(context, step.over) : { ok: true as const, value: step.over };
  if (!list.ok) return list.stop;
  const left: (Output | undefined)[] = [];
  for (const [index, item] of list.value.entries()) {
    const scope = context.scope.inner();
    scope.define(step.as, { value: item, summary: null });
    const end = await context.runBlock({ steps: step.steps, path: `${context.path}[${index}].steps`, scope });
    if (end.kind !== 'finished') return end;
    left.push(end.output);
  }
  if (step.output === undefined) return { kind: 'passed', output: left.at(-1) };
  const values: Json[] = [];
  for (const output of left) values.push(output === undefined ? null : await context.recorder.fromOutput(output));
  return { kind: 'completed', value: values };
}
