import { PortiaError } from '../domain/errors.js';
import { advice, portia } from '../domain/next-step.js';
import { isSchedule, scheduleProblem, type Schedule } from '../domain/schedule/schedule.js';
import type { ScheduleId } from '../domain/values/ids.js';
import { parseTextOrThrow } from './read-file.js';
import type { Store } from './store.js';

/** The schedules of a store. Every method rejects with a PortiaError. */
export interface Schedules {
  add(schedule: Schedule): Promise<void>;
  /** The oldest first. */
  list(): Promise<ListedSchedule[]>;
  /** Those whose `next_at` has come by the clock of the store, and what it says: ISO 8601, UTC. */
  due(): Promise<{ now: string; schedules: ListedSchedule[] }>;
  /** Keeps a changed schedule, whose `revision` grew by 1. False when it is gone, or was changed meanwhile. */
  replace(schedule: Schedule): Promise<boolean>;
  /** `not-found` when it is not there. */
  remove(id: ScheduleId): Promise<void>;
}

/** A store that also keeps plans that are run again and again. */
export interface SchedulingStore extends Store {
  readonly schedules: Schedules;
}

/** A schedule, or why it cannot be used. */
export type ListedSchedule = Schedule | { id: ScheduleId; unreadable: string };

/** The schedule of a text that `scheduleText` made. */
export function listedSchedule(id: ScheduleId, text: string): ListedSchedule {
  try {
    const value: unknown = parseTextOrThrow(text, id);
    if (isSchedule(value) && value.id === id) return value;
    return { id, unreadable: scheduleProblem(value) ?? '/id: it is another one' };
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'unreadable') return { id, unreadable: error.message };
    throw error;
  }
}

export function scheduleText(schedule: Schedule): string {
  return `${JSON.stringify(schedule, null, 2)}\n`;
}

export function isDue(schedule: ListedSchedule, now: string): boolean {
  return 'unreadable' in schedule || (schedule.next_at !== null && schedule.next_at <= now);
}

/** The error of an id that no schedule here has. */
export function noSuchSchedule(id: string): PortiaError {
  return new PortiaError('not-found', `There is no schedule ${JSON.stringify(id)}.`, {
    fix: advice`See what is there: ${portia('queue', 'schedules')}`,
  });
}
