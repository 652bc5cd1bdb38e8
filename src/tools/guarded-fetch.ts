import * as dns from 'node:dns';
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

import { unpackedBody } from '../network/unpacked-body.js';
import { shownUrl } from '../domain/values/secret-names.js';
import { describeThrown } from '../domain/values/thrown.js';
import { limitTime } from '../timing/limit.js';
import { bareHost, isPublicAddress } from './public-address.js';

/** A request to a server that somebody named: a setting, a model, a page. */
export interface GuardedRequest {
  url: URL;
  /** Default `GET`. Redirects are followed for `GET` and `HEAD` only. */
  method?: string;
  /** Sent to the origin of `url`; a redirect to another one gets none of them. */
  headers?: Record<string, string>;
  body?: string | undefined;
  /** Ends the request at once. */
  signal: AbortSignal;
  /** Whether the server of `url` may be in a private network. No redirect leads to another one there. */
  mayBePrivate?: boolean;
  /** From the first request to the last byte of the answer. Default 30,000. */
  timeoutMs?: number;
  /** Longest body, unpacked. Default 10,000,000. */
  maxBytes?: number;
}

/** What is known of the network from here. */
export interface Network {
  /** Finds the addresses of a name. */
  resolve(name: string, tell: (error: Error | null, addresses: dns.LookupAddress[]) => void): void;
  isPublic(address: string): boolean;
}

/** Whatever the server said, also with a status that is an error. */
export interface GuardedAnswer {
  /** Where the answer comes from, after redirects. */
  url: URL;
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/**
 * Why there is no answer. `refused`: the request may not be made; `unreached`: the server did not get it; `broken`: it
 * may have got it, and nobody knows what it did; `unusable`: it answered something that is not taken.
 */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';
  readonly kind: 'refused' | 'unreached' | 'broken' | 'unusable';

