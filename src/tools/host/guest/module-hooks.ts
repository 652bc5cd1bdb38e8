import { PortiaError } from '../../../domain/errors.js';
import { HOOK_NAMES, type HookName } from '../../../domain/values/hook-names.js';
import { callFunction } from '../../../hooks/call-function.js';
import { hooksProblem } from '../../../hooks/hooks-problem.js';
import { hookFunction } from '../../../hooks/hooks.js';
import type { Json } from '../../../domain/values/json.js';
import type { HostRequest } from '../protocol.js';

/** What a module says of its hooks: its default export, or all that it exports by name. */
export function definitionIn(exported: Record<string, unknown>): Record<string, unknown> {
  const { default: own } = exported;
  return typeof own === 'object' && own !== null ? { ...own } : exported;
}

/** What others need to know of the hooks of a module. Throws `invalid-settings` for one that is written wrongly. */
export function hooksDeclaredIn(exported: Record<string, unknown>): Record<string, unknown> {
  const { env, allow, ...hooks } = definitionIn(exported);
  const problem = hooksProblem(hooks);
  if (problem !== undefined) throw new PortiaError('invalid-settings', problem.what, { fix: problem.fix });
  const names = HOOK_NAMES.filter((name) => hooks[name] !== undefined);
  return { names, timeoutMs: hooks['timeoutMs'], env, allow };
}

/** Calls one of them; null when it returned nothing. */
export async function callModuleHook(
  exported: Record<string, unknown>,
  { name, about }: HostRequest & { do: 'hook' },
  signal: AbortSignal,
): Promise<Json> {
  const call = hookFunction(definitionIn(exported), name satisfies HookName);
  if (call === undefined) throw new Error('the module does not export it any more');
  return (await callFunction(call, { name, about, signal })) ?? null;
}
