import { settleWithin } from '../../timing/limit.js';

/** How long a host may take to answer. */
const ANSWER_MS = 2_000;

/** How often it is asked while it is watched. */
const ASKING_MS = 1_000;

export interface ListeningParts {
  ask(): void;
  /** Resolves when the process has ended. */
  gone: Promise<void>;
  /** Ends the process, for this reason. */
  end(reason: string): Promise<void>;
}

/** Finds out whether a host still hears what it is told: a call that computes keeps all others in its process from working. */
export class Listening {
  readonly #parts: ListeningParts;
  #watch: NodeJS.Timeout | undefined;
  #asked: Promise<boolean> | undefined;
  #answered = (): void => undefined;

  constructor(parts: ListeningParts) {
    this.#parts = parts;
  }

  /** Asks again and again, or does not any more. */
  watch(isOn: boolean): void {
    if (isOn) this.#watch ??= setInterval(() => void this.isGiven(), ASKING_MS);
    else {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
  }

  /** Whether it listens now. One that does not say so soon is ended: then this resolves after its end. */
  async isGiven(): Promise<boolean> {
    this.#asked ??= this.#ask().finally(() => (this.#asked = undefined));
    return this.#asked;
  }

  /** The host says that it listens. */
  hear(): void {
    this.#answered();
  }

  async #ask(): Promise<boolean> {
    const { ask, gone, end } = this.#parts;
    const answered = new Promise<boolean>((resolve) => {
      this.#answered = () => resolve(true);
    });
    ask();
    try {
      return await settleWithin(Promise.race([answered, gone.then(() => false)]), ANSWER_MS);
    } catch {
      await end(`it did not answer for ${ANSWER_MS / 1000} s`);
      return false;
    }
  }
}
