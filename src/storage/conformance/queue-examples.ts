import { PortiaError } from '../../domain/errors.js';
import type { EventBody } from '../../domain/run/events.js';
import type { QueueLimits } from '../../domain/run/queue.js';
import type { PlanId, RunId } from '../../domain/values/ids.js';
import type { ListedRun, QueueFilter, QueueingStore } from '../run-queue.js';
import type { RunLog } from '../store.js';
import { makeRun } from './expected.js';
import { CREATED } from './run-examples.js';

export const OTHER_PLAN: PlanId = 'plan-01890000-0000-7000-8000-0000000000a2';
export const NO_LIMITS: QueueLimits = { labels: new Map() };

export const runWith = (number: number): RunId =>
  `prun-01890000-0000-7000-8000-0000000000${String(number).padStart(2, '0')}`;

export interface Submitted {
  priority?: number;
  labels?: string[];
  wake_at?: string;
  endUser?: string;
  plan?: PlanId;
}

/** Leaves a run to workers. */
export async function submit(store: QueueingStore, number: number, options: Submitted = {}): Promise<RunId> {
  const { priority = 0, labels, wake_at, endUser, plan } = options;
  const created = { ...CREATED, ...(endUser && { end_user_id: endUser }), ...(plan && { plan_id: plan }) };
  const queued: EventBody = { type: 'run.queued', priority, labels, wake_at };
  return makeRun(store, { id: runWith(number), events: [created, queued] });
}

/** Drives a run that far. */
export async function drive(store: QueueingStore, id: RunId, events: EventBody[]): Promise<RunLog> {
  const log = await store.openRun(id);
  for (const event of events) log.append(event);
  await log.flush();
  return log;
}

export async function claim(store: QueueingStore, filter: Partial<QueueFilter> = {}): Promise<RunId | undefined> {
  return store.queue.claim({ except: [], limits: NO_LIMITS, ...filter }, everyRunIsReadable);
}

/** The run that would be claimed. */
export async function nextOf(store: QueueingStore, filter: Partial<QueueFilter> = {}): Promise<RunId | undefined> {
  const id = await claim(store, filter);
  if (id !== undefined) await store.queue.release(id);
  return id;
}

export async function listed(store: QueueingStore, limit = Number.POSITIVE_INFINITY): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  for await (const run of store.queue.list(limit, everyRunIsReadable)) runs.push(run);
  return runs;
}

export async function everyRunIsReadable(id: RunId, why: string): Promise<never> {
  throw new PortiaError('unreadable', `${id} can be read, and the store says: ${why}`);
}
