import { createHmac } from 'node:crypto';

import type { Person } from '../../domain/run/person.js';
import type { Role } from '../../domain/values/roles.js';
import { nameProblem, plainName } from '../users/user-name.js';
import type { UsersFile } from '../users/users-file.js';
import type { WebContext } from './context.js';
import { newSecret, type WebSession } from './sessions.js';
import { visitorOf } from './visitor-of.js';

/** How a proxy says who makes a request. */
export interface ProxyOptions {
  /** Name of the header. */
  header: string;
  /** Who has which roles. */
  users: UsersFile | undefined;
  /** What those may do who are not in the file. */
  others: readonly Role[];
}

/** Lets in whomever the proxy names. */
export class ProxyDoor {
  readonly #options: ProxyOptions;
  /** Nobody signs in here, so the forms of a person are marked by a secret of this server. */
  readonly #secret = newSecret();

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  /** The person whom the proxy names; undefined where it does not say exactly one name. `by`: who started the server. */
  person(context: WebContext, by: Person): WebSession | undefined {
    const { users, others } = this.#options;
    const name = this.#nameIn(context);
    if (name === undefined) return undefined;
    const user = users?.users().get(name);
    return {
      ...visitorOf({ name, roles: user?.roles ?? [...others] }, by),
      csrf: createHmac('sha256', this.#secret).update(name).digest('base64url'),
      canLeave: false,
      hasPassword: false,
    };
  }

  #nameIn({ env: { incoming } }: WebContext): string | undefined {
    const wanted = this.#options.header.toLowerCase();
    const [value, ...more] = incoming.headersDistinct[wanted] ?? [];
    // Several values may be one that a person sent, and one of the proxy.
    if (value === undefined || more.length > 0 || value.includes(',')) return undefined;
    const name = decoded(value);
    return name === undefined || nameProblem(plainName(name)) !== undefined ? undefined : plainName(name);
  }
}

/** HTTP hands over bytes; proxies write names in UTF-8. */
function decoded(value: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}
