import { isInside } from '../../domain/plan/step-path.js';
import type { StepRecord } from '../../domain/run/run.js';
import type { RunClock } from './run-clock.js';

/** What the records of a run say of one round of a loop. */
export interface RoundRecord {
  /** From 1. */
  round: number;
  state: 'done' | 'failed' | 'waiting' | 'open';
  /** Milliseconds since 1970, of its first and last step. */
  from: number;
  to: number;
  /** The item of the round, by its name. */
  items?: StepRecord['items'];
}

/** The rounds of each loop of a run, by the path of the loop with the rounds around it. */
export class RoundRecords {
  readonly #loops = new Map<string, Map<number, RoundRecord>>();
  readonly #of = new Map<string, number>();

  constructor(steps: readonly StepRecord[]) {
    for (const step of steps) {
      for (const match of step.path.matchAll(/\[(\d+)\]/g)) {
        const loop = step.path.slice(0, match.index);
        this.#note(loop, Number(match[1]) + 1, step);
      }
    }
  }

  /** Those that are known, in their order. */
  roundsOf(loop: string): RoundRecord[] {
    return [...(this.#loops.get(loop)?.values() ?? [])].sort((one, other) => one.round - other.round);
  }

  /** How many there will be; undefined for a loop that ends by a condition, or whose first round is not begun. */
  totalOf(loop: string): number | undefined {
    return this.#of.get(loop);
  }

  #note(loop: string, round: number, step: StepRecord): void {
    const rounds = this.#loops.get(loop) ?? new Map<number, RoundRecord>();
    this.#loops.set(loop, rounds);
    const known = rounds.get(round) ?? { round, state: 'done', from: Infinity, to: -Infinity };
    rounds.set(round, known);
    const start = Date.parse(step.started_at);
    known.from = Math.min(known.from, start);
    known.to = Math.max(known.to, step.finished_at === null ? start : Date.parse(step.finished_at));
    known.state = worse(known.state, stateIn(step, `${loop}[${round - 1}]`));
    const isOwn =
      step.path.startsWith(`${loop}[${round - 1}].steps.`) && !step.path.slice(loop.length + 1).includes('[');
    if (isOwn && step.items !== undefined) known.items = step.items;
    if (isOwn && step.of !== undefined) this.#of.set(loop, step.of);
  }
}

const ORDER: readonly RoundRecord['state'][] = ['done', 'open', 'failed', 'waiting'];

function worse(one: RoundRecord['state'], other: RoundRecord['state']): RoundRecord['state'] {
  return ORDER.indexOf(other) > ORDER.indexOf(one) ? other : one;
}

function stateIn({ status, caught_by: caughtBy }: StepRecord, round: string): RoundRecord['state'] {
  if (status === 'waiting') return 'waiting';
  if (status === 'failed') return caughtBy !== undefined && isInside(caughtBy, round) ? 'done' : 'failed';
  return status === 'running' ? 'open' : 'done';
}

/** How long rounds were at work on average, in milliseconds; undefined where none is known. */
export function meanMs(rounds: readonly RoundRecord[], clock: RunClock): number | undefined {
  if (rounds.length === 0) return undefined;
  return rounds.reduce((sum, { from, to }) => sum + clock.worked({ from, to }), 0) / rounds.length;
}
