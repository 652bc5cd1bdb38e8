import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { onTestFinished } from 'vitest';

import { isJsonObject, type JsonObject } from '../../src/domain/values/json.js';

/** What a server over HTTP does in place of an answer to a call. */
export type HttpFault =
  | { status: number; body?: string; headers?: Record<string, string> }
  | 'cut-stream'
  | 'cut-body'
  | 'never'
  | 'wrong-type'
  | 'huge'
  | 'redirect'
  | 'forgets-session';

export interface HttpServerAtWork {
  url: string;
  /** Names and arguments of the calls that it was asked for. */
  calls: JsonObject[];
  /** Requests by method of HTTP and of the protocol. */
  seen: { method: string; asked: string; headers: IncomingMessage['headers'] }[];
  /** The faults of the next calls; `undefined` is a call that is answered. */
  faults: (HttpFault | undefined)[];
}

const TOOLS = [
  { name: 'pay', description: 'Pays.', inputSchema: { type: 'object', properties: { amount: { type: 'number' } } } },
];

/** An address of this machine at which nothing listens. */
export async function addressOfNobody(): Promise<string> {
  const server = createServer();
  const origin = await listen(server);
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return `${origin}/mcp`;
}

/** The origin at which it listens from now on. */
async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The same, until the test ends. */
async function listenInTest(server: Server): Promise<string> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return listen(server);
}

/** A server of tools at an address of this machine, spoken to by the protocol of 2025. It ends with the test. */
export async function httpServer(
  refuse?: (headers: IncomingMessage['headers']) => number | undefined,
): Promise<HttpServerAtWork> {
  const atWork: HttpServerAtWork = { url: '', calls: [], seen: [], faults: [] };
  const sessions = { known: new Set<string>(), count: 0 };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const message: unknown = body === '' ? {} : JSON.parse(body);
    const { id, method, params } = isJsonObject(message) ? message : {};
    atWork.seen.push({ method: request.method ?? '', asked: String(method ?? ''), headers: request.headers });
    const refused = refuse?.(request.headers);
    if (refused !== undefined) return void response.writeHead(refused).end('no entry');
    if (request.method !== 'POST') return void response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
    const reply = (result: object, headers: Record<string, string> = {}) =>
      void response
        .writeHead(200, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    if (method === 'initialize') {
      const session = `session-${(sessions.count += 1)}`;
      sessions.known.add(session);
      const { protocolVersion } = isJsonObject(params) ? params : {};
      return reply(
        { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'http', version: '1' } },
        { 'mcp-session-id': session },
      );
    }
    const session = String(request.headers['mcp-session-id']);
    if (!sessions.known.has(session))
      return void response.writeHead(method === 'server/discover' ? 400 : 404).end('no such session');
    if (id === undefined) return void response.writeHead(202).end();
    if (method === 'tools/list') return reply({ tools: TOOLS });
    const fault = atWork.faults.shift();
    if (fault === 'forgets-session') {
      sessions.known.clear();
      return void response.writeHead(404).end('no such session');
    }
    if (fault === undefined || typeof fault !== 'object') atWork.calls.push(isJsonObject(params) ? params : {});
    if (fault !== undefined) return breakDown(fault, response);
    return reply({ content: [{ type: 'text', text: 'paid' }] });
  }

  atWork.url = `${await listenInTest(server)}/mcp`;
  return atWork;
}

function breakDown(fault: Exclude<HttpFault, 'forgets-session'>, response: ServerResponse): void {
  switch (fault) {
    case 'cut-stream':
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(': still at it\n\n');
      return;
    case 'cut-body':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"jsonrpc": ');
      setImmediate(() => response.destroy());
      return;
    case 'never':
      return;
    case 'wrong-type':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>');
      return;
    case 'huge':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`{"x":"${'x'.repeat(33 * 1024 * 1024)}"}`);
      return;
    case 'redirect':
      response.writeHead(307, { location: 'http://127.0.0.1:9/elsewhere' }).end();
      return;
    default:
      response.writeHead(fault.status, fault.headers).end(fault.body);
  }
}

/** A server spoken to by the older way: its answers come on one stream, which ends at the first call when it is cut. */
export async function sseServer({ isCut = false }: { isCut?: boolean } = {}): Promise<{ url: string; calls: number }> {
  const atWork = { url: '', calls: 0 };
  let stream: ServerResponse | undefined;
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
      return void stream.write('event: endpoint\ndata: /messages\n\n');
    }
    const { id, method, params } = JSON.parse(await text(request)) as JsonObject;
    response.writeHead(202).end();
    if (id === undefined) return;
    const send = (more: object) =>
      stream?.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, ...more })}\n\n`);
    const { protocolVersion } = isJsonObject(params) ? params : {};
    if (method === 'initialize') {
      send({ result: { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'sse', version: '1' } } });
    } else if (method === 'tools/list') send({ result: { tools: TOOLS } });
    else if (method === 'tools/call') {
      atWork.calls += 1;
      if (isCut) stream?.destroy();
      else send({ result: { content: [{ type: 'text', text: 'paid' }] } });
    } else send({ error: { code: -32601, message: 'no such method' } });
  }

  atWork.url = `${await listenInTest(server)}/sse`;
  return atWork;
}
