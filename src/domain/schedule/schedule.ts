import { isPlanId, isRunId, isScheduleId, type PlanId, type RunId, type ScheduleId } from '../values/ids.js';
import { isJsonObject, type Json } from '../values/json.js';

/** What becomes of times at which no worker was there: a run for each, none, or what a person says. */
export const MISSED = ['catch-up', 'skip', 'ask'] as const;
export type Missed = (typeof MISSED)[number];

/** A plan that is run again and again. All times are ISO 8601, UTC. */
export interface Schedule {
  id: ScheduleId;
  plan_id: PlanId;
  /** Checked, by their names in the plan, and without secrets. */
  inputs: Record<string, Json>;
  end_user_id: string;
  /** When, as `readCron` takes it. */
  cron: string;
  /** The zone of the clocks that it is about: `Europe/Berlin`. */
  zone: string;
  missed: Missed;
  priority: number;
  labels: string[];
  created_at: string;
  /** The next time that has not got a run yet; null when none comes. */
  next_at: string | null;
  /** Times that were missed, and about which a person has not decided; the oldest first. */
  undecided: string[];
  /** The newest run that it made. */
  last: { due_at: string; run_id: RunId } | null;
  /** Grows by 1 with each change, so that of two changes at once one is refused. */
  revision: number;
}

// Not a schema: that would cost every command as much as starting the program.
/** Why a value is not a schedule, with a JSON pointer before it; undefined when it is one. */
export function scheduleProblem(value: unknown): string | undefined {
  if (!isJsonObject(value)) return '/: expected an object';
  const wrong = Object.entries(CHECKS).find(([key, { is }]) => !is(value[key]));
  return wrong && `/${wrong[0]}: expected ${wrong[1].expected}`;
}

export function isSchedule(value: unknown): value is Schedule {
  return scheduleProblem(value) === undefined;
}

const isText = (value: unknown) => typeof value === 'string';
const isTime = (value: unknown) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isWhole = (value: unknown) => Number.isSafeInteger(value);

const CHECKS: Record<keyof Schedule, { expected: string; is: (value: unknown) => boolean }> = {
  id: { expected: 'the id of a schedule', is: isScheduleId },
  plan_id: { expected: 'the id of a plan', is: isPlanId },
  inputs: { expected: 'an object', is: isJsonObject },
  end_user_id: { expected: 'a text', is: isText },
  cron: { expected: 'a text', is: isText },
  zone: { expected: 'a text', is: isText },
  missed: { expected: `one of ${MISSED.join(', ')}`, is: (value) => MISSED.some((each) => each === value) },
  priority: { expected: 'a whole number', is: isWhole },
  labels: { expected: 'a list of texts', is: (value) => Array.isArray(value) && value.every(isText) },
  created_at: { expected: 'a time', is: isTime },
  next_at: { expected: 'a time or null', is: (value) => value === null || isTime(value) },
  undecided: { expected: 'a list of times', is: (value) => Array.isArray(value) && value.every(isTime) },
  last: {
    expected: 'null, or due_at and run_id',
    is: (value) => value === null || (isJsonObject(value) && isTime(value['due_at']) && isRunId(value['run_id'])),
  },
  revision: { expected: 'a whole number', is: isWhole },
};

/** The key of the start of the run for one time: however often it is started, there is one run. */
export function startKeyOf({ id }: Pick<Schedule, 'id'>, dueAt: string): string {
  return `${id} ${dueAt}`;
}
