import type { Store } from '../store.js';

export interface OpenedStore {
  /** With nothing in it. */
  store: Store;
  /** Another one with the same content, as another process has it. A store that only this process has gives itself. */
  reopen: () => Store;
}

/** What a store must do, with what is asked of an empty one. */
export interface Promised {
  name: string;
  check: (opened: OpenedStore) => Promise<void>;
}
