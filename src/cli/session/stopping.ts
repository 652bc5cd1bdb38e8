import { Interruption } from '../../executor/interruption.js';
import type { PortiaError } from '../../domain/errors.js';
import type { Io } from './io.js';

/**
 * What ended a prompt that nobody answered: Ctrl-C, or the end of its terminal. In that case the signal may come later.
 */
export function signalOfPrompt({ streams }: Pick<Io, 'streams'>): string {
  return streams.in.isClosed ? 'SIGHUP' : 'SIGINT';
}

/** What the first signal to this process interrupts: everything that is driven here. */
export class Stopping {
  readonly #controllers = new Set<AbortController>();
  /** Stops listening to the signals of the process. */
  readonly release: () => void;
  #stoppedBy: string | undefined;

  constructor(io: Pick<Io, 'onStop'>) {
    this.release = io.onStop(this.stop);
  }

  /** The signal that stopped it, if one did. */
  get stoppedBy(): string | undefined {
    return this.#stoppedBy;
  }

  /** Acts as that signal does. */
  readonly stop = (signal: string): void => {
    this.#stoppedBy ??= signal;
    for (const controller of this.#controllers) controller.abort(new Interruption(this.#stoppedBy));
  };

  /** Does the work under a signal of its own: Node would warn about too many listeners on a shared one. */
  async guard<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    if (this.#stoppedBy !== undefined) controller.abort(new Interruption(this.#stoppedBy));
    this.#controllers.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#controllers.delete(controller);
    }
  }
}

/**
 * Does work that the first signal to this process ends, with all that it started. `interrupted` makes the error of that: from
 * the signal, and from what the work then failed with.
 */
export async function untilStopped<Result>(
  io: Pick<Io, 'onStop'>,
  work: (signal: AbortSignal) => Promise<Result>,
  interrupted: (signal: string, cause: unknown) => PortiaError,
): Promise<Result> {
  const stopping = new Stopping(io);
  try {
    return await stopping.guard(work);
  } catch (error) {
    throw stopping.stoppedBy === undefined ? error : interrupted(stopping.stoppedBy, error);
  } finally {
    stopping.release();
  }
}
