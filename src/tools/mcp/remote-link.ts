import type * as client from '@modelcontextprotocol/client';
import type { FetchLike, JSONRPCMessage, Transport, TransportSendOptions } from '@modelcontextprotocol/client';

import { CUT, faultOf, faultOfStatus } from './fault-of.js';
import type { ServerConnection } from './server-connection.js';
import { ServerFault } from './server-fault.js';
import type { ServerLink } from './server-session.js';

export type RemoteConnection = Exclude<ServerConnection, { kind: 'stdio' }>;

/** The most that one answer may have, in bytes. */
const MOST_BYTES = 32 * 1024 * 1024;

/** How long a server that is no longer needed may take to hear so. */
const GOODBYE_MS = 1_000;

/** A connection to a server over HTTP, by the newer or the older way. */
export async function remoteLink({ kind, url, headers }: RemoteConnection): Promise<ServerLink> {
  const sdk = await import('@modelcontextprotocol/client');
  return kind === 'sse' ? sseLink(sdk, url, headers) : httpLink(sdk, url, headers);
}

type Sdk = typeof client;

function httpLink(sdk: Sdk, url: string, headers: Record<string, string>): ServerLink {
  const transport = new sdk.StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    fetch: boundedFetch,
  });
  answerCutStreams(transport);
  return {
    transport,
    fault: () => undefined,
    async end() {
      const left = new Promise<void>((resolve) => void setTimeout(resolve, GOODBYE_MS).unref());
      await Promise.race([transport.terminateSession().catch(() => undefined), left]);
      await transport.close();
    },
  };
}

/** All answers come on one stream: when it ends, so does the session, although the package would begin another one. */
function sseLink(sdk: Sdk, url: string, headers: Record<string, string>): ServerLink {
  let fault: ServerFault | undefined;
  let isOpen = false;
  const watchedFetch: FetchLike = async (address, init) => {
    try {
      const response = await boundedFetch(address, init);
      if (!response.ok) fault ??= faultOfStatus(response.status, '');
      isOpen ||= response.ok;
      return response;
    } catch (error) {
      // The package tells of it by a text only.
      if (error instanceof ServerFault) fault ??= error;
      throw error;
    }
  };
  const transport = new sdk.SSEClientTransport(new URL(url), { requestInit: { headers }, fetch: watchedFetch });
  Object.assign(transport, {
    onerror(error: Error) {
      if (!isOpen || !(error instanceof sdk.SseError)) return;
      fault ??= new ServerFault('gone', 'it ended the connection');
      void transport.close();
    },
  });
  return { transport, fault: () => fault, end: async () => transport.close() };
}

const boundedFetch: FetchLike = async (url, init) => {
  const response = await fetch(url, init).catch((error: unknown) => {
    throw init?.signal?.aborted === true ? error : faultOf(error);
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isStream || response.body === null) return response;
  let length = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      length += chunk.length;
      if (length <= MOST_BYTES) return controller.enqueue(chunk);
      const most = `${MOST_BYTES / 1024 / 1024} MB`;
      return controller.error(new ServerFault('too-large', `it answered with more than ${most}`));
    },
  });
  const { status, statusText, headers } = response;
  const bounded = new Response(response.body.pipeThrough(limit), { status, statusText, headers });
  return Object.defineProperty(bounded, 'url', { value: response.url });
};

/** The package waits for ever for an answer whose stream ended without it. */
function answerCutStreams(transport: Transport): void {
  const send = transport.send.bind(transport);
  transport.send = async (message: JSONRPCMessage, options: TransportSendOptions = {}) => {
    if (!('method' in message) || !('id' in message)) return send(message, options);
    const { id } = message;
    return send(message, {
      ...options,
      onRequestStreamEnd() {
        options.onRequestStreamEnd?.();
        transport.onmessage?.({ jsonrpc: '2.0', id, error: { code: CUT, message: 'its answer was cut off' } });
      },
    });
  };
}
