import { bareName } from '../domain/values/names.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { isStored, type Output, type Run, type StepRecord } from '../domain/run/run.js';
import { briefValue, byteSize } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine } from '../domain/values/printable.js';
import { withDollar } from './step-notes.js';

/**
 * What the names of a run stand for, as far as its record or its events tell: for texts that people read. A step sees
 * the names of its own iteration, then those around it.
 */
export class NamedValues {
  /** By iteration (`1[2]`, empty outside of loops), then by name without `$`. */
  readonly #scopes = new Map<string, Map<string, Output>>();
  /** By iteration. */
  readonly #items = new Map<string, Readonly<Record<string, Json>>>();

  static ofRun(run: Pick<Run, 'plan_run_inputs' | 'steps'>): NamedValues {
    const values = NamedValues.ofSteps(run.steps);
    values.addInputs(run.plan_run_inputs);
    return values;
  }

  static ofSteps(steps: readonly StepRecord[]): NamedValues {
    const values = new NamedValues();
    for (const record of steps) values.addRecord(record);
    return values;
  }

  addInputs(inputs: Readonly<Record<string, Output>>): void {
    for (const [name, output] of Object.entries(inputs)) this.#define('', name, output);
  }

  addRecord({
    path,
    items,
    output_name: name,
    output,
  }: Pick<StepRecord, 'path' | 'items' | 'output_name' | 'output'>): void {
    this.addItems(path, items);
    if (name !== undefined && output !== undefined) this.#define(iterationsOf(path)[0] ?? '', name, output);
  }

  /** The items that the loop around a step is at. */
  addItems(path: string, items: Readonly<Record<string, Json>> | undefined): void {
    if (items === undefined) return;
    const iteration = iterationsOf(path)[0] ?? '';
    this.#items.set(iteration, items);
    for (const [name, value] of Object.entries(items)) this.#define(iteration, name, { value, summary: null });
  }

  /** Forgets iterations of long ago, but none that is around a step under way. */
  forgetOld(path: string): void {
    for (const iteration of iterationsOf(path).toReversed()) {
      moveToEnd(this.#scopes, iteration);
      moveToEnd(this.#items, iteration);
    }
    forgetFirst(this.#scopes);
    forgetFirst(this.#items);
  }

  /** What the loops around a step are at, the outermost first: `$ticket = "T-103"`. Empty outside of loops. */
  loopText(path: string, look: Pick<Look, 'symbols'>, width = SHOWN): string {
    const items = iterationsOf(path)
      .toReversed()
      .map((iteration) => this.#items.get(iteration) ?? {});
    return items
      .flatMap(Object.entries<Json>)
      .map(([name, value]) => `${oneLine(withDollar(name))} = ${briefValue(value, width, look)}`)
      .join(', ');
  }

  #define(scope: string, name: string, output: Output): void {
    const names = this.#scopes.get(scope) ?? new Map<string, Output>();
    this.#scopes.set(scope, names.set(bareName(name), output));
  }

  /** The text with the values of the names in its templates; a template that computes something stays as it is. */
  fill(text: string, path: string, look: Pick<Look, 'symbols'>): string {
    return this.#replace(text, path, { templates: SIMPLE_TEMPLATE, show: (value) => briefText(value, look) });
  }

  /** The same for JSON: a text in it that is exactly one template has the value with its type. */
  fillJson(json: string, path: string, look: Pick<Look, 'symbols'>): string {
    const show = (value: Json) => briefValue(value, SHOWN, look);
    return this.fill(this.#replace(json, path, { templates: QUOTED_TEMPLATE, show }), path, look);
  }

  #replace(text: string, path: string, { templates, show }: Replacing): string {
    return text.replace(templates, (template, name: string, members: string) => {
      const output = this.#find(name, path);
      if (output === undefined) return template;
      if (isStored(output)) {
        return typeof output.bytes === 'number' ? `(${byteSize(output.bytes)})` : template;
      }
      const value = memberOf(output.value, members);
      return value === undefined ? template : show(value);
    });
  }

  #find(name: string, path: string): Output | undefined {
    for (const scope of iterationsOf(path)) {
      const output = this.#scopes.get(scope)?.get(name);
      if (output !== undefined) return output;
    }
    return undefined;
  }
}

interface Replacing {
  /** With the name and its members as groups. */
  templates: RegExp;
  show(value: Json): string;
}

/** Far more than can be under way at a time. */
const MOST_ITERATIONS = 1_000;

function moveToEnd<Value>(map: Map<string, Value>, key: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(key, value);
}

function forgetFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= MOST_ITERATIONS) return;
    map.delete(key);
  }
}

/** `{{ $ticket.id }}`, but not `{{{{`, which writes two braces. */
const SIMPLE_TEMPLATE = /(?<!\{)\{\{\s*\$(\w+)((?:\.\w+|\[\d+\])*)\s*\}\}/g;

const QUOTED_TEMPLATE = new RegExp(`(?<!\\\\)"${SIMPLE_TEMPLATE.source}"`, 'g');

/** Cells of a value within a text. */
const SHOWN = 60;

function briefText(value: Json, look: Pick<Look, 'symbols'>): string {
  const text = briefValue(value, SHOWN, look);
  // A text that is shown whole needs no quotes inside another.
  return typeof value === 'string' && text === oneLine(JSON.stringify(value)) ? oneLine(value) : text;
}

function memberOf(value: Json, members: string): Json | undefined {
  let member: Json | undefined = value;
  for (const [, name, index] of members.matchAll(/\.(\w+)|\[(\d+)\]/g)) {
    if (name !== undefined) member = isJsonObject(member) && Object.hasOwn(member, name) ? member[name] : undefined;
    else member = Array.isArray(member) ? member[Number(index)] : undefined;
  }
  return member;
}

/** The iterations around a step, the innermost first, then the outside of all loops: `1[2].steps.0[1]`, `1[2]`, ``. */
function iterationsOf(path: string): string[] {
  const ends = [...path.matchAll(/\]/g)].map((match) => path.slice(0, match.index + 1));
  return [...ends.toReversed(), ''];
}
