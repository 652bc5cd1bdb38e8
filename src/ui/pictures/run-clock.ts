import { duration } from '../times.js';
import type { Pause } from './run-pauses.js';

/** A wait or stop that is folded: through all rows, at the same width whatever its length. */
export interface Band {
  kind: Pause['kind'];
  /** Percent of the width. */
  x: number;
  width: number;
  /** How many pauses it holds. */
  pauses: number;
  /** How long they took together, in milliseconds. */
  ms: number;
  isOpen: boolean;
}

export interface Tick {
  x: number;
  text: string;
  /** Also shown where there is less room. */
  isMain: boolean;
}

export interface Span {
  from: number;
  to: number;
}

const WIDEST_BAND = 8.8;
/** 28 px of the time line. */
const NARROWEST_BAND = 4.1;
/** Percent that all bands take together at most. */
const ALL_BANDS = 48;
const MOST_BANDS = Math.floor(ALL_BANDS / NARROWEST_BAND);
/** More pauses than these are folded together where little was done between them. */
const MANY = 8;
const LITTLE_WORK = 0.005;
/** Of the width of a band with several pauses, what the work between them takes. */
const WORK_IN_BAND = 0.4;
/** Percent: 26 px of the time line. */
const TICK_ROOM = 3.8;
const TICKS = 10;
const FEW_TICKS = 8;

interface Knot {
  time: number;
  worked: number;
  x: number;
}

interface Work extends Span {
  ms: number;
}

/** The axis of a run: work to scale, pauses folded. */
export class RunClock {
  readonly bands: Band[] = [];
  readonly ticks: Tick[];
  /** Milliseconds. */
  readonly workedMs: number;
  readonly #pauses: readonly Pause[];
  readonly #knots: Knot[] = [];

  /** `pauses`: in their order, within the span. */
  constructor(span: Span, pauses: readonly Pause[]) {
    this.#pauses = pauses;
    const works = worksBetween(span, pauses);
    this.workedMs = works.reduce((sum, { ms }) => sum + ms, 0);
    const groups = grouped(pauses, works);
    const width = Math.min(WIDEST_BAND, ALL_BANDS / Math.max(1, groups.length));
    const inside = groups.reduce((sum, { last, first }) => sum + sumOf(works.slice(first + 1, last + 1)), 0);
    const outside = this.workedMs - inside;
    const scale = outside === 0 ? 0 : (100 - width * groups.length) / outside;
    this.ticks = this.#layOut({ works, groups, width, scale });
  }

  get waitedMs(): number {
    return this.#pauses.reduce((sum, { kind, from, to }) => sum + (kind === 'person' ? to - from : 0), 0);
  }

  /** Percent of the width. */
  x(time: number): number {
    return this.#at(time, ({ x }) => x);
  }

  /** Milliseconds of the time in which the run was at work. */
  worked({ from, to }: Span): number {
    return Math.max(0, this.#at(to, ({ worked }) => worked) - this.#at(from, ({ worked }) => worked));
  }

  /** The parts of a time outside of all pauses. */
  works({ from, to }: Span): Span[] {
    const found: Span[] = [];
    let at = from;
    for (let index = this.#firstAfter(from); index < this.#pauses.length; index += 1) {
      const pause = this.#pauses[index];
      if (pause === undefined || pause.from >= to) break;
      if (pause.from > at) found.push({ from: at, to: pause.from });
      at = Math.max(at, pause.to);
    }
    if (at < to || at === from) found.push({ from: at, to: Math.max(at, to) });
    return found;
  }

  /** The pauses for a person in which something was asked: those last until the run continues. */
  waits({ from, to }: Span): Span[] {
    const found: Span[] = [];
    for (let index = this.#firstAfter(from); index < this.#pauses.length; index += 1) {
      const pause = this.#pauses[index];
      if (pause === undefined || pause.from >= to) break;
      if (pause.kind === 'person') found.push({ from: Math.max(from, pause.from), to: pause.to });
    }
    return found;
  }

  /** Index of the first pause that ends after a time. */
  #firstAfter(time: number): number {
    return lowest(this.#pauses.length, (index) => (this.#pauses[index]?.to ?? Infinity) > time);
  }

  #at(time: number, of: (knot: Knot) => number): number {
    const index = lowest(this.#knots.length, (each) => (this.#knots[each]?.time ?? Infinity) >= time);
    const after = this.#knots[Math.min(index, this.#knots.length - 1)];
    const before = this.#knots[Math.max(0, index - 1)];
    if (before === undefined || after === undefined) return 0;
    if (after.time <= before.time || time >= after.time) return of(after);
    if (time <= before.time) return of(before);
    const share = (time - before.time) / (after.time - before.time);
    return of(before) + (of(after) - of(before)) * share;
  }

  #layOut({ works, groups, width, scale }: { works: Work[]; groups: Group[]; width: number; scale: number }): Tick[] {
    const ticks = new Ticks(this.workedMs);
    let [worked, x] = [0, 0];
    const knot = (time: number) => this.#knots.push({ time, worked, x });
    const work = (part: Work | undefined, percent: number) => {
      if (part === undefined) return;
      knot(part.from);
      worked += part.ms;
      x += percent;
      knot(part.to);
    };
    const open = (part: Work | undefined) => {
      if (part === undefined) return;
      ticks.add({ worked, ms: part.ms, x, scale });
      work(part, part.ms * scale);
    };
    open(works[0]);
    for (const { first, last } of groups) {
      const own = this.#pauses.slice(first, last + 1);
      const between = works.slice(first + 1, last + 1);
      const inner = sumOf(between);
      const start = x;
      const forWork = inner === 0 ? 0 : width * WORK_IN_BAND;
      for (const [index, pause] of own.entries()) {
        knot(pause.from);
        x += (width - forWork) / own.length;
        knot(pause.to);
        const next = between[index];
        if (next !== undefined) work(next, inner === 0 ? 0 : (forWork * next.ms) / inner);
      }
      x = start + width;
      this.bands.push(bandOf(own, start, width));
      ticks.leaveRoom(start, x);
      open(works[last + 1]);
    }
    return ticks.shown();
  }
}

