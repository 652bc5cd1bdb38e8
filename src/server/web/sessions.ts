import { randomBytes } from 'node:crypto';

import type { Person } from '../../domain/run/person.js';
import type { Role } from '../../domain/values/roles.js';
import type { SignInChange } from '../../domain/values/sign-in-change.js';

/** Somebody who came in. */
export interface WebSession {
  person: Person;
  /** As the pages show the person. */
  name: string;
  roles: ReadonlySet<Role>;
  /** Those that they would have with a second factor. */
  heldBack?: ReadonlySet<Role> | undefined;
  /** Changes of how they sign in that they have not seen yet. */
  changes?: readonly SignInChange[] | undefined;
  /** What the forms that were made for them send back. */
  csrf: string;
  /** Whether they can sign out here. */
  canLeave: boolean;
  /** Whether they have a password here. */
  hasPassword: boolean;
}

/** Somebody who comes in; `credentials`: what they signed in with. */
export type Visitor = Pick<WebSession, 'person' | 'name' | 'roles'> & { credentials?: string | undefined };

/** A session as it is kept. Times are in milliseconds since 1970. */
interface Kept {
  session: WebSession;
  credentials: string | undefined;
  /** Without another request. */
  until: number;
  /** Whatever happens: OWASP ASVS 3.3.2. */
  latest: number;
}

const HOUR_MS = 60 * 60 * 1_000;
/** After this time without a request a person has to come in again. */
const IDLE_MS = 12 * HOUR_MS;
/** After this time in any case. */
const LONGEST_MS = 7 * 24 * HOUR_MS;
const BYTES = 32;
/** Browsers of one person at a time, and of all. The one that came in first is out when there are more. */
const MOST_OF_ONE = 20;
const MOST = 10_000;

/** Who came in, each by the secret of their cookie. They end with the server. */
export class Sessions {
  readonly #all = new Map<string, Kept>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Lets somebody in. Gives the secret of the cookie. */
  open({ credentials, ...visitor }: Visitor): string {
    const id = newSecret();
    const now = this.#now().getTime();
    const own = [...this.#all].filter(([, { session }]) => session.name === visitor.name).map(([key]) => key);
    const [oldest] = own.length >= MOST_OF_ONE ? own : this.#all.size >= MOST ? this.#all.keys() : [];
    if (oldest !== undefined) this.#all.delete(oldest);
    const session = { ...visitor, csrf: newSecret(), canLeave: true, hasPassword: credentials !== undefined };
    this.#all.set(id, { session, credentials, until: now + IDLE_MS, latest: now + LONGEST_MS });
    return id;
  }

  /** The session of a cookie; undefined for one that ended or never was. Only what a person does makes it last longer. */
  find(id: string, { isByPerson }: { isByPerson: boolean }): Pick<Kept, 'session' | 'credentials'> | undefined {
    const found = this.#all.get(id);
    if (found === undefined) return undefined;
    const now = this.#now().getTime();
    if (Math.min(found.until, found.latest) <= now) {
      this.#all.delete(id);
      return undefined;
    }
    if (isByPerson) found.until = now + IDLE_MS;
    return found;
  }

  close(id: string): void {
    this.#all.delete(id);
  }
}

/** A text that nobody guesses. */
export function newSecret(): string {
  return randomBytes(BYTES).toString('base64url');
}
