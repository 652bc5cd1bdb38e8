import type { QueueingStore } from '../run-queue.js';
import type { Store } from '../store.js';
import type { OpenedStore, Promised } from './check.js';
import { DRIVERS } from './drivers.js';
import { END_USERS } from './end-users.js';
import { LISTS } from './lists.js';
import { LOGS } from './logs.js';
import { NOTICES } from './notices.js';
import { PLANS } from './plans.js';
import { QUEUE } from './queue.js';
import { RECEIVED_RUNS } from './received-runs.js';
import { SCHEDULES } from './schedules.js';
import { SEALED_ANSWERS } from './sealed-answers.js';
import { SIGNALS } from './signals.js';
import { WAKING } from './waking.js';
import { WATCHING } from './watching.js';

export interface StoreCheck {
  name: string;
  /** Rejects with an Error when the store does something else. */
  run: () => Promise<void>;
}

type Open<Kind extends Store> = () => OpenedStore<Kind> | Promise<OpenedStore<Kind>>;

const OF_EVERY_STORE = [
  ...[PLANS, LOGS, DRIVERS, LISTS, END_USERS],
  ...[SIGNALS, SEALED_ANSWERS, RECEIVED_RUNS],
].flat();

/** What every store promises. Each check opens a store of its own. */
export function storeConformance(open: Open<Store>): StoreCheck[] {
  return checksOf(OF_EVERY_STORE, open);
}

/** What a store promises beside this whose runs are left to workers: its queue, its schedules, its notices and who watches it. */
export function queueConformance(open: Open<QueueingStore>): StoreCheck[] {
  return checksOf([...QUEUE, ...WAKING, ...WATCHING, ...SCHEDULES, ...NOTICES], open);
}

function checksOf<Kind extends Store>(promised: readonly Promised<Kind>[], open: Open<Kind>): StoreCheck[] {
  return promised.map(({ name, check }) => ({
    name,
    async run() {
      const opened = await open();
      try {
        await check(opened);
      } finally {
        await opened.close?.();
      }
    },
  }));
}
