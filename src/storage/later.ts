import type { RunEvent } from '../domain/run/events.js';

/** Results of reads can be read again, so they wait a moment for others: together they cost one flush. */
const FLUSH_MS = 150;
/** A run gets its first file soon after its start; a run that is over by then writes it at its end. */
const FIRST_SNAPSHOT_MS = 50;
const SNAPSHOT_MS = 800;
/** At most this part of the time goes into files of a run that is under way. */
const SHARE = 1 / 20;

/** What a log does while a run is under way, without being asked for. Its timers keep no process alive. */
export class Later {
  readonly #act: { flush: () => void; snapshot: () => void };
  #flush: NodeJS.Timeout | undefined;
  #snapshot: NodeJS.Timeout | undefined;
  #snapshotDue = 0;
  #pauseMs = SNAPSHOT_MS;

  constructor(act: { flush: () => void; snapshot: () => void }) {
    this.#act = act;
  }

  appended({ type }: RunEvent, hasSnapshot: boolean): void {
    if (type === 'tool.finished') this.#flush ??= setTimeout(() => this.#act.flush(), FLUSH_MS).unref();
    if (this.#snapshot === undefined) {
      const ms = hasSnapshot ? this.#pauseMs : FIRST_SNAPSHOT_MS;
      this.#snapshotDue = performance.now() + ms;
      this.#snapshot = setTimeout(() => this.#writeSnapshot(), ms).unref();
    } else if (performance.now() > this.#snapshotDue) {
      // Steps that only compute leave timers no time.
      this.#writeSnapshot();
    }
  }

  #writeSnapshot(): void {
    const begun = performance.now();
    this.#forgetSnapshot();
    this.#act.snapshot();
    this.#pauseMs = Math.max(SNAPSHOT_MS, (performance.now() - begun) / SHARE);
  }

  flushed(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
  }

  /** A snapshot has everything that was appended so far. */
  written(): void {
    this.flushed();
    this.#forgetSnapshot();
  }

  #forgetSnapshot(): void {
    clearTimeout(this.#snapshot);
    this.#snapshot = undefined;
  }
}
