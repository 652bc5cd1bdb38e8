import type { QueueLimits } from '../domain/run/queue.js';
import type { ProjectSettings } from './settings-schema.js';

/** What a settings file says of the runs that workers drive at a time. */
export function readQueueLimits(limits: ProjectSettings['limits']): QueueLimits | undefined {
  if (limits === undefined) return undefined;
  const { per_plan: perPlan, per_end_user: perEndUser, labels = {} } = limits;
  return { perPlan, perEndUser, labels: new Map(Object.entries(labels)) };
}

/** Of each the lowest number: so a project can lower what its user limits, and never raise it. */
export function lowestLimits(all: readonly QueueLimits[]): QueueLimits {
  const labels = new Map<string, number>();
  for (const [label, most] of all.flatMap((limits) => [...limits.labels])) {
    labels.set(label, Math.min(most, labels.get(label) ?? most));
  }
  return {
    perPlan: lowest(all.map(({ perPlan }) => perPlan)),
    perEndUser: lowest(all.map(({ perEndUser }) => perEndUser)),
    labels,
  };
}

function lowest(numbers: readonly (number | undefined)[]): number | undefined {
  const given = numbers.filter((number) => number !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}
