import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (response: ServerResponse, request: IncomingMessage, body: string) => void;

export interface FaultServer {
  /** Ends in `/v1`. */
  baseUrl: string;
  seen: { headers: IncomingMessage['headers']; url: string; body: string }[];
  close(): Promise<void>;
}

/** Answers the first request with the first handler and so on; the last one answers all that follow. */
export async function startFaultServer(...handlers: [Handler, ...Handler[]]): Promise<FaultServer> {
  const seen: FaultServer['seen'] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const handler = handlers[Math.min(seen.length, handlers.length - 1)] ?? handlers[0];
      seen.push({ headers: request.headers, url: request.url ?? '', body });
      handler(response, request, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A chat completion with this text, or with these parts of the first choice replaced. */
export function completion(text: string | null, choice: object = {}): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text }, ...choice }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  };
}

export const answer =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Handler =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };

export const raw =
  (text: string, contentType = 'application/json', status = 200): Handler =>
  (response) => {
    response.writeHead(status, { 'content-type': contentType });
    response.end(text);
  };

/** Headers and the beginning of a body; what comes after is up to `then`. */
export const begin =
  (then: (response: ServerResponse) => void): Handler =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"choices":[');
    then(response);
  };
