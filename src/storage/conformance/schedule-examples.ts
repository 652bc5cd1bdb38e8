import type { Schedule } from '../../domain/schedule/schedule.js';
import { PLAN_ID } from './run-examples.js';

/** A schedule whose id has this digit. */
export function scheduleWith(digit: number, changes: Partial<Schedule> = {}): Schedule {
  return {
    id: `schd-0189000${digit}-0000-7000-8000-0000000000b1`,
    plan_id: PLAN_ID,
    inputs: { city: 'London', list: [1, '\u0000'] },
    end_user_id: 'ada',
    cron: '0 9 * * 1-5',
    zone: 'Europe/Berlin',
    missed: 'ask',
    priority: -1,
    labels: ['night'],
    created_at: '2024-05-06T07:08:09.000Z',
    next_at: '2024-05-06T08:00:00.000Z',
    undecided: [],
    last: null,
    revision: 1,
    ...changes,
  };
}
