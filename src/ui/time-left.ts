import type { Look } from './look.js';
import { roundedDuration } from './times.js';

/** How many have to be done before anybody can tell. */
const LEAST_DONE = 3;
/** And how long that must have taken, in milliseconds: what is over in a moment needs no line. */
const LEAST_MS = 2_000;

/** How many were done at a time, in milliseconds by any one clock. */
interface Sample {
  done: number;
  at: number;
}

/**
 * How long many things of a kind still take, from when the ones before were done: also where several are done at a time. The
 * newer half counts, so that a slow beginning is forgotten.
 */
export class TimeLeft {
  readonly #of: number;
  readonly #samples: Sample[] = [];

  constructor(of: number, begin: Sample) {
    this.#of = of;
    this.#samples.push(begin);
  }

  add(sample: Sample): void {
    this.#samples.push(sample);
  }

  /** In milliseconds; undefined while nobody can tell, and once it is over. */
  at(now: number): number | undefined {
    const [begin] = this.#samples;
    const last = this.#samples.at(-1);
    if (begin === undefined || last === undefined) return undefined;
    if (last.done - begin.done < LEAST_DONE || last.at - begin.at < LEAST_MS) return undefined;
    const middle = this.#samples[Math.floor((this.#samples.length - 1) / 2)] ?? begin;
    const from = last.done - middle.done < LEAST_DONE ? begin : middle;
    const each = (last.at - from.at) / (last.done - from.done);
    const left = (this.#of - last.done) * each - Math.max(0, now - last.at);
    return left > 0 ? left : undefined;
  }

  /** `15 s left`, `2 min left`; empty where nobody can tell. It changes seldom. */
  textAt(now: number): string {
    const left = this.at(now);
    if (left === undefined) return '';
    const whole = left < MINUTE ? Math.ceil(left / STEP) * STEP : left;
    return `${roundedDuration(whole)} left`;
  }
}

const MINUTE = 60_000;
const STEP = 5_000;

/** What stands behind a moving line: for how long already, and for how long still. */
export function timesText(
  waited: string,
  left: string,
  { columns, symbols }: Pick<Look, 'columns' | 'symbols'>,
): string {
  if (left === '') return waited;
  const behind = `${symbols.separator} ${left}`;
  return waited === '' || columns < LEAST_FOR_BOTH ? behind : `${waited} ${behind}`;
}

/** Cells that the moving line keeps free for that, until it is drawn again. */
export function roomForTimes(left: string, { columns }: Pick<Look, 'columns'>): number {
  if (left === '') return WAITED;
  const room = ' | '.length + Math.max(left.length, UNDER_AN_HOUR);
  return columns < LEAST_FOR_BOTH ? room : WAITED + room;
}

/** Columns of a line that has room for both. */
const LEAST_FOR_BOTH = 60;
const WAITED = ' 59 min 59 s'.length;
const UNDER_AN_HOUR = '59 min left'.length;
