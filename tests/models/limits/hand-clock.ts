import type { GateClock } from '../../../src/models/limits/provider-gate.js';

/** A clock that a test sets: whoever sleeps wakes when it is past that time. */
export class HandClock implements GateClock {
  #now = 1_800_000_000_000;
  readonly #sleepers = new Set<{ until: number; wake(): void }>();

  now = (): number => this.#now;

  sleep = async (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const sleeper = { until: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });

  /** Resolves when all that follows from it without waiting has happened. */
  async pass(ms: number): Promise<void> {
    await settled();
    this.#now += ms;
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake();
    await settled();
  }
}

/** Resolves when all that can happen without waiting has happened. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
