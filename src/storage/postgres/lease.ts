/** How often a lease is looked at while it lasts. */
const LOOKS = 6;

export interface LeaseOptions {
  /** How long it lasts after a renewal, in milliseconds. */
  ms: number;
  /** Renews it: false when another driver has the run. May reject; it is tried again then. */
  renew: () => Promise<boolean>;
  /** What the signal is aborted with. */
  reason: () => unknown;
}

/**
 * The right to drive a run for a while. It is renewed by each write and by a timer, and is lost when it ran out on this
 * process's monotonic clock or when another driver has the run.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewedAt = performance.now();
  #isRenewing = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), options.ms / LOOKS).unref();
  }

  /** Aborted when it is lost, also right after the process was frozen, when no timer has run yet. */
  get lost(): AbortSignal {
    if (this.#age() >= this.#options.ms) this.lose();
    return this.#lost.signal;
  }

  /** @param sentAt `performance.now()` before the renewal was sent: the database began to count after it. */
  renewed(sentAt: number): void {
    this.#renewedAt = Math.max(this.#renewedAt, sentAt);
  }

  lose(): void {
    clearInterval(this.#timer);
    this.#lost.abort(this.#options.reason());
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.lost.aborted || this.#isRenewing || this.#age() < this.#options.ms / 3) return;
    this.#isRenewing = true;
    const sentAt = performance.now();
    try {
      if (await this.#options.renew()) this.renewed(sentAt);
      else this.lose();
    } catch {
      // Until the lease runs out, the next look tries again.
    } finally {
      this.#isRenewing = false;
    }
  }

  #age(): number {
    return performance.now() - this.#renewedAt;
  }
}
