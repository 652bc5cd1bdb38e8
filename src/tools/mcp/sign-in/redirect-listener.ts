import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { errnoOf } from '../../../domain/errors.js';
import { untilAborted } from '../../../timing/limit.js';
import { ServerFault } from '../server-fault.js';

const HOST = '127.0.0.1';
const PATH = '/signed-in';

/** Where a browser comes back to at this port. */
export function redirectUrlAt(port: number): string {
  return `http://${HOST}:${port}${PATH}`;
}

/** Where a browser can come back to now: the address of before, if nobody listens there. */
export async function freeRedirectUrl(before: string | undefined): Promise<string> {
  if (before !== undefined && (await canListen(Number(new URL(before).port)))) return before;
  const server = createServer();
  const port = await listen(server, 0);
  await close(server);
  return redirectUrlAt(port);
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port);
  } catch {
    return false;
  }
  await close(server);
  return true;
}

export interface RedirectListening {
  redirectUrl: string;
  signal: AbortSignal;
  onListening?(): void;
  /** Whether a request is the one that is waited for. */
  isExpected(params: URLSearchParams): boolean;
  /** What it brings; the browser is told when it rejects. */
  finish(params: URLSearchParams): Promise<void>;
}

/**
 * Listens on this machine, and on no other address, until a browser comes back. Rejects as `finish` does, with the
 * signal's reason, and with an error of the system when the port is taken.
 */
export async function awaitRedirect(options: RedirectListening): Promise<void> {
  const { redirectUrl, signal } = options;
  signal.throwIfAborted();
  const expected = new URL(redirectUrl);
  const server = createServer();
  const over = new Promise<void>((resolve, reject) => {
    async function hear(params: URLSearchParams, response: ServerResponse): Promise<void> {
      try {
        await options.finish(params);
        response.once('close', resolve);
        reply(response, 200, 'You are signed in. You can close this window.');
      } catch (error) {
        response.once('close', () => reject(error));
        reply(response, 400, 'The sign-in failed. Portia says why.');
      }
    }
    server.on('request', (request, response) => {
      const params = paramsFor(request, expected);
      if (params === undefined) return reply(response, 404, 'There is nothing here.');
      if (!options.isExpected(params)) return reply(response, 400, 'This is not the sign-in that is waited for.');
      return void hear(params, response);
    });
  });
  try {
    await listen(server, Number(expected.port));
    options.onListening?.();
    await untilAborted(over, signal);
  } finally {
    server.closeAllConnections();
    await close(server);
  }
}

/** What a browser brings that comes back; undefined for any other request. */
function paramsFor({ method, url = '', headers }: IncomingMessage, expected: URL): URLSearchParams | undefined {
  // A page elsewhere may have given another name to this machine.
  if (method !== 'GET' || headers.host !== expected.host || !URL.canParse(url, expected.href)) return undefined;
  const { pathname, searchParams } = new URL(url, expected);
  return pathname === expected.pathname ? searchParams : undefined;
}

function reply(response: ServerResponse, status: number, text: string): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', connection: 'close' };
  response.writeHead(status, headers).end(`${text}\n`);
}

/** Gives the port. Rejects with a ServerFault when somebody listens there already. */
async function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const isTaken = errnoOf(error) === 'EADDRINUSE';
      reject(isTaken ? new ServerFault('busy', `its sign-in is waited for already, at ${HOST}:${port}`) : error);
    });
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(isPlace(address) ? address.port : port);
    });
  });
}

function isPlace(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => void server.close(() => resolve()));
}
