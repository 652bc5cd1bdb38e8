import type { FetchLike } from '@modelcontextprotocol/client';

import { faultOf } from './fault-of.js';
import { ServerFault } from './server-fault.js';

/**
 * Requests whose answers have at most this many bytes, but for streams of events. What fails is a ServerFault, but for a
 * request that the caller ends.
 */
export function boundedFetch(mostBytes: number): FetchLike {
  return async (url, init) => {
    const response = await fetch(url, init).catch((error: unknown) => {
      throw init?.signal?.aborted === true ? error : faultOf(error);
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (isStream || response.body === null) return response;
    const { status, statusText, headers } = response;
    const body = response.body.pipeThrough(limitTo(mostBytes));
    return Object.defineProperty(new Response(body, { status, statusText, headers }), 'url', { value: response.url });
  };
}

function limitTo(mostBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let length = 0;
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      length += chunk.length;
      if (length <= mostBytes) return controller.enqueue(chunk);
      const most = `${mostBytes / 1024 / 1024} MB`;
      return controller.error(new ServerFault('too-large', `it answered with more than ${most}`));
    },
  });
}
