import { isUnknownOutcome } from '../../domain/run/clarification.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { Run, StepRecord } from '../../domain/run/run.js';
import { barsOf, blockBar, type Bar } from './bars.js';
import type { RunClock, Span } from './run-clock.js';
import type { Moment } from './run-pauses.js';
import { attemptOf, attemptsIn, type Attempt } from './step-attempts.js';

/** What a step did in the time of its run. */
export interface StepWork {
  bars: Bar[];
  /** Milliseconds. */
  workedMs: number;
  waitedMs: number;
}

/** When the steps of a run were at work, and when they waited. */
export class StepTimes {
  readonly clock: RunClock;
  readonly #attempts: Map<string, Attempt[]> | undefined;
  readonly #asked = new Map<string, Span[]>();
  readonly #unknown = new Set<string>();
  /** Until when what has no end lasts, as far as is known. */
  readonly #end: number;

  constructor(run: Run, known: { clock: RunClock; events: readonly RunEvent[] | undefined; moment: Moment }) {
    const { now, isDriven } = known.moment;
    this.clock = known.clock;
    this.#attempts = known.events === undefined ? undefined : attemptsIn(known.events);
    this.#end = isDriven || run.state === 'NEED_CLARIFICATION' ? now : Date.parse(run.metadata.updated_at);
    for (const question of run.outputs.clarifications) {
      const { raised_at: raised, resolved_at: resolved, path, joined = [] } = question;
      if (raised === undefined) continue;
      const span = { from: Date.parse(raised), to: resolved === undefined ? this.#end : Date.parse(resolved) };
      for (const asking of new Set([path, ...joined.map((other) => other.path)])) {
        if (asking === undefined) continue;
        this.#asked.set(asking, [...(this.#asked.get(asking) ?? []), span]);
        if (!question.resolved && isUnknownOutcome(question)) this.#unknown.add(asking);
      }
    }
  }

  attemptsOf(record: StepRecord): readonly Attempt[] {
    return this.#attempts?.get(record.path) ?? attemptOf(record);
  }

  isUnknown(path: string): boolean {
    return this.#unknown.has(path);
  }

  ofStep(record: StepRecord, isRunning: boolean): StepWork {
    const tries = this.attemptsOf(record).map((attempt) => ({ ...attempt, to: attempt.to ?? this.#end }));
    const questions = this.#asked.get(record.path) ?? [];
    const asked = questions.flatMap((span) => this.clock.waits(span));
    const waits = questions.flatMap(({ to, ...span }) =>
      this.clock.waits({ ...span, to }).map((wait) => Math.min(to, wait.to) - wait.from),
    );
    return {
      bars: barsOf(this.clock, {
        attempts: tries,
        asked,
        open: this.isUnknown(record.path) ? 'unknown' : isRunning ? 'run' : undefined,
      }),
      workedMs: tries.reduce((sum, span) => sum + this.clock.worked(span), 0),
      waitedMs: waits.reduce((sum, ms) => sum + ms, 0),
    };
  }

  ofBlock(record: StepRecord): StepWork {
    const span = this.spanOf(record);
    if (Number.isNaN(span.from)) return { bars: [], workedMs: 0, waitedMs: 0 };
    return { bars: [blockBar(this.clock, span)], workedMs: this.clock.worked(span), waitedMs: 0 };
  }

  /** From the first of some steps below each other to the last. */
  ofSeveral(first: StepRecord, last: StepRecord): Bar[] {
    const span = { from: this.spanOf(first).from, to: this.spanOf(last).to };
    return Number.isNaN(span.from) || Number.isNaN(span.to) ? [] : [blockBar(this.clock, span)];
  }

  /** From its beginning to its end, or until now. */
  spanOf({ started_at: from, finished_at: to }: StepRecord): Span {
    return { from: Date.parse(from), to: to === null ? this.#end : Date.parse(to) };
  }
}
