import { bareName } from '../domain/names.js';
import type { Json } from '../domain/json.js';
import type { Output } from '../domain/run.js';
import type { Recorder } from './recorder.js';

/** The names that a step can use: plan inputs and outputs of steps before it. */
export interface Scope {
  /** The value of a name, with or without `$`; undefined when the name has none in this run. */
  value(name: string): Promise<Json | undefined>;
  /** Why a name that the plan defines has no value: the reason its step was skipped. */
  whyMissing(name: string): string | undefined;
  /** Every name that has a value, with its output, in the order of the run. */
  outputs(): Map<string, Output>;
}

export function createScope(recorder: Recorder): Scope {
  const { run } = recorder;
  const outputs = (): Map<string, Output> => {
    const all = new Map<string, Output>();
    for (const [name, output] of Object.entries(run.outputs.step_outputs)) all.set(bareName(name), output);
    for (const [name, output] of Object.entries(run.plan_run_inputs)) all.set(bareName(name), output);
    return all;
  };
  const find = (name: string): Output | undefined => {
    for (const spelling of [bareName(name), `$${bareName(name)}`]) {
      const input = own(run.plan_run_inputs, spelling) ?? own(run.outputs.step_outputs, spelling);
      if (input !== undefined) return input;
    }
    return undefined;
  };
  return {
    async value(name) {
      const output = find(name);
      return output === undefined ? undefined : recorder.fromOutput(output);
    },
    whyMissing(name) {
      return find(name) === undefined
        ? `$${bareName(name)} does not exist: the step that makes it was skipped`
        : undefined;
    },
    outputs,
  };
}

function own<Value>(record: Record<string, Value>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
