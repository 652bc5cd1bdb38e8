import type { CallLimits } from '../domain/run/call-limits.js';
import type { QueueLimits } from '../domain/run/queue.js';
import { providerNamed } from '../models/providers/model-names.js';
import type { ProviderName } from '../models/providers/providers.js';
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

/** What a settings file says of how often each provider is asked. */
export function readCallLimits(limits: ProjectSettings['limits']): [ProviderName, CallLimits][] {
  return Object.entries(limits?.providers ?? {}).flatMap(([name, said]): [ProviderName, CallLimits][] => {
    const provider = providerNamed(name);
    if (provider === undefined) return [];
    const {
      requests_per_minute: requestsPerMinute,
      tokens_per_minute: tokensPerMinute,
      calls_at_once: callsAtOnce,
    } = said;
    return [[provider, { requestsPerMinute, tokensPerMinute, callsAtOnce }]];
  });
}

/** Of each the lowest number. */
export function lowestCallLimits(
  all: readonly (readonly [ProviderName, CallLimits])[],
): ReadonlyMap<ProviderName, CallLimits> {
  const merged = new Map<ProviderName, CallLimits>();
  for (const [provider, limits] of all) {
    const known = merged.get(provider);
    merged.set(provider, {
      requestsPerMinute: lowest([known?.requestsPerMinute, limits.requestsPerMinute]),
      tokensPerMinute: lowest([known?.tokensPerMinute, limits.tokensPerMinute]),
      callsAtOnce: lowest([known?.callsAtOnce, limits.callsAtOnce]),
    });
  }
  return merged;
}

function lowest(numbers: readonly (number | undefined)[]): number | undefined {
  const given = numbers.filter((number) => number !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}
