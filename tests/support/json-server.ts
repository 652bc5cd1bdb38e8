import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

/** One request as a server got it. */
export interface Asked {
  /** `POST /v1/chat/completions`: the method, and the path with its query. */
  line: string;
  headers: IncomingHttpHeaders;
  /** The body as JSON; undefined without one. */
  body: Record<string, unknown> | undefined;
}

export interface Answer {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON; a text as it is. */
  body: unknown;
}

export interface JsonServer {
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  /** In order of arrival. */
  asked: Asked[];
}

/** A server on this machine, until the test ends. What `answer` throws is answered with status 400 and its message. */
export async function startJsonServer(answer: (asked: Asked, count: number) => Answer): Promise<JsonServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
      const now = { line: `${request.method ?? ''} ${request.url ?? ''}`, headers: request.headers, body };
      asked.push(now);
      const { status = 200, headers = {}, body: reply } = answerOrRefuse(() => answer(now, asked.length));
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function answerOrRefuse(answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 400, body: { error: { message, type: 'invalid_request_error' } } };
  }
}

/** A chat completion with this text. */
export function chatReply(content: string, message: object = {}): Answer {
  return {
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content, ...message } }],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    },
  };
}
