import { once } from 'node:events';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import { listenHere } from '../listen-here.js';
import { limitConnections } from './connections.js';
import type { Door, Entrance } from './entrance.js';
import { originsOf, spelledHost } from './origins.js';
import type { OpenedSite } from './open-site.js';
import { newSecret, Sessions } from './sessions.js';
import type { TlsFiles } from './tls-files.js';
import type { WebServing } from './web-serving.js';

/** Where and to whom pages are shown. */
export interface Listening {
  host: string;
  /** 0 for a free one. */
  port: number;
  tls: TlsFiles | undefined;
  /** Undefined: whoever opens the address that is printed. */
  entrance: Entrance | undefined;
  isBehindProxy: boolean;
}

/** Milliseconds for a request to arrive, and for its head: who sends slowly keeps nothing busy. */
const TIMES = { requestTimeout: 60_000, headersTimeout: 20_000, connectionsCheckingInterval: 5_000 };

/** Where the pages are: the address to open, and where the server listens, as HOST:PORT. */
interface Address {
  url: string;
  listensAt: string;
}

/** Serves the pages until the signal. Rejects with `unavailable` when the port cannot be had. */
export async function serveWeb(
  serving: WebServing,
  {
    listening: { host, port, tls, entrance = { kind: 'token', token: newSecret() }, isBehindProxy },
    signal,
    onListening,
  }: { listening: Listening; signal: AbortSignal; onListening(address: Address): Promise<void> },
): Promise<void> {
  const { services } = serving;
  const door: Door = { sessions: new Sessions(services.now), origins: [], cookie: '', entrance, isBehindProxy };
  // The pages are loaded once the address is known: it is printed sooner.
  let opened: Promise<OpenedSite> | undefined;
  const site = () => (opened ??= loadSite(serving, { door, host }));
  const listener: RequestListener = (request, response) =>
    void site().then(
      ({ listener: answer }) => answer(request, response),
      () => response.destroy(),
    );
  const server =
    tls === undefined
      ? createPlainServer(TIMES, listener)
      : createTlsServer({ ...TIMES, ...tls, handshakeTimeout: TIMES.headersTimeout }, listener);
  limitConnections(server);
  const taken = await listenHere(server, { host, port, anyPort: '--port 0' });
  const publicUrl = services.settings.publicUrl?.value;
  // Its names need the port. It hears nobody before.
  door.origins = originsOf({ host, port: taken, isTls: tls !== undefined, publicUrl });
  // Cookies do not tell ports apart.
  door.cookie = `portia-${taken}`;
  await onListening({ url: addressToOpen(door, publicUrl), listensAt: `${spelledHost(host)}:${taken}` });
  if (!signal.aborted) {
    await site();
    await once(signal, 'abort');
  }
  const closed = once(server, 'close');
  server.close();
  await (await opened)?.close();
  server.closeAllConnections();
  await closed;
}

/** The token is for this machine; others come by the address that people are told. */
function addressToOpen({ origins: [own = ''], entrance }: Door, publicUrl: string | undefined): string {
  return entrance.kind === 'token' ? `${own}/enter?token=${entrance.token}` : (publicUrl ?? `${own}/`);
}

async function loadSite(serving: WebServing, reached: { door: Door; host: string }): Promise<OpenedSite> {
  const { openSite } = await import('./open-site.js');
  return openSite(serving, reached);
}
