import type { Settings } from '../config/settings.js';
import type { Problem } from '../domain/errors.js';
import { advice, portia } from '../domain/next-step.js';
import type { Plan } from '../domain/plan/plan.js';
import { nearestName } from '../domain/values/nearest-name.js';
import { oneLine } from '../domain/values/printable.js';

/** Targets of notices that a plan names and the settings here do not have: nobody is told in their place. */
export function notifyProblems({ notify = [] }: Plan, settings: Pick<Settings, 'notify'>): Problem[] {
  return notify.flatMap((name, index) => {
    if (settings.notify.has(name)) return [];
    const near = nearestName(name, settings.notify.keys());
    return {
      severity: 'warning' as const,
      rule: 'unknown-target',
      message: untold(name),
      pointer: `/notify/${index}`,
      fix: near === undefined ? advice`Those that are set: ${portia('notify')}` : `Did you mean ${near}?`,
    };
  });
}

/** What is said where a plan names a target that is not set. */
export function untold(name: string): string {
  return `The plan wants ${oneLine(name)} told, and no target of that name is set.`;
}
