import type { RunEvent } from '../domain/run/events.js';
import { roundsAround, type LoopRounds } from './loop-rounds.js';
import { TimeLeft } from './time-left.js';

/** How long the loops of a run still take, as far as its events tell. Times are milliseconds since 1970. */
export class LoopTimes {
  readonly #rounds: LoopRounds;
  /** By the path of the loop. */
  readonly #times = new Map<string, { left: TimeLeft; begun: number }>();
  /** How long nothing was done because a person was asked. */
  #idleMs = 0;

  /** `rounds` is told of an event first. */
  constructor(rounds: LoopRounds) {
    this.#rounds = rounds;
  }

  /** `running`: the steps that are under way, without one that begins. */
  add(event: RunEvent, running: Iterable<string>): void {
    // What was before this process, or before the run was stopped, tells nothing of its pace.
    if (event.type === 'run.resumed') this.#times.clear();
    if (event.type !== 'step.started') return;
    const [innermost] = roundsAround(event.path).toReversed();
    if (innermost === undefined) return;
    const { loop } = innermost;
    const of = this.#rounds.totalOf(loop);
    const begun = this.#rounds.begunOf(loop);
    const known = this.#times.get(loop);
    if (of === undefined || known?.begun === begun) return;
    const open = new Set(
      [...running].flatMap((path) => roundsAround(path).filter((each) => each.loop === loop)).map(({ round }) => round),
    );
    const sample = { done: begun - 1 - open.size, at: Date.parse(event.ts) - this.#idleMs };
    known?.left.add(sample);
    this.#times.set(loop, { left: known?.left ?? new TimeLeft(of, sample), begun });
  }

  /** Nothing was done for so long. */
  addIdle(ms: number): void {
    this.#idleMs += ms;
  }

  /** Of the outermost loop around a step of which it is known: `2 min left`. */
  text(path: string, now: number): string {
    for (const { loop } of roundsAround(path)) {
      const text = this.#times.get(loop)?.left.textAt(now - this.#idleMs);
      if (text !== undefined && text !== '') return text;
    }
    return '';
  }
}
