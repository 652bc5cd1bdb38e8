import { endsDrive } from '../domain/run/consents.js';
import type { RunEvent } from '../domain/run/events.js';
import type { Driver } from '../domain/run/driver.js';

/** One drive of a run, as its log tells it. */
export interface Drive {
  /** Undefined where the log does not say it. */
  driver: Driver | undefined;
  /** Whether its end is recorded: nothing that it began is under way then. */
  hasEnded: boolean;
}

/** The drives of a run, one after the other. */
export class Drives {
  #current: Drive = { driver: undefined, hasEnded: false };

  get current(): Drive {
    return this.#current;
  }

  add(event: RunEvent): void {
    if (event.type === 'run.started' || event.type === 'run.resumed') {
      this.#current = { driver: event.driver, hasEnded: false };
    } else if (endsDrive(event.type)) {
      this.#current.hasEnded = true;
    }
  }
}
