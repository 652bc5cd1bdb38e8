import { REPLY_KEYS, type HookName } from '../domain/values/hook-names.js';
import { toJson, type Json } from '../domain/values/json.js';
import type { HookAbout } from './hook-port.js';
import type { HookFunction } from './hooks.js';

/** Calls a hook with a copy of what it is about. Throws what it throws, and an Error for a reply that is not JSON. */
export async function callFunction(
  call: HookFunction,
  { name, about, signal }: { name: HookName; about: HookAbout; signal: AbortSignal },
): Promise<Json | undefined> {
  const returned: unknown = await call({ ...structuredClone(about), signal });
  if (returned === undefined || returned === null) return undefined;
  // `({ path }) => list.push(path)` returns something that nobody means as a reply.
  if (REPLY_KEYS[name].length === 0 && !isPlainObject(returned)) return undefined;
  const json = toJson(returned);
  if (!json.ok) throw new Error(`it returned something that is not JSON: ${json.problem}`);
  return json.value;
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
