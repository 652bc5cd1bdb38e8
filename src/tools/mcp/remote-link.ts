import type * as client from '@modelcontextprotocol/client';
import type { FetchLike, JSONRPCMessage, Transport, TransportSendOptions } from '@modelcontextprotocol/client';

import { boundedFetch } from './bounded-fetch.js';
import { CUT, faultOfStatus } from './fault-of.js';
import type { ServerConnection } from './server-connection.js';
import { ServerFault } from './server-fault.js';
import type { ServerLink } from './server-session.js';
import type { SignIn } from './sign-in/sign-in.js';

export type RemoteConnection = Exclude<ServerConnection, { kind: 'stdio' }>;

/** The most that one answer may have, in bytes. */
const MOST_BYTES = 32 * 1024 * 1024;

/** How long a server that is no longer needed may take to hear so. */
const GOODBYE_MS = 1_000;

/**
 * A connection to a server over HTTP, by the newer or the older way. Without a key among its headers, a server may want
 * the person to sign in.
 */
export async function remoteLink({ kind, url, headers }: RemoteConnection, signIn?: SignIn): Promise<ServerLink> {
  const sdk = await import('@modelcontextprotocol/client');
  const send = boundedFetch(MOST_BYTES);
  const parts = { sdk, url: new URL(url), headers, send: await signed(new URL(url), signIn, send) };
  return kind === 'sse' ? sseLink(parts) : httpLink(parts);
}

async function signed(url: URL, signIn: SignIn | undefined, send: FetchLike): Promise<FetchLike> {
  if (signIn === undefined) return send;
  const { signedFetch } = await import('./sign-in/signed-fetch.js');
  return signedFetch(url, signIn, send);
}

interface LinkParts {
  sdk: typeof client;
  url: URL;
  headers: Record<string, string>;
  send: FetchLike;
}

function httpLink({ sdk, url, headers, send }: LinkParts): ServerLink {
  const transport = new sdk.StreamableHTTPClientTransport(url, { requestInit: { headers }, fetch: send });
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
function sseLink({ sdk, url, headers, send }: LinkParts): ServerLink {
  let fault: ServerFault | undefined;
  let isOpen = false;
  const watchedFetch: FetchLike = async (address, init) => {
    try {
      const response = await send(address, init);
      if (!response.ok) fault ??= faultOfStatus(response.status, '');
      isOpen ||= response.ok;
      return response;
    } catch (error) {
      // The package tells of it by a text only.
      if (error instanceof ServerFault) fault ??= error;
      throw error;
    }
  };
  const transport = new sdk.SSEClientTransport(url, { requestInit: { headers }, fetch: watchedFetch });
  Object.assign(transport, {
    onerror(error: Error) {
      if (!isOpen || !(error instanceof sdk.SseError)) return;
      fault ??= new ServerFault('gone', 'it ended the connection');
      void transport.close();
    },
  });
  return { transport, fault: () => fault, end: async () => transport.close() };
}

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