  constructor(kind: RequestFault['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The server, or one that it redirects to, is not on the public internet. */
export class NotPublic extends RequestFault {
  /** As the address names it, an IPv6 address without brackets. */
  readonly host: string;

  constructor(host: string, address: string) {
    const where = address === host ? '' : ` (${address})`;
    super('refused', `${host}${where} is not on the public internet`);
    this.host = host;
  }
}

/**
 * Asks a server on the public internet. Only http and https are spoken. The addresses of each server, also of those that
 * a redirect leads to, are checked, and the connection is made to exactly these: a name that means another address a
 * moment later does not matter.
 *
 * Rejects with a RequestFault, or with the reason of `signal`.
 */
export async function guardedFetch(request: GuardedRequest): Promise<GuardedAnswer> {
  return fetchGuarded(request, {
    resolve: (name, tell) => dns.lookup(name, { all: true }, tell),
    isPublic: isPublicAddress,
  });
}

const MAX_REDIRECTS = 5;

/** The same in a network that may be another one. */
export async function fetchGuarded(request: GuardedRequest, network: Network): Promise<GuardedAnswer> {
  const { signal, timeoutMs = 30_000 } = request;
  const limit = limitTime(signal, timeoutMs);
  const hop: Hop = { url: request.url, signal: limit.signal, isSent: false, network };
  try {
    return await followRedirects(request, hop);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RequestFault) throw error;
    const kind = hop.isSent ? 'broken' : 'unreached';
    if (limit.signal.aborted) throw new RequestFault(kind, `${hop.url.host} did not answer within ${timeoutMs} ms`);
    if (!hop.isSent) throw new RequestFault(kind, `${hop.url.host} cannot be reached: ${describeThrown(error)}`);
    throw new RequestFault(kind, `the connection to ${hop.url.host} broke: ${describeThrown(error)}`);
  } finally {
    limit.clear();
  }
}

/** Where a request is now. */
interface Hop {
  url: URL;
  signal: AbortSignal;
  /** Whether the server may have got it. */
  isSent: boolean;
  network: Network;
}

async function followRedirects(request: GuardedRequest, hop: Hop): Promise<GuardedAnswer> {
  const { method = 'GET' } = request;
  const mayFollow = method === 'GET' || method === 'HEAD';
  for (let redirects = 0; ; redirects += 1) {
    const incoming = await send(request, hop);
    const { statusCode: status = 0, headers } = incoming;
    const target = redirectOf(status, headers.location, hop.url);
    if (target === undefined) return { url: hop.url, status, headers, body: await readBody(incoming, request) };
    incoming.destroy();
    const shown = shownUrl(target.href);
    if (!mayFollow)
      throw new RequestFault('unusable', `${hop.url.host} redirects to ${shown}, which only a GET follows`);
    if (redirects === MAX_REDIRECTS) {
      throw new RequestFault('unusable', `${hop.url.host} redirects to ${shown}, after ${MAX_REDIRECTS} redirects`);
    }
    hop.url = target;
  }
}

function redirectOf(status: number, location: string | undefined, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  if (!URL.canParse(location, from.href)) {
    throw new RequestFault('unusable', `${from.host} redirects to what is not an address`);
  }
  return new URL(location, from);
}

async function send(request: GuardedRequest, hop: Hop): Promise<http.IncomingMessage> {
  const { method = 'GET', headers = {}, body, mayBePrivate = false } = request;
  const { url, signal, network } = hop;
  refuseOtherAddresses(url);
  const isOwn = url.origin === request.url.origin;
  const isGuarded = !(mayBePrivate && isOwn);
  if (isGuarded) refusePrivate(bareHost(url), [bareHost(url)].filter(isAddress), network);
  const isSecure = url.protocol === 'https:';
  const own = isOwn ? headers : {};
  hop.isSent = false;
  return new Promise((onAnswer, onFault) => {
    const sent = (isSecure ? https : http).request(url, {
      method,
      signal,
      headers: { accept: '*/*', 'accept-encoding': 'gzip, br', 'user-agent': 'portia', ...own },
      // No connection that somebody else opened: its address was not checked.
      agent: false,
      ...(isGuarded && { lookup: guardedLookup(network) }),
    });
    sent.once('socket', (socket) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        hop.isSent = true;
      });
    });
    sent.once('response', onAnswer);
    sent.on('error', onFault);
    sent.end(body);
  });
}

function refuseOtherAddresses({ protocol, host, username, password }: URL): void {
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw new RequestFault('refused', `only http and https addresses are used, not ${protocol}`);
  }
  if (username !== '' || password !== '') {
    throw new RequestFault('refused', `the address of ${host} holds a user name or password`);
  }
}

const isAddress = (host: string): boolean => isIP(host) !== 0;

function refusePrivate(host: string, addresses: readonly string[], { isPublic }: Network): void {
  const address = addresses.find((candidate) => !isPublic(candidate));
  if (address !== undefined) throw new NotPublic(host, address);
}

/** Gives the addresses of a name only when all of them are public: the connection is made to one of them. */
export function guardedLookup(network: Network): LookupFunction {
  return (name, { all = false }, tell) => {
    network.resolve(name, (error, addresses) => {
      try {
        if (error !== null) throw error;
        const found = addresses.map(({ address }) => address);
        refusePrivate(name, found, network);
        const [first] = addresses;
        if (all || first === undefined) tell(null, addresses);
        else tell(null, first.address, first.family);
      } catch (fault) {
        tell(fault instanceof Error ? fault : new Error(describeThrown(fault)), []);
      }
    });
  };
}

const NO_BODY = new Set<number | undefined>([204, 205, 304]);

async function readBody(
  incoming: http.IncomingMessage,
  { method, maxBytes = 10_000_000 }: GuardedRequest,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Headers may say that a body is packed which is not sent.
  if (method === 'HEAD' || NO_BODY.has(incoming.statusCode)) incoming.headers['content-encoding'] = undefined;
  for await (const chunk of unpackedBody(incoming) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop ends the connection.
    if (bytes > maxBytes) throw new RequestFault('unusable', `the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
