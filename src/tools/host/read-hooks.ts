import { HOOK_NAMES, type HookName } from '../../domain/values/hook-names.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
import type { ToolAllowance } from '../tool.js';
import { isAllowance, isTexts } from './read-declarations.js';

/** What a module declares of its hooks. */
export interface DeclaredHooks {
  names: HookName[];
  timeoutMs: number | undefined;
  env: readonly string[];
  allow: ToolAllowance;
}

/** Throws for anything else: a module can write to the channel of its host. */
export function readHooks(value: Json): DeclaredHooks {
  const { names, timeoutMs, env = [], allow = {} } = isJsonObject(value) ? value : {};
  if (!Array.isArray(names)) throw new Error('it declares no hooks');
  if (timeoutMs !== undefined && typeof timeoutMs !== 'number') throw wrong('timeoutMs', 'a number of milliseconds');
  if (!isTexts(env)) throw wrong('env', "a list of names of variables, such as ['CHAT_URL']");
  if (!isAllowance(allow)) throw wrong('allow', "like { read: ['/data'], write: ['out'], childProcesses: true }");
  return { names: HOOK_NAMES.filter((name) => names.includes(name)), timeoutMs, env, allow };
}

function wrong(part: string, wanted: string): Error {
  return new Error(`its ${part} must be ${wanted}`);
}
