import type { RunError } from '../domain/errors.js';
import { stepsAround } from '../domain/plan/step-path.js';
import type { EventOf } from '../domain/run/events.js';
import type { JsonObject } from '../domain/values/json.js';
import { PathMap } from './path-map.js';

/** A failure that the plan says what to do about. */
export interface Caught {
  error: RunError;
  /** Path of the step whose `on_error` says it: a loop around the step that failed, or the step itself. */
  by: string;
  seq: number;
}

/** A failure as a plan's expressions see it: `$failure`. */
export function errorData({ code, message, step }: RunError): JsonObject {
  return { code, message, step };
}

/** The steps that failed for good, while their run continues. */
export class CaughtFailures {
  readonly #caught = new PathMap<Caught>();
  /** When each step last failed in a way that it may be tried again, with all that is inside it. */
  readonly #open = new Map<string, number>();

  add({ path, error, caught_by: by, seq }: EventOf<'step.failed'>): void {
    if (by === undefined) this.#open.set(path, seq);
    else this.#caught.set(path, { error, by, seq });
  }

  get(path: string): Caught | undefined {
    const caught = this.#caught.get(path);
    return caught === undefined || this.#isOpenAgain(path, caught) ? undefined : caught;
  }

  /** A loop that has its value is not replayed. */
  forgetInside(path: string): void {
    this.#caught.forgetInside(path);
  }

  /** Between it and what catches it, a step is tried again. */
  #isOpenAgain(path: string, { by, seq }: Caught): boolean {
    const around = stepsAround(path);
    const last = around.indexOf(by);
    return around.slice(0, last + 1).some((outer) => (this.#open.get(outer) ?? 0) > seq);
  }
}
