import { HOOK_NAMES, type HookName } from '../domain/values/hook-names.js';
import { digestValue } from '../domain/values/digest.js';
import { callFunction } from './call-function.js';
import type { HookPort } from './hook-port.js';
import { hookFunction, type Hooks } from './hooks.js';

/** The hooks of a program's own code, which are called in its process. */
export function ownHooks(hooks: Hooks): HookPort {
  const functions = new Map(
    HOOK_NAMES.flatMap((name) => {
      const found = hookFunction(hooks, name);
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
  const names: ReadonlySet<HookName> = new Set(functions.keys());
  const { timeoutMs } = hooks;
  return {
    names,
    timeoutMs,
    fingerprint: digestValue({ hooks: [...names] }),
    async call(name, about, signal) {
      const found = functions.get(name);
      return found === undefined ? undefined : callFunction(found, { name, about, signal });
    },
  };
}
