import type { StepRecord } from '../domain/run/run.js';
import { count } from './brief-value.js';

/** Rounds that a loop may have before its steps have no lines of their own. */
const MOST_ROUNDS_IN_LINES = 20;

interface Loop {
  /** How many rounds were begun. */
  begun: number;
  /** How many there will be; undefined for a loop that ends by a condition. */
  of: number | undefined;
}

type Begun = Pick<StepRecord, 'path' | 'of'>;

/** How far the loops of a run are, as far as its steps tell. */
export class LoopRounds {
  /** By the path of the loop, with the rounds of the loops around it: `4`, `4[2].steps.0`. */
  readonly #loops = new Map<string, Loop>();

  static ofSteps(steps: readonly Begun[]): LoopRounds {
    const rounds = new LoopRounds();
    for (const step of steps) rounds.add(step);
    return rounds;
  }

  /** A step was begun. */
  add({ path, of }: Begun): void {
    const [innermost] = roundsAround(path).toReversed();
    if (innermost === undefined) return;
    const { begun = 0, of: known } = this.#loops.get(innermost.loop) ?? {};
    this.#loops.set(innermost.loop, { begun: Math.max(begun, innermost.round), of: of ?? known });
  }

  /** Where the loops around a step are, the outermost first: `37 of 300`. Empty where nobody knows how many there are. */
  text(path: string): string {
    const rounds = roundsAround(path).flatMap(({ loop, round }) => {
      const { of } = this.#loops.get(loop) ?? {};
      return of === undefined ? [] : [`${round} of ${of}`];
    });
    return rounds.join(', ');
  }

  /** Where a loop is: `37 of 300`, `round 37`. Empty for what is not a loop, and before its first round. */
  textOf(loop: string): string {
    const { begun = 0, of } = this.#loops.get(loop) ?? {};
    if (begun === 0) return '';
    return of === undefined ? `round ${begun}` : `${begun} of ${of}`;
  }

  /** How many rounds of a loop were begun. */
  begunOf(loop: string): number {
    return this.#loops.get(loop)?.begun ?? 0;
  }

  /** How many rounds a long loop had; empty for others, whose rounds have lines. */
  doneText(loop: string): string {
    return this.isLong(loop) ? count(this.#loops.get(loop)?.begun ?? 0, 'round') : '';
  }

  /** How many rounds a loop will have; undefined when that is not known. */
  totalOf(loop: string): number | undefined {
    return this.#loops.get(loop)?.of;
  }

  /** Whether a loop has so many rounds that not every one of them is news. */
  isLong(loop: string): boolean {
    const { begun, of } = this.#loops.get(loop) ?? { begun: 0, of: undefined };
    return (of ?? begun) > MOST_ROUNDS_IN_LINES;
  }

  /** Whether a step is inside a long loop. */
  isInLong(path: string): boolean {
    return roundsAround(path).some(({ loop }) => this.isLong(loop));
  }

  /** The loop whose round begins with this step, when it is long, in no other long one, and the round is a milestone. */
  milestoneAt(path: string): { loop: string; round: number; of: number | undefined } | undefined {
    if (!path.endsWith('].steps.0')) return undefined;
    const rounds = roundsAround(path);
    const last = rounds.pop();
    if (last === undefined || !this.isLong(last.loop) || rounds.some(({ loop }) => this.isLong(loop))) return undefined;
    const of = this.totalOf(last.loop);
    // At the last one the loop is soon done, and has a line of its own.
    return last.round !== of && last.round % strideOf(of ?? last.round) === 0 ? { ...last, of } : undefined;
  }
}

/** The loops around a step with the number of the round, from 1, the outermost first. */
export function roundsAround(path: string): { loop: string; round: number }[] {
  return [...path.matchAll(/\[(\d+)\]/g)].map((match) => ({
    loop: path.slice(0, match.index),
    round: Number(match[1]) + 1,
  }));
}

/** Every so many rounds there is a milestone: 10 to 20 of them, at numbers that are round. */
function strideOf(rounds: number): number {
  const most = Math.max(1, rounds / MOST_ROUNDS_IN_LINES);
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((times) => times * power).find((stride) => stride >= most) ?? 10 * power;
}
