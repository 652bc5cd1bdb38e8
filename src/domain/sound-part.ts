import type { Problem } from './errors.js';
import { isJsonObject, type Json, type JsonObject } from './json.js';

/** The rest of a plan document of which not everything has the right shape. */
export interface SoundPart {
  /** With a stand-in for each wrong step that leaves what it was to leave, and for each other key that is wrong. */
  document: JsonObject;
  isBroken(pointer: string): boolean;
}

/** What can be judged although the shape of a part is wrong; undefined when there is nothing to go by. */
export function soundPart(document: unknown, shape: readonly Problem[]): SoundPart | undefined {
  if (!isJsonObject(document) || !Array.isArray(document['steps'])) return undefined;
  const errors = shape.filter((problem) => problem.severity === 'error');
  const broken = new Set(errors.map(({ pointer }) => partOf(pointer ?? '')));
  if (broken.size === 0 || broken.has('') || broken.has('/steps')) return undefined;
  const steps = document['steps'].map((step: Json, index) =>
    broken.has(`/steps/${index}`) ? standIn(step, index) : step,
  );
  const sound: JsonObject = { ...document, steps };
  for (const key of Object.keys(document)) {
    if (!broken.has(`/${key}`)) continue;
    delete sound[key];
    if (key === 'plan_inputs') sound[key] = namesOf(document[key]);
  }
  if (broken.has('/plan_context')) sound['plan_context'] = { query: '?', tool_ids: [] };
  return { document: sound, isBroken: (pointer) => broken.has(partOf(pointer)) };
}

/** The step or the key that a pointer leads into. */
function partOf(pointer: string): string {
  return /^\/steps\/\d+|^\/[^/]*/.exec(pointer)?.[0] ?? '';
}

function standIn(step: Json, index: number): Json {
  const output = isJsonObject(step) && typeof step['output'] === 'string' ? step['output'] : `$broken_${index}`;
  return { kind: 'compute', expression: 'null', output };
}

/** Inputs of these names, so that what uses them is no problem of its own. */
function namesOf(inputs: Json | undefined): Json[] {
  const given = Array.isArray(inputs) ? inputs : [];
  const names = given.map((input) => (isJsonObject(input) ? input['name'] : undefined));
  return [...new Set(names.filter((name) => typeof name === 'string'))].map((name) => ({ name }));
}
