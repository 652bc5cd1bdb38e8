import type { FetchLike } from '@modelcontextprotocol/client';

import { isOwnMachine } from '../../../domain/values/own-machine.js';
import { boundedFetch } from '../bounded-fetch.js';
import { ServerFault, type FaultKind } from '../server-fault.js';

/** The most that one answer may have, in bytes: metadata and tokens are short. */
const MOST_BYTES = 1024 * 1024;

const ANSWER_MS = 20_000;

/** The longest address at which a person signs in. */
const LONGEST_URL = 8_000;

const send = boundedFetch(MOST_BYTES);

/** Requests to the servers that sign people in at a server of this address. */
export function authorizationFetch(server: URL): FetchLike {
  return async (url, init) => {
    const address = new URL(url);
    requireSafe(address, server);
    const fault = (kind: FaultKind, what: string) =>
      new ServerFault(kind, `${address.host}, where people sign in, ${what}`, { isNotDone: true });
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await send(url, { ...init, signal }).catch((error: unknown) => {
      if (signal.aborted) throw fault('silent', 'did not answer in time');
      if (!(error instanceof ServerFault)) throw error;
      throw fault(error.kind, error.message.replace(/^it /, ''));
    });
    if (init?.method !== 'POST' || !isPassing(response.status)) return response;
    await response.body?.cancel();
    throw fault('busy', `answered with status ${response.status}`);
  };
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Throws a ServerFault for an address to which no person and no key may be sent for this server. */
export function requireSafe(url: URL, server: URL): void {
  const isOpen = url.protocol === 'http:' && isOwnMachine(url.hostname) && isOwnMachine(server.hostname);
  if (url.protocol !== 'https:' && !isOpen) throw unusable(`leads to ${url.protocol}, and not to https:`);
  if (url.username !== '' || url.password !== '') throw unusable('leads to an address with a user name or password');
  if (url.href.length > LONGEST_URL) throw unusable(`leads to an address of more than ${LONGEST_URL} characters`);
}

/** A sign-in that the server asks for and that is not made; `what` follows "its sign-in". */
export function unusable(what: string): ServerFault {
  return new ServerFault('unauthorized', `its sign-in ${what}`);
}
