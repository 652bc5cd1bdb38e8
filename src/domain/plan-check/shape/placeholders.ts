import { isJsonObject, type Json, type JsonObject } from '../../values/json.js';
import { nameOfPlace } from '../../values/placeholder-name.js';
import { nearestName } from '../../values/nearest-name.js';

/** An expression whose type cannot be inferred, a different one for each place. */
const unknownAt = (pointer: string): string => `$lookup({}, ${JSON.stringify(pointer)})`;

/** A condition that is neither true nor false for certain; a different one each, as two steps of one output need. */
const conditionAt = (pointer: string): string => `${JSON.stringify(pointer)} = $lookup({}, "")`;

/** What replaces a key whose value has the wrong shape, so that it causes no further problem elsewhere. */
const OF_KEY: Record<string, (pointer: string, given: Json | undefined) => Json> = {
  // What an item is most often called.
  as: () => 'item',
  branches: (pointer, given) => [standIn(given, `${pointer}/0`)],
  condition: (pointer) => `? ${pointer}`,
  else: stepList,
  event: () => '?',
  expression: unknownAt,
  max_iterations: () => 1,
  message: () => '?',
  name: placeholderName,
  on_error: stepList,
  on_expiry: stepList,
  output: placeholderName,
  output_schema: () => ({}),
  over: () => [],
  plan: () => '?',
  plan_context: () => ({ query: '?', tool_ids: [] }),
  plan_inputs: (pointer, given) => inputsOf(given, pointer),
  query: () => '?',
  schema: () => ({}),
  steps: stepList,
  task: () => '?',
  tool_id: () => '?',
  tool_ids: () => [],
  tools: () => ['?'],
  when: conditionAt,
};

/** The same for an item of the list under the key. */
const OF_ITEM: Record<string, (pointer: string, given: Json | undefined) => Json> = {
  branches: (pointer, given) => ({ when: conditionAt(pointer), steps: [standIn(given, pointer)] }),
  else: (pointer, given) => standIn(given, pointer),
  inputs: (pointer, given) => inputOf(given, pointer),
  on_error: (pointer, given) => standIn(given, pointer),
  on_expiry: (pointer, given) => standIn(given, pointer),
  plan_inputs: (pointer, given) => inputOf(given, pointer),
  steps: (pointer, given) => standIn(given, pointer),
  tool_ids: () => '?',
  tools: () => '?',
};

/** What replaces the given value in this place; undefined for a key that may as well be left out. */
export function placeholderFor(place: readonly string[], given: Json | undefined): Json | undefined {
  const [list = '', key = ''] = place.slice(-2);
  const pointer = place.join('/');
  return /^\d+$/.test(key) ? OF_ITEM[list]?.(pointer, given) : OF_KEY[key]?.(pointer, given);
}

/** What was probably meant by a key that is missing: the value of one that is spelled nearly like it. */
export function likelyValue(part: JsonObject, key: string): Json | undefined {
  const near = nearestName(
    key,
    Object.keys(part).filter((other) => !(other in OF_KEY)),
  );
  return near === undefined ? undefined : part[near];
}

/** A step that leaves all that the given one or its blocks leave, and of which nothing else is known. */
function standIn(given: Json | undefined, pointer: string): JsonObject {
  const outputs = [...new Set(outputsIn(given))];
  const steps = outputs.map((output): Json => ({ kind: 'compute', expression: unknownAt(pointer), output }));
  const nothing = { kind: 'user_verify', message: '?' };
  const branch = { when: conditionAt(pointer), steps: steps.length === 0 ? [nothing] : steps };
  return { kind: 'if', branches: [branch] };
}

function outputsIn(value: Json | undefined): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own =
    isJsonObject(value) && typeof value['output'] === 'string' && value['output'] !== '' ? [value['output']] : [];
  return [...own, ...Object.values(value).flatMap(outputsIn)];
}

function stepList(pointer: string, given: Json | undefined): Json[] {
  return [standIn(given, `${pointer}/0`)];
}

/** The one name that a list holds, which was probably meant; else one that nobody gives. */
function placeholderName(pointer: string, given: Json | undefined): string {
  const [meant, ...others] = Array.isArray(given) ? given : [];
  return typeof meant === 'string' && meant !== '' && others.length === 0 ? meant : nameOfPlace(pointer);
}

/** Inputs of the names that can be read, so that what uses them is not a problem of its own. */
function inputsOf(given: Json | undefined, pointer: string): Json[] {
  if (isJsonObject(given)) return Object.keys(given).map((name): Json => inputOf(name, pointer));
  return Array.isArray(given) ? given.map((input, index): Json => inputOf(input, `${pointer}/${index}`)) : [];
}

/** The default keeps a step that runs the plan from having to give it. */
function inputOf(given: Json | undefined, pointer: string): JsonObject {
  const name = isJsonObject(given) ? given['name'] : given;
  const isName = typeof name === 'string' && name !== '';
  return { name: isName ? name : placeholderName(pointer, name), default: null };
}
