import type { OpenedStore, Promised } from './check.js';
import { DRIVERS } from './drivers.js';
import { LISTS } from './lists.js';
import { LOGS } from './logs.js';
import { PLANS } from './plans.js';

export interface StoreCheck {
  name: string;
  /** Rejects with an Error when the store does something else. */
  run: () => Promise<void>;
}

const PROMISED: readonly Promised[] = [...PLANS, ...LOGS, ...DRIVERS, ...LISTS];

/** What every store promises of plans, logs, drivers and lists. Each check makes a store of its own. */
export function storeConformance(makeStore: () => OpenedStore | Promise<OpenedStore>): StoreCheck[] {
  return PROMISED.map(({ name, check }) => ({ name, run: async () => check(await makeStore()) }));
}
