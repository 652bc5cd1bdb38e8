import type { Store } from '../../storage/store.js';

/** The open questions of the store. */
export class Questions {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** How many wait for a person. */
  async count(): Promise<number> {
    let open = 0;
    for await (const brief of this.#store.listRuns({ state: 'NEED_CLARIFICATION', limit: Infinity })) {
      if (!('unreadable' in brief)) open += brief.open_questions;
    }
    return open;
  }
}
