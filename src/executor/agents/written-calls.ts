import { messageOf } from '../../domain/errors.js';
import {
  canonicalJson,
  depthOf,
  isJsonObject,
  MAX_DEPTH,
  type Json,
  type JsonObject,
} from '../../domain/values/json.js';
import { parseKeepingDigits } from '../../domain/values/whole-numbers.js';
import type { ModelToolCall } from '../../models/model.js';
import type { StepInput } from '../prompts/value-block.js';
import { passInputs } from '../step-inputs.js';

/** One call, and the ids of all calls of its reply that are the same. */
export interface DistinctCall {
  call: ModelToolCall;
  ids: string[];
}

/**
 * The calls of one reply, each once: the same function with the same arguments is a fault of the server, not a wish to
 * act twice. The result of the call answers all its ids.
 */
export function distinctCalls(calls: readonly ModelToolCall[]): DistinctCall[] {
  const distinct = new Map<string, DistinctCall>();
  for (const call of calls) {
    const read = readArguments(call, []);
    const key = JSON.stringify([call.name, read.ok ? canonicalJson(read.args) : call.arguments]);
    const known = distinct.get(key);
    if (known === undefined) distinct.set(key, { call, ids: [call.id] });
    else known.ids.push(call.id);
  }
  return [...distinct.values()];
}

/** The arguments of a call, or what is wrong with them, for the model. */
export type ReadArguments = { ok: true; args: JsonObject } | { ok: false; problem: string };

/**
 * The arguments that a model wrote, with the values that it passes by name, or a message for it when they are not
 * arguments.
 */
export function readArguments(call: ModelToolCall, values: StepInput[]): ReadArguments {
  const written = parseObject(call.arguments.trim() === '' ? '{}' : call.arguments);
  if (typeof written === 'string') return { ok: false, problem: written };
  const args = isTooDeep(written) ? written : passInputs(written, values);
  if (isTooDeep(args)) return { ok: false, problem: `The arguments are nested deeper than ${MAX_DEPTH} levels.` };
  return { ok: true, args };
}

function parseObject(text: string): JsonObject | string {
  try {
    const { value } = parseKeepingDigits(text);
    return isJsonObject(value) ? value : 'The arguments must be a JSON object.';
  } catch (error) {
    return `The arguments are not valid JSON: ${messageOf(error)}`;
  }
}

const isTooDeep = (value: Json): boolean => depthOf(value) > MAX_DEPTH;
