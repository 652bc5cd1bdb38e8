import type { RunClock, Span } from './run-clock.js';

/** A part of a row, in percent of the width. */
export interface Bar {
  /** `gap`: until the next try; `block`: from the first to the last of what is inside. */
  kind: 'done' | 'fail' | 'ask' | 'run' | 'unknown' | 'gap' | 'block';
  x: number;
  width: number;
}

/** Percent of the shortest bar. */
const SHORTEST = 0.35;
/** Bars of one kind that are so near to each other are one. */
const NEAR = 0.1;

interface Try extends Span {
  isFailed: boolean;
}

/** What a step did: its tries, the times between them, and its waits for a person. */
export function barsOf(
  clock: RunClock,
  { attempts, asked, open }: { attempts: readonly Try[]; asked: readonly Span[]; open: 'run' | 'unknown' | undefined },
): Bar[] {
  const bars = attempts.flatMap(({ from, to, isFailed }, index): Bar[] => {
    const next = attempts[index + 1];
    const kind = isFailed ? 'fail' : open !== undefined && next === undefined ? open : 'done';
    const works = clock.works({ from, to }).map((span) => barOf(clock, span, kind));
    return next === undefined ? works : [...works, gapOf(clock, { from: to, to: next.from })];
  });
  return [...bars, ...asked.map((span) => barOf(clock, span, 'ask'))];
}

/** A line from the first to the last of what is in a block. */
export function blockBar(clock: RunClock, span: Span): Bar {
  return barOf(clock, span, 'block');
}

/** The bars of several steps in one row. */
export function joinedBars(bars: readonly Bar[]): Bar[] {
  const joined: Bar[] = [];
  const lastOf = new Map<Bar['kind'], Bar>();
  const own = bars.filter(({ kind }) => kind !== 'gap' && kind !== 'block');
  for (const bar of own.toSorted((one, other) => one.x - other.x)) {
    const last = lastOf.get(bar.kind);
    if (last !== undefined && bar.x <= last.x + last.width + NEAR) {
      last.width = Math.max(last.width, bar.x + bar.width - last.x);
      continue;
    }
    const first = { ...bar };
    lastOf.set(bar.kind, first);
    joined.push(first);
  }
  return joined;
}

function barOf(clock: RunClock, { from, to }: Span, kind: Bar['kind']): Bar {
  const start = Math.min(clock.x(from), 100 - SHORTEST);
  return { kind, x: start, width: Math.min(100 - start, Math.max(SHORTEST, clock.x(to) - start)) };
}

function gapOf(clock: RunClock, { from, to }: Span): Bar {
  const x = clock.x(from);
  return { kind: 'gap', x, width: Math.max(0, clock.x(to) - x) };
}
