import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';

import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';

import { HOST, listenHere } from '../listen-here.js';
import { guardResponse } from './http-guard.js';
import { Sessions } from './http-sessions.js';
import type { ProjectServer } from './mcp-server.js';

/** The path at which clients find the server. */
const PATH = '/mcp';

/** Bytes of one request; a plan or an answer is far smaller. */
const LIMITS = { maxRequestBodySize: 4 * 1024 * 1024 };

/**
 * Serves any number of clients over HTTP on the loopback address until the signal. Only requests with the token, made
 * under the name of this machine, are heard. Rejects with `unavailable` when the port cannot be had.
 */
export async function serveOverHttp(
  project: ProjectServer,
  {
    port,
    token,
    signal,
    onListening,
  }: { port: number; token: string; signal: AbortSignal; onListening(url: string): Promise<void> },
): Promise<void> {
  const handler = createMcpHandler(() => project.connection(), { legacy: 'reject', ...LIMITS });
  const sessions = new Sessions(() => project.connection(), LIMITS);
  const respond = async (incoming: IncomingMessage, gone: AbortSignal): Promise<Response> => {
    const head = headOf(incoming);
    const refused = guardResponse(head, token);
    if (refused !== undefined) return refused;
    if (new URL(head.url).pathname !== PATH) return new Response(null, { status: 404 });
    const hasBody = head.method !== 'GET' && head.method !== 'HEAD';
    const request = new Request(head, { signal: gone, ...(hasBody && { body: await bodyOf(incoming) }) });
    const isLegacy = request.method !== 'POST' || (await isLegacyRequest(request, undefined, LIMITS));
    return isLegacy ? sessions.respond(request) : handler.fetch(request);
  };
  const server = createServer((request, response) => {
    answer(request, response, respond).catch(async (error: unknown) => project.report(error));
  });
  const taken = await listenHere(server, { port, anyPort: '--http 0' });
  await onListening(`http://${HOST}:${taken}${PATH}`);
  if (!signal.aborted) await once(signal, 'abort');
  const closed = once(server, 'close');
  server.close();
  // Runs first, so that each call still gets its answer: how its run was saved.
  await project.close();
  await Promise.all([handler.close(), sessions.close()]);
  server.closeAllConnections();
  await closed;
}

/** Answers one request. Rejects when that is impossible, but not for a client that has gone. */
async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  respond: (incoming: IncomingMessage, gone: AbortSignal) => Promise<Response>,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on('close', () => gone.abort());
  try {
    const response = await respond(incoming, gone.signal);
    // A connection that is closed before all of a request was read is reset, and the answer may be lost.
    incoming.resume();
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body === null) outgoing.end();
    else await pipeline(Readable.fromWeb(response.body), outgoing);
  } catch (error) {
    if (gone.signal.aborted) return;
    if (!outgoing.headersSent) outgoing.writeHead(500);
    outgoing.end();
    throw error;
  }
}

/** The request without its body. */
function headOf({ method = 'GET', url = '/', headers, headersDistinct }: IncomingMessage): Request {
  const pairs = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return new Request(new URL(url, `http://${headers.host ?? HOST}`), { method, headers: pairs });
}

/** The body, read to its end. Of one that is too long only so much is kept that this can be seen. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  incoming.on('data', (piece: Buffer) => {
    if (bytes <= LIMITS.maxRequestBodySize) pieces.push(piece);
    bytes += piece.length;
  });
  await finished(incoming);
  return Buffer.concat(pieces);
}
