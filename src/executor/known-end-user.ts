import { newEndUser, type EndUser } from '../domain/run/end-user.js';
import { DEFAULT_END_USER } from '../domain/run/run.js';
import type { Store } from '../storage/store.js';

/** Whom a run is for, and what is known of them now; the same for the runs inside it. */
export class KnownEndUser {
  readonly #store: Store;
  #user: EndUser;

  constructor(user: EndUser, store: Store) {
    this.#user = user;
    this.#store = store;
  }

  get user(): EndUser {
    return this.#user;
  }

  /** As it is now: another process may have changed it. */
  async look(): Promise<EndUser> {
    this.#user = (await this.#store.readEndUser(this.#user.external_id)) ?? this.#user;
    return this.#user;
  }

  /** Keeps what a call wants to be known, and gives the names of it. */
  async keep(data: Record<string, string | null> = {}): Promise<string[]> {
    const names = Object.keys(data);
    if (names.length === 0) return [];
    this.#user = await this.#store.changeEndUser(this.#user.external_id, { additional_data: data });
    return names;
  }
}

/** Keeps one who has a name of their own, so that what is known can be filled in. */
export async function knownEndUser(id: string, store: Store): Promise<KnownEndUser> {
  const user = id === DEFAULT_END_USER ? await store.readEndUser(id) : await store.changeEndUser(id, {});
  return new KnownEndUser(user ?? newEndUser(id), store);
}
