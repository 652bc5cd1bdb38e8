import { bareName } from '../domain/values/names.js';
import type { Json } from '../domain/values/json.js';
import { shortValue } from '../domain/values/short-value.js';
import { isStored, type Output } from '../domain/run/run.js';
import { nameOfSecret } from '../domain/values/secret-values.js';
import type { Recorder } from './recorder.js';
import type { ValueSource } from '../domain/run/clarification.js';
import type { SecretUse } from './secret-places.js';

/** The names that a step can use: those of its own iteration, then those of the blocks around it. */
export interface Scope {
  /** The value of a name, with or without `$`; undefined when the name has none in this run. */
  value(name: string): Promise<Json | undefined>;
  /** The secret that the name stands for; undefined when it stands for none. */
  secret(name: string): SecretUse | undefined;
  /** Why a name that the plan defines has no value: the reason its step was skipped. */
  whyMissing(name: string): string | undefined;
  /** Every name that has a value, with its output; names of inner blocks last. */
  outputs(): Map<string, Output>;
  /** Where the value of a name came from; empty for one that has none. */
  sources(name: string): readonly ValueSource[];
  /** `sources`: where it came from. */
  define(name: string, output: Output, sources: readonly ValueSource[]): void;
  /** The same for the item that a loop is at, one of so many, which people are shown. */
  defineItem(name: string, item: Json, from: { of: number; sources: readonly ValueSource[] }): void;
  /**
   * The beginning of that item by its name, and how many there are; undefined when this is not the scope of an iteration
   * over a list.
   */
  iteration(): { items: Record<string, Json>; of: number } | undefined;
  /** A scope inside this one: what is defined there is not seen here. */
  inner(names?: ReadonlyMap<string, Defined>): Scope;
  /** What is defined here itself. */
  own(): ReadonlyMap<string, Defined>;
}

/** A value, and where it came from. */
interface Defined {
  output: Output;
  sources: readonly ValueSource[];
}

/** The outermost scope: plan inputs, and what an imported run already had. */
export function createScope(recorder: Recorder): Scope {
  const { run } = recorder;
  const names = new Map<string, Defined>();
  for (const [name, output] of Object.entries(recorder.index.importedOutputs)) {
    names.set(bareName(name), { output, sources: [{ from: 'step' }] });
  }
  const inputs = new Map(
    Object.entries(run.plan_run_inputs).map(([name, output]): [string, Defined] => [
      bareName(name),
      { output, sources: [{ from: 'input' }] },
    ]),
  );
  return new NestedScope(recorder, { names, outer: undefined, inputs });
}

class NestedScope implements Scope {
  readonly #recorder: Recorder;
  readonly #names: Map<string, Defined>;
  readonly #outer: NestedScope | undefined;
  readonly #inputs: ReadonlyMap<string, Defined>;
  #iteration: { items: Record<string, Json>; of: number } | undefined;

  constructor(
    recorder: Recorder,
    from: { names: Map<string, Defined>; outer: NestedScope | undefined; inputs: ReadonlyMap<string, Defined> },
  ) {
    this.#recorder = recorder;
    this.#names = from.names;
    this.#outer = from.outer;
    this.#inputs = from.inputs;
  }

  async value(name: string): Promise<Json | undefined> {
    const output = this.#find(bareName(name))?.output;
    return output === undefined ? undefined : this.#recorder.fromOutput(output);
  }

  secret(name: string): SecretUse | undefined {
    const output = this.#find(bareName(name))?.output;
    if (output === undefined || isStored(output) || output.secret === undefined) return undefined;
    return { handle: output.secret, name: nameOfSecret(output.value) ?? bareName(name) };
  }

  whyMissing(name: string): string | undefined {
    if (this.#find(bareName(name)) !== undefined) return undefined;
    return `$${bareName(name)} does not exist: the step that makes it was skipped or failed`;
  }

  outputs(): Map<string, Output> {
    const own = [...this.#names, ...this.#inputs].map(([name, { output }]): [string, Output] => [name, output]);
    return new Map([...(this.#outer?.outputs() ?? []), ...own]);
  }

  sources(name: string): readonly ValueSource[] {
    return this.#find(bareName(name))?.sources ?? [];
  }

  define(name: string, output: Output, sources: readonly ValueSource[]): void {
    this.#names.set(bareName(name), { output, sources });
  }

  defineItem(name: string, item: Json, { of, sources }: { of: number; sources: readonly ValueSource[] }): void {
    this.define(name, { value: item, summary: null }, sources);
    // Keys go before it is shortened: half of one would not be found.
    this.#iteration = { items: { [bareName(name)]: shortValue(this.#recorder.redact(item)) }, of };
  }

  iteration(): { items: Record<string, Json>; of: number } | undefined {
    return this.#iteration;
  }

  inner(names: ReadonlyMap<string, Defined> = new Map()): Scope {
    return new NestedScope(this.#recorder, { names: new Map(names), outer: this, inputs: new Map() });
  }

  own(): ReadonlyMap<string, Defined> {
    return this.#names;
  }

  #find(name: string): Defined | undefined {
    const here = this.#inputs.get(name) ?? this.#names.get(name);
    if (here !== undefined || this.#outer === undefined) return here;
    return this.#outer.#find(name);
  }
}
