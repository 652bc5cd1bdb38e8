import { PortiaError } from '../../domain/errors.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
import { nearestName } from '../../domain/values/nearest-name.js';

/** Keys that a plan or run may have and need not. */
const OPTIONAL_KEYS = [
  ...['plan_inputs', 'output_schema', 'summarize', 'derived_from'],
  ...['error', 'pause', 'stubbed', 'parent_run', 'problems', 'unreadable', 'owner'],
];

/** Top-level keys of a run: what `--fields` may name before there is one. */
export const RUN_KEYS: readonly string[] = [
  ...['id', 'plan_id', 'current_step_index', 'state', 'outputs', 'end_user_id', 'plan_run_inputs', 'error', 'pause'],
  ...['steps', 'usage', 'stubbed', 'parent_run', 'plan_digest', 'metadata'],
];

/** The value with only the keys that `--fields` names, of each record when it is a list. */
export function pickFields(json: Json, fields: string | undefined): Json {
  if (fields === undefined) return json;
  if (Array.isArray(json)) return json.map((item) => pickFields(item, fields));
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(
    fieldNames(fields).flatMap((name) => (Object.hasOwn(json, name) ? [[name, json[name] as Json]] : [])),
  );
}

/** Throws a PortiaError `usage` for a name that none of the records has. */
export function refuseUnknownFields(json: Json, fields: string | undefined): void {
  const records = (Array.isArray(json) ? json : [json]).filter(isJsonObject);
  if (fields === undefined || records.length === 0) return;
  refuseFieldsBut(new Set(records.flatMap(Object.keys)), fields);
}

/** The same before there is a record. */
export function refuseFieldsBut(known: Iterable<string>, fields: string | undefined): void {
  const keys = [...known];
  const unknown = fieldNames(fields).filter((name) => !keys.includes(name) && !OPTIONAL_KEYS.includes(name));
  const [first] = unknown;
  if (first === undefined) return;
  const near = nearestName(first, keys);
  throw new PortiaError('usage', `--fields: there is no key ${unknown.join(', ')} here.`, {
    why: `The keys are ${keys.join(', ')}.`,
    fix: near === undefined ? `--fields ${keys[0] ?? ''}` : `--fields ${near}`,
  });
}

function fieldNames(fields: string | undefined): string[] {
  return (fields ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
}
