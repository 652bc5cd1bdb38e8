import type { Plan } from '../../domain/plan/plan.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { Run } from '../../domain/run/run.js';
import { RunClock, type Band, type Span, type Tick } from './run-clock.js';
import { pausesIn, pausesOf, type Moment, type Pause } from './run-pauses.js';
import { StepTimes } from './step-times.js';
import type { BlockPart, LoopPart, TimelineRow } from './timeline-row.js';
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
  /** Shows only these rounds of one loop, or steps of one block. */
  part?: LoopPart | BlockPart | undefined;
  /** Of many steps below each other shows the first, those of note and the last; the others are folded together. */
  folds?: boolean | undefined;
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
export function timelineOf(run: Run, { plan, events, now, isDriven, part, folds = false }: TimelineOptions): Timeline {
  const moment: Moment = { now: now.getTime(), isDriven };
  const pauses = events === undefined ? pausesOf(run, moment) : pausesIn(events, moment);
  const clock = new RunClock(spanOf({ run, isWhole: events !== undefined }, pauses, moment), pauses);
  const times = new StepTimes(run, { clock, events, moment });
  return {
    rows: new TimelineRows(run, { times, plan, isDriven, folds }).shown(part),
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
  let [from, to] = [Infinity, -Infinity];
  const reach = (start: number, end: number): void => {
    if (start < from) from = start;
    if (end > to) to = end;
  };
  const open = isDriven ? now : Date.parse(run.metadata.updated_at);
  for (const step of run.steps) {
    reach(Date.parse(step.started_at), step.finished_at === null ? open : Date.parse(step.finished_at));
  }
  for (const pause of pauses) reach(pause.from, pause.to);
  // The first steps of a long loop are not in the record.
  if ((run.step_totals !== undefined && !isWhole) || run.steps.length === 0) {
    reach(Date.parse(run.metadata.created_at), -Infinity);
  }
  const first = from === Infinity ? 0 : from;
  return { from: first, to: Math.max(first, to) };
}
