import { randomBytes } from 'node:crypto';

import type { Person } from '../../domain/run/person.js';

/** What a person may do here: see everything, answer questions, start, resume and cancel runs. */
export const ROLES = ['look', 'answer', 'run'] as const;

export type Role = (typeof ROLES)[number];

/** Somebody who came in. */
export interface WebSession {
  person: Person;
  /** As the pages show the person. */
  name: string;
  roles: ReadonlySet<Role>;
  /** What the forms that were made for them send back. */
  csrf: string;
}

/** After this time without a request a person has to come in again, in milliseconds. */
const IDLE_MS = 12 * 60 * 60 * 1_000;
const BYTES = 32;
/** People who can be here at a time. */
const MOST = 10_000;

/** Who came in, each by the secret of their cookie. They end with the server. */
export class Sessions {
  readonly #all = new Map<string, { session: WebSession; until: number }>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Lets somebody in. Gives the secret of the cookie. */
  open(person: Omit<WebSession, 'csrf'>): string {
    const id = randomBytes(BYTES).toString('base64url');
    const session = { ...person, csrf: randomBytes(BYTES).toString('base64url') };
    const [oldest] = this.#all.keys();
    if (this.#all.size >= MOST && oldest !== undefined) this.#all.delete(oldest);
    this.#all.set(id, { session, until: this.#now().getTime() + IDLE_MS });
    return id;
  }

  /** The session of a cookie; undefined for one that ended or never was. Only what a person does makes it last longer. */
  find(id: string | undefined, { isByPerson }: { isByPerson: boolean }): WebSession | undefined {
    const found = this.#all.get(id ?? '');
    const now = this.#now().getTime();
    if (id === undefined || found === undefined || found.until < now) {
      if (id !== undefined) this.#all.delete(id);
      return undefined;
    }
    if (isByPerson) found.until = now + IDLE_MS;
    return found.session;
  }

  close(id: string): void {
    this.#all.delete(id);
  }
}
