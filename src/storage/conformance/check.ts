import type { Store } from '../store.js';

export interface OpenedStore<Kind extends Store = Store> {
  /** With nothing in it. */
  store: Kind;
  /** Another one with the same content, as another process has it. A store that only this process has gives itself. */
  reopen: () => Kind;
  /** Called after the check, however it ends: gives back what the stores hold, for example their connections. */
  close?: (() => Promise<void>) | undefined;
}

/** What a store must do, with what is asked of an empty one. */
export interface Promised<Kind extends Store = Store> {
  name: string;
  check: (opened: OpenedStore<Kind>) => Promise<void>;
}
