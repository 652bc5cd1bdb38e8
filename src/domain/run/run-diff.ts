import type { Json, JsonObject } from '../values/json.js';
import { valueChanges, type ValueChange } from '../values/json-changes.js';
import { bareName } from '../values/names.js';
import { withoutRounds } from '../plan/step-path.js';
import type { Output, Run, StepRecord } from './run.js';

/** One difference between two runs. Pointers go into the run, the output or the record of the step. */
export type RunChange =
  /** Its plan, its state, what failed. */
  | { change: 'changed'; part: 'run'; keys: ValueChange[] }
  | { change: 'added' | 'removed'; part: 'input' | 'output'; name: string; value: Json }
  | { change: 'changed'; part: 'input' | 'output'; name: string; keys: ValueChange[] }
  | { change: 'added' | 'removed'; part: 'step'; path: string; step: Json }
  | { change: 'changed'; part: 'step'; path: string; keys: ValueChange[] }
  | { change: 'changed'; part: 'final_output'; keys: ValueChange[] };

/**
 * What a second run did or gave differently: its steps by their paths, with status and output; times and ids do not
 * count. Runs of old files have no records of steps: of those the outputs are compared by name.
 */
export function diffRuns(before: Run, after: Run): RunChange[] {
  const keys = valueChanges(headOf(before), headOf(after));
  const final = valueChanges(asFinal(before), asFinal(after));
  const hasRecords = before.steps.length > 0 && after.steps.length > 0;
  return [
    ...(keys.length === 0 ? [] : [{ change: 'changed', part: 'run', keys } as const]),
    ...namedChanges('input', before.plan_run_inputs, after.plan_run_inputs),
    ...(hasRecords
      ? stepChanges(before, after)
      : namedChanges('output', before.outputs.step_outputs, after.outputs.step_outputs)),
    ...(final.length === 0 ? [] : [{ change: 'changed', part: 'final_output', keys: final } as const]),
  ];
}

function headOf({ plan_id, state, error }: Run): JsonObject {
  return { plan_id, state, ...(error === null ? {} : { error: error as Json }) };
}

function asFinal({ outputs }: Run): Json | undefined {
  return outputs.final_output === null ? undefined : contentOf(outputs.final_output);
}

/** An output without the run that it is kept with. */
function contentOf(output: Output): Json {
  const { plan_run_id: _run, ...content } = output as JsonObject;
  return content;
}

function namedChanges(
  part: 'input' | 'output',
  before: Record<string, Output>,
  after: Record<string, Output>,
): RunChange[] {
  const old = new Map(Object.entries(before).map(([name, output]) => [bareName(name), output]));
  const current = new Map(Object.entries(after).map(([name, output]) => [bareName(name), output]));
  return [...new Set([...current.keys(), ...old.keys()])].flatMap((bare): RunChange[] => {
    const [first, second] = [old.get(bare), current.get(bare)];
    const name = `$${bare}`;
    if (second === undefined)
      return first === undefined ? [] : [{ change: 'removed', part, name, value: contentOf(first) }];
    if (first === undefined) return [{ change: 'added', part, name, value: contentOf(second) }];
    const keys = valueChanges(contentOf(first), contentOf(second));
    return keys.length === 0 ? [] : [{ change: 'changed', part, name, keys }];
  });
}

function stepChanges(before: Run, after: Run): RunChange[] {
  const old = new Map(before.steps.map((record) => [record.path, record]));
  const paths = new Set(after.steps.map((record) => record.path));
  const isLeftOut = leftOutIn([before, after]);
  const removed = before.steps.filter(({ path }) => !paths.has(path) && !isLeftOut(path));
  return [
    ...after.steps.flatMap((record) =>
      isLeftOut(record.path) && !old.has(record.path) ? [] : stepChange(old.get(record.path), record),
    ),
    ...removed.map(
      (record) => ({ change: 'removed', part: 'step', path: record.path, step: outcomeOf(record) }) as const,
    ),
  ];
}

/** Whether a record may be missing only because its loop was long: a file that was handed in has the newest alone. */
function leftOutIn(runs: Run[]): (path: string) => boolean {
  const totals = runs.flatMap(({ step_totals: known = [] }) => known);
  const steps = new Set(totals.map(({ path }) => path.replaceAll('[*]', '')));
  return (path) => steps.has(withoutRounds(path));
}

function stepChange(before: StepRecord | undefined, after: StepRecord): RunChange[] {
  const { path } = after;
  if (before === undefined) return [{ change: 'added', part: 'step', path, step: outcomeOf(after) }];
  const keys = valueChanges(outcomeOf(before), outcomeOf(after));
  return keys.length === 0 ? [] : [{ change: 'changed', part: 'step', path, keys }];
}

/** How the step ended: nothing of when, or of how often it was tried. Its failure is the run's. */
function outcomeOf({ status, reason, output_name, output }: StepRecord): JsonObject {
  return {
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(output_name === undefined ? {} : { output_name }),
    ...(output === undefined ? {} : { output: contentOf(output) }),
  };
}
