import type { RunEvent } from '../domain/run/events.js';
import type { Run } from '../domain/run/run.js';

/**
 * A run that is driven. Awaiting it gives the run as it ended or paused; `events` gives its events as they are recorded,
 * from the first one, to any number of readers, and ends with the run. When the run cannot continue, both reject.
 */
export interface Running extends Promise<Run> {
  readonly events: AsyncIterable<RunEvent>;
}

/** A run that is driven by some work, which reports its events to a listener. */
export class DrivenRun implements Running {
  readonly [Symbol.toStringTag] = 'Running';
  readonly #recorded: RunEvent[] = [];
  readonly #ended: Promise<Run>;
  #isOver = false;
  #wake = () => {};
  #changed: Promise<void>;

  constructor(work: (listener: (event: RunEvent) => void) => Promise<Run>) {
    this.#changed = this.#nextChange();
    this.#ended = work((event) => {
      this.#recorded.push(event);
      this.#tell();
    }).finally(() => {
      this.#isOver = true;
      this.#tell();
    });
    // Whoever awaits the run or reads its events gets the rejection; nobody else must die of it.
    this.#ended.catch(() => undefined);
  }

  get events(): AsyncIterable<RunEvent> {
    return { [Symbol.asyncIterator]: () => this.#read() };
  }

  // oxlint-disable-next-line unicorn/no-thenable -- It is meant to be awaited.
  then<Result = Run, Failure = never>(
    onEnded?: ((run: Run) => Result | PromiseLike<Result>) | null,
    onFailed?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    return this.#ended.then(onEnded, onFailed);
  }

  catch<Failure = never>(
    onFailed?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Run | Failure> {
    return this.#ended.catch(onFailed);
  }

  finally(onOver?: (() => void) | null): Promise<Run> {
    return this.#ended.finally(onOver);
  }

  async *#read(): AsyncGenerator<RunEvent> {
    for (let next = 0; ;) {
      const event = this.#recorded[next];
      if (event !== undefined) {
        next += 1;
        yield event;
      } else if (this.#isOver) {
        await this.#ended;
        return;
      } else await this.#changed;
    }
  }

  #tell(): void {
    const wake = this.#wake;
    this.#changed = this.#nextChange();
    wake();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
