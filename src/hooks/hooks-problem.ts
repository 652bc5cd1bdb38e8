import { HOOK_NAMES } from '../domain/values/hook-names.js';
import { nearestName } from '../domain/values/nearest-name.js';

const NAMES: readonly string[] = HOOK_NAMES;

const EXAMPLE = 'beforeToolCall({ tool, args }) { … }';

/** What is wrong with hooks as somebody wrote them: what it is, and what to do. Undefined when nothing is. */
export function hooksProblem(hooks: object): { what: string; fix: string } | undefined {
  const entries = Object.entries(hooks).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    if (name === 'timeoutMs') {
      if (typeof value === 'number' && value > 0) continue;
      return { what: `its timeoutMs is ${String(value)}`, fix: 'Write a number of milliseconds: timeoutMs: 5000.' };
    }
    if (!NAMES.includes(name)) {
      const near = nearestName(name, NAMES);
      const fix = near === undefined ? `The hooks are: ${NAMES.join(', ')}.` : `Did you mean ${near}?`;
      return { what: `there is no hook ${JSON.stringify(name)}`, fix };
    }
    if (typeof value !== 'function') return { what: `${name} is not a function`, fix: `Write ${name}(about) { … }.` };
  }
  if (entries.some(([name]) => NAMES.includes(name))) return undefined;
  return { what: 'it has no hook', fix: `Write at least one, such as ${EXAMPLE}` };
}
