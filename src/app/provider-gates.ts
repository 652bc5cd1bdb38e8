import { setTimeout as delay } from 'node:timers/promises';

import type { CallLedger } from '../models/limits/call-ledger.js';
import { MemoryLedger } from '../models/limits/memory-ledger.js';
import { ProviderGate, type GateClock } from '../models/limits/provider-gate.js';
import type { ProviderName } from '../models/providers/providers.js';
import { LONGEST_TIMER_MS } from '../timing/limit.js';

/** Where a store counts the calls of a provider, by the name of that account. */
export type OpenLedger = (name: string) => CallLedger;

const CLOCK: GateClock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: async (ms, signal) => delay(Math.min(ms, LONGEST_TIMER_MS), undefined, { signal }),
};

/** Of this process: all that work in it share the limits of a provider. */
const OF_PROCESS = new Map<string, ProviderGate>();
const OF_STORES = new WeakMap<OpenLedger, Map<string, ProviderGate>>();

/** The one gate for a provider at this address, of the process or of those that share a store. */
export function gateOf(provider: ProviderName, baseUrl: string, shared: OpenLedger | undefined): ProviderGate {
  const gates = shared === undefined ? OF_PROCESS : (OF_STORES.get(shared) ?? new Map<string, ProviderGate>());
  if (shared !== undefined) OF_STORES.set(shared, gates);
  const name = `${provider} ${baseUrl}`;
  const gate = gates.get(name) ?? new ProviderGate(shared?.(name) ?? new MemoryLedger(CLOCK.now), CLOCK);
  gates.set(name, gate);
  return gate;
}
