import type { HooksDefinition } from './hooks.js';

/** What a module of hooks exports by default, with its types. Their names are checked when the module is loaded. */
export function defineHooks(hooks: HooksDefinition): HooksDefinition {
  return hooks;
}
