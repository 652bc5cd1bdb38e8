import type { Run, StepRecord, StepTotals } from './run.js';
import { comparePaths, isInside, withoutRounds } from '../plan/step-path.js';

/** How many records of a step in a loop a run shows; every other one is in the events. */
const NEWEST = 100;

const NONE: readonly StepRecord[] = [];

/** The rounds of one step of the plan, as far as they are kept, in the written order. */
interface Rounds {
  kept: StepRecord[];
  totals: StepTotals;
}

/**
 * Keeps the newest records of each step in a loop, and counts all of them. A record that could still change stays, with
 * all that come after it in the written order: if that step fails, the run must show only what the written order would
 * have done.
 */
export class LoopRecords {
  readonly #keeps: (path: string) => boolean;
  /** By the path of the step without rounds. */
  readonly #steps = new Map<string, Rounds>();
  readonly #open = new Set<StepRecord>();

  /** `keeps`: whether to keep the record of a step although it is an old one. */
  constructor(keeps: (path: string) => boolean = () => false) {
    this.#keeps = keeps;
  }

  /** Continues with what a run shows, which must be all that is kept. */
  restore({ steps, step_totals: shown = [] }: Pick<Run, 'steps' | 'step_totals'>): void {
    const totals = new Map(shown.map((of) => [of.path, of]));
    for (const record of steps) {
      if (!isFinished(record)) this.#open.add(record);
      if (!isInLoop(record)) continue;
      const rounds = this.#roundsOf(record);
      rounds.kept.push(record);
      const known = totals.get(rounds.totals.path);
      if (known !== undefined) rounds.totals = known;
      else if (isFinished(record)) countIn(rounds.totals, record);
    }
  }

  /** A step was begun for the first time. */
  add(record: StepRecord): void {
    this.#open.add(record);
    if (isInLoop(record)) insertInOrder(this.#roundsOf(record).kept, record);
  }

  /** A step is begun again. */
  reopen(record: StepRecord): void {
    this.#open.add(record);
  }

  /** A step is done, was skipped, or failed and is not tried again. Gives the records that the run need not keep any more. */
  finish(record: StepRecord): readonly StepRecord[] {
    this.#count(record);
    if (!isInLoop(record)) return NONE;
    const { kept } = this.#roundsOf(record);
    let most = 0;
    while (this.#isSettled(kept[most + NEWEST])) most += 1;
    return most === 0 ? NONE : kept.splice(0, most).filter(({ path }) => !this.#keeps(path));
  }

  /** The same object at each call: it counts on. */
  totalsOf(record: StepRecord): StepTotals {
    return this.#roundsOf(record).totals;
  }

  #count(record: StepRecord): void {
    if (!this.#open.delete(record) || !isInLoop(record)) return;
    countIn(this.#roundsOf(record).totals, record);
  }

  /** Whether no step before it in the written order can still change. */
  #isSettled(record: StepRecord | undefined): boolean {
    if (record === undefined || !isFinished(record)) return false;
    for (const { path } of this.#open) {
      if (!isInside(record.path, path) && comparePaths(record.path, path) > 0) return false;
    }
    return true;
  }

  #roundsOf({ path }: StepRecord): Rounds {
    const plain = withoutRounds(path);
    const known = this.#steps.get(plain);
    if (known !== undefined) return known;
    const rounds = { kept: [], totals: { path: path.replace(/\[\d+\]/g, '[*]'), completed: 0, skipped: 0, ms: 0 } };
    this.#steps.set(plain, rounds);
    return rounds;
  }
}

function countIn(totals: StepTotals, { status, started_at: start, finished_at: end }: StepRecord): void {
  if (status === 'failed') totals.failed = (totals.failed ?? 0) + 1;
  else totals[status === 'skipped' ? 'skipped' : 'completed'] += 1;
  totals.ms += Math.max(0, Date.parse(end ?? start) - Date.parse(start));
}

function isInLoop({ path }: StepRecord): boolean {
  return path.includes('[');
}

function isFinished({ path, status, caught_by: caughtBy }: StepRecord): boolean {
  if (status === 'failed') return caughtBy !== undefined && caughtBy !== path;
  return status === 'completed' || status === 'skipped';
}

/** Steps and questions are in the written order, whichever of them came first. */
export function insertInOrder<Item extends { path?: string | undefined }>(list: Item[], item: Item): void {
  let place = list.length;
  while (place > 0 && comparePaths(list[place - 1]?.path ?? '', item.path ?? '') > 0) place -= 1;
  list.splice(place, 0, item);
}
