import type { Problem } from '../../domain/errors.js';
import { normaliseId, type IdPrefix } from '../../domain/values/ids.js';
import { asText, isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { bareName } from '../../domain/values/names.js';
import { toolIdOfName } from './tool-names.js';

/** Upgrades are pure: an old shape in, the next shape out, and what a person should know on the way. */
export type Upgrade = (document: JsonObject, notes: Problem[]) => JsonObject;

/**
 * One step per version, the oldest first. What does not look like the old shape passes unchanged, so that the schema
 * reports it. Documents of version 1 (with `metadata.schema_version`) need none of them.
 */
export const PLAN_UPGRADES: readonly Upgrade[] = [fromToolNames, nameOutputs, fromSdkValues];

/** The older workflows: bare ids, tools by name, a `value` in inputs. */
function fromToolNames(plan: JsonObject, notes: Problem[]): JsonObject {
  if (!Array.isArray(plan['steps'])) return plan;
  const steps = plan['steps'].map((step, index) => (isJsonObject(step) ? nameTool(step, index, notes) : step));
  return { ...plan, steps };
}

function nameTool(step: JsonObject, index: number, notes: Problem[]): JsonObject {
  const { tool_name: name, ...rest } = step;
  if (name === undefined || 'tool_id' in step) return step;
  if (name === null) return insertBefore(rest, 'output', { tool_id: null });
  if (typeof name !== 'string') return step;
  const { id, known } = toolIdOfName(name);
  if (!known) {
    const message = `names the tool "${name}", which is not known; it is read as ${id}`;
    notes.push({ severity: 'warning', rule: 'unknown-tool-name', message, pointer: `/steps/${index}/tool_name` });
  }
  return insertBefore(rest, 'output', { tool_id: id });
}

/**
 * The Python SDK lets a step leave its output under no name, or under that of a plan input, which later steps then get
 * instead. Here each has a name of its own.
 */
function nameOutputs(plan: JsonObject, notes: Problem[]): JsonObject {
  const { steps, plan_inputs: planInputs } = plan;
  if (!Array.isArray(steps) || !Array.isArray(planInputs) || !steps.every(isOfSdk)) return plan;
  const inputs = new Set(
    planInputs.flatMap((input) => (isJsonObject(input) ? [bareName(asText(input['name'] ?? ''))] : [])),
  );
  const taken = new Set(steps.map(({ output }) => output));
  const named = steps.map((step, index) => {
    const { output } = step;
    if (output !== '' && !inputs.has(bareName(output))) return step;
    const own = freeName(outputName(index), taken);
    const what = output === '' ? 'has no name' : `has the name of the plan input ${output}`;
    const message = `${what}; it is read as ${own}`;
    notes.push({ severity: 'warning', rule: 'output-renamed', message, pointer: `/steps/${index}/output` });
    return { ...step, output: own };
  });
  return { ...plan, steps: named };
}

const SDK_KEYS = ['task', 'inputs', 'tool_id', 'condition'];

/** It writes every key of a step, also those without a value; people do not. */
function isOfSdk(step: Json): step is JsonObject & { output: string } {
  return isJsonObject(step) && typeof step['output'] === 'string' && SDK_KEYS.every((key) => key in step);
}

/** Its builder calls outputs so, too. */
const outputName = (index: number): string => `$step_${index}_output`;

/** Whether a step may have been given this name when its plan was read. */
export function isGivenName(name: string): boolean {
  return /^\$step_\d+_output_*$/.test(name);
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? freeName(`${name}_`, taken) : name;
}

/** The Python SDK: any spelling of ids, `value` in plan inputs, null for an absent condition. */
function fromSdkValues(plan: JsonObject): JsonObject {
  const upgraded: JsonObject = { ...plan };
  if (plan['id'] !== undefined) upgraded['id'] = respellId(plan['id'], 'plan');
  if (Array.isArray(plan['steps'])) upgraded['steps'] = plan['steps'].map(upgradeStep);
  if (Array.isArray(plan['plan_inputs'])) upgraded['plan_inputs'] = plan['plan_inputs'].map(upgradePlanInput);
  return upgraded;
}

function upgradeStep(step: Json): Json {
  if (!isJsonObject(step)) return step;
  const { condition, ...rest } = step;
  const upgraded = condition === null ? rest : step;
  if (!Array.isArray(upgraded['inputs'])) return upgraded;
  return { ...upgraded, inputs: upgraded['inputs'].map(dropValue) };
}

function dropValue(input: Json): Json {
  if (!isJsonObject(input)) return input;
  const { value: _value, ...rest } = input;
  return rest;
}

function upgradePlanInput(input: Json): Json {
  if (!isJsonObject(input)) return input;
  const { value, ...rest } = input;
  if (value === undefined || value === null || 'default' in input) return rest;
  return { ...rest, default: value };
}

/** An id as it is written here; what is not an id stays, so that the schema can show it. */
export function respellId(id: Json, prefix: IdPrefix): Json {
  const text = isJsonObject(id) ? (id['uuid'] ?? null) : id;
  return normaliseId(text, prefix) ?? id;
}

/** Keeps the order of the keys. */
function insertBefore(record: JsonObject, key: string, added: JsonObject): JsonObject {
  const entries = Object.entries(record);
  const at = entries.findIndex(([name]) => name === key);
  entries.splice(at === -1 ? entries.length : at, 0, ...Object.entries(added));
  return Object.fromEntries(entries);
}