function bandOf(pauses: readonly Pause[], x: number, width: number): Band {
  const ofPerson = pauses.filter(({ kind }) => kind === 'person');
  const told = ofPerson.length > 0 ? ofPerson : pauses;
  return {
    kind: ofPerson.length > 0 ? 'person' : 'stop',
    x,
    width,
    pauses: told.length,
    ms: told.reduce((sum, { from, to }) => sum + to - from, 0),
    isOpen: pauses.some(({ isOpen }) => isOpen === true),
  };
}

/** The work before the first pause, between two, and after the last: one more than there are pauses. */
function worksBetween({ from, to }: Span, pauses: readonly Pause[]): Work[] {
  const works: Work[] = [];
  let at = from;
  for (const pause of pauses) {
    works.push({ from: at, to: pause.from, ms: Math.max(0, pause.from - at) });
    at = pause.to;
  }
  return [...works, { from: at, to, ms: Math.max(0, to - at) }];
}

/** Pauses that share a band, by their indexes. */
interface Group {
  first: number;
  last: number;
}

function grouped(pauses: readonly Pause[], works: readonly Work[]): Group[] {
  const joints = pauses.slice(1).map((_, index) => ({ index, ms: works[index + 1]?.ms ?? 0 }));
  const least = sumOf(works) * LITTLE_WORK;
  const sorted = joints.toSorted((one, other) => one.ms - other.ms);
  const joined = new Set(
    sorted
      .filter(({ ms }, index) => pauses.length > MANY && (ms <= least || index < pauses.length - MOST_BANDS))
      .map(({ index }) => index),
  );
  const groups: Group[] = [];
  for (const index of pauses.keys()) {
    const last = groups.at(-1);
    if (last !== undefined && joined.has(index - 1)) last.last = index;
    else groups.push({ first: index, last: index });
  }
  return groups;
}

class Ticks {
  readonly #step: number;
  readonly #all: Omit<Tick, 'isMain'>[] = [];
  readonly #bands: { start: number; end: number }[] = [];

  constructor(total: number) {
    this.#step = stepFor(total / TICKS);
  }

  add({ worked, ms, x, scale }: { worked: number; ms: number; x: number; scale: number }): void {
    for (let at = Math.ceil(worked / this.#step) * this.#step; at <= worked + ms; at += this.#step) {
      this.#all.push({ x: x + (at - worked) * scale, text: tickText(at) });
    }
  }

  leaveRoom(start: number, end: number): void {
    this.#bands.push({ start, end });
  }

  shown(): Tick[] {
    const free = this.#all.filter(({ x }) =>
      this.#bands.every(({ start, end }) => x < start - TICK_ROOM || x > end + TICK_ROOM),
    );
    const ticks: Tick[] = [];
    let main = -Infinity;
    for (const tick of free) {
      if (tick.x < (ticks.at(-1)?.x ?? -Infinity) + TICK_ROOM || tick.x > 100 - TICK_ROOM / 2) continue;
      const isMain = tick.x >= main + 100 / FEW_TICKS;
      if (isMain) main = tick.x;
      ticks.push({ ...tick, isMain });
    }
    return ticks;
  }
}

const UNITS = [1, 10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 86_400_000];

/** A round number of milliseconds that is at least so long. */
function stepFor(least: number): number {
  for (const [index, unit] of UNITS.entries()) {
    const next = UNITS[index + 1] ?? Infinity;
    const step = [1, 2, 5].map((times) => times * unit).find((each) => each >= least && each < next);
    if (step !== undefined) return step;
  }
  const day = 86_400_000;
  return 10 ** Math.ceil(Math.log10(Math.max(1, least / day))) * day;
}

function tickText(ms: number): string {
  return ms % 1000 === 0 && ms < 60_000 ? `${ms / 1000} s` : duration(ms);
}

function sumOf(works: readonly Work[]): number {
  return works.reduce((sum, { ms }) => sum + ms, 0);
}

/** The first index below `length` for which it holds, where it holds for all after it; else `length`. */
function lowest(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
