import type { EventOf } from '../domain/run/events.js';

export type HookCalled = EventOf<'hook.called' | 'hook.changed'>;

/** What hooks did, by the path of the step and by key: none is called again for the same thing. */
export class CalledHooks {
  /** How often the run has stopped: the same stop is told once. */
  stops = 0;
  readonly #ofSteps = new Map<string, Map<string, HookCalled>>();

  add(event: HookCalled): void {
    const path = event.path ?? '';
    const known = this.#ofSteps.get(path) ?? new Map<string, HookCalled>();
    this.#ofSteps.set(path, known.set(event.key, event));
  }

  find(key: string): HookCalled | undefined {
    return this.#ofSteps.get(key.slice(0, key.indexOf('/')))?.get(key);
  }

  /** Those of a step that never runs again. */
  forget(path: string): void {
    this.#ofSteps.delete(path);
  }
}
