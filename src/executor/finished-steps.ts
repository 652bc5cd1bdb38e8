import type { EventBody, EventOf } from '../domain/run/events.js';
import type { Output } from '../domain/run/run.js';
import type { Decision } from './outcomes.js';
import { PathMap } from './path-map.js';

/** The end of a step that never runs again: its output, if it has one. */
type End = Output | typeof DONE | typeof SKIPPED;

const DONE = Symbol('done');
const SKIPPED = Symbol('skipped');

type Completed = EventBody & { type: 'step.completed' };
type Skipped = Pick<EventOf<'step.skipped'>, 'type' | 'path'>;

const CONTINUES: Decision = { outcome: 'continue', reason: '' };

/** The steps that never run again, and what was decided about steps: in little memory, as long loops have many of them. */
export class FinishedSteps {
  readonly #ends = new PathMap<End>();
  readonly #decisions = new PathMap<Decision>();
  readonly #exhausted = new Set<string>();
  readonly #failedItems = new Map<string, Output>();

  add(event: Skipped | Completed): void {
    if (event.type === 'step.completed') this.#complete(event);
    else this.#ends.set(event.path, SKIPPED);
  }

  #complete({ path, exhausted, failed, output }: Completed): void {
    if (exhausted) this.#exhausted.add(path);
    if (failed !== undefined) this.#failedItems.set(path, failed.items);
    this.#ends.set(path, output ?? DONE);
    if (output === undefined) return;
    // A loop that has its value is not replayed.
    this.#ends.forgetInside(path);
    this.#decisions.forgetInside(path);
  }

  addDecision({ path, outcome, reason }: EventOf<'condition.evaluated'>): void {
    // Only the reason for not doing something is needed later.
    this.#decisions.set(path, outcome === 'continue' ? CONTINUES : { outcome, reason });
  }

  has(path: string): boolean {
    return this.#ends.get(path) !== undefined;
  }

  isSkipped(path: string): boolean {
    return this.#ends.get(path) === SKIPPED;
  }

  isExhausted(path: string): boolean {
    return this.#exhausted.has(path);
  }

  failedItems(path: string): Output | undefined {
    return this.#failedItems.get(path);
  }

  outputOf(path: string): Output | undefined {
    const end = this.#ends.get(path);
    return typeof end === 'object' ? end : undefined;
  }

  decision(path: string): Decision | undefined {
    return this.#decisions.get(path);
  }
}
