import { PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import { nearestName } from '../../domain/values/nearest-name.js';

/** Keys that a plan or run may have and need not. */
const OPTIONAL_KEYS = [
  ...['plan_inputs', 'output_schema', 'summarize', 'notify', 'derived_from'],
  ...['error', 'pause', 'stubbed', 'parent_run', 'step_totals', 'problems', 'unreadable', 'owner'],
];

/** Top-level keys of a run: what `--fields` may name before there is one. */
export const RUN_KEYS: readonly string[] = [
  ...['id', 'plan_id', 'current_step_index', 'state', 'outputs', 'end_user_id', 'plan_run_inputs', 'error', 'pause'],
  ...['steps', 'usage', 'stubbed', 'parent_run', 'plan_digest', 'metadata'],
];

/** The same of a plan. */
export const PLAN_KEYS: readonly string[] = ['id', 'plan_context', 'steps', 'plan_inputs', 'metadata'];

/** Of what `like` and `unlike` print. */
export const LIKE_KEYS: readonly string[] = ['plan_id', 'liked', 'changed'];

/** The value with only the keys that `--fields` names, of each record when it is a list. */
export function pickFields(value: Json | object, fields: string | undefined): unknown {
  if (fields === undefined) return value;
  if (Array.isArray(value)) return value.map((item: Json | object) => pickFields(item, fields));
  if (!isRecord(value)) return value;
  const values = new Map<string, unknown>(Object.entries(value));
  return Object.fromEntries(fieldNames(fields).flatMap((name) => (values.has(name) ? [[name, values.get(name)]] : [])));
}

const isRecord = (value: Json | object): value is object => typeof value === 'object' && value !== null;

/** Those of the keys that `--fields` names, in its order; all of them without it. Throws `usage` for another one. */
export function chosenFields(keys: readonly string[], fields: string | undefined): readonly string[] {
  if (fields === undefined) return keys;
  refuseFieldsBut(keys, fields);
  return fieldNames(fields);
}

/** Throws a PortiaError `usage` for a name that none of the records has. */
export function refuseUnknownFields(value: Json | object, fields: string | undefined): void {
  const values: (Json | object)[] = Array.isArray(value) ? value : [value];
  const records = values.filter((each) => isRecord(each) && !Array.isArray(each));
  if (fields === undefined || records.length === 0) return;
  refuseFieldsBut(new Set(records.flatMap((record) => Object.keys(record ?? {}))), fields);
}

/** The same before there is a record: a command that acts, or pays, refuses them before it does. */
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
