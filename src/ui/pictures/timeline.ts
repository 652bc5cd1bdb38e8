import type { Plan } from '../../domain/plan/plan.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { Run } from '../../domain/run/run.js';
import { RunClock, type Band, type Span, type Tick } from './run-clock.js';
import { pausesIn, pausesOf, type Moment, type Pause } from './run-pauses.js';
import { StepTimes } from './step-times.js';
import type { LoopPart, TimelineRow } from './timeline-row.js';
import { TimelineRows } from './timeline-rows.js';

export interface TimelineOptions {
  /** The plan; without it only the steps that were begun are shown, below each other. */
  plan?: Plan | undefined;
  /**
   * Those of the run, whose record has all rounds then. Without them tries and stops are not told, and of a long loop the
   * newest rounds are shown.
   */
  events?: readonly RunEvent[] | undefined;
  now: Date;
  isDriven: boolean;
  /** Shows only these rounds of one loop. */
  part?: LoopPart | undefined;
}

/** A run in its time: the tree of its steps is the time line. */
export interface Timeline {
  rows: TimelineRow[];
  bands: Band[];
  ticks: Tick[];
  /** Milliseconds, without waits and stops. */
  workedMs: number;
  /** Milliseconds in which it waited for a person. */
  waitedMs: number;
}

/** Each row has its place in the tree, and its bars on one axis. Pure: the time is given. */
export function timelineOf(run: Run, { plan, events, now, isDriven, part }: TimelineOptions): Timeline {
  const moment: Moment = { now: now.getTime(), isDriven };
  const pauses = events === undefined ? pausesOf(run, moment) : pausesIn(events, moment);
  const clock = new RunClock(spanOf({ run, isWhole: events !== undefined }, pauses, moment), pauses);
  const times = new StepTimes(run, { clock, events, moment });
  return {
    rows: new TimelineRows(run, { times, plan, isDriven }).shown(part),
    bands: clock.bands,
    ticks: clock.ticks,
    workedMs: clock.workedMs,
    waitedMs: clock.waitedMs,
  };
}

/** From the first step to the last end. */
function spanOf(
  { run, isWhole }: { run: Run; isWhole: boolean },
  pauses: readonly Pause[],
  { now, isDriven }: Moment,
): Span {
  const starts = run.steps.map(({ started_at: from }) => Date.parse(from));
  // The first steps of a long loop are not in the record.
  if ((run.step_totals !== undefined && !isWhole) || starts.length === 0)
    starts.push(Date.parse(run.metadata.created_at));
  const ends = run.steps.flatMap(({ finished_at: to }) => (to === null ? [] : [Date.parse(to)]));
  const isOpen = run.steps.some(({ finished_at: to }) => to === null);
  if (isOpen) ends.push(isDriven ? now : Date.parse(run.metadata.updated_at));
  const from = extreme([...starts, ...pauses.map((pause) => pause.from)], Math.min) ?? 0;
  const to = extreme([...ends, ...pauses.map((pause) => pause.to)], Math.max) ?? from;
  return { from, to: Math.max(from, to) };
}

function extreme(times: readonly number[], of: (one: number, other: number) => number): number | undefined {
  const known = times.filter((time) => !Number.isNaN(time));
  return known.length === 0 ? undefined : known.reduce((found, time) => of(found, time));
}
