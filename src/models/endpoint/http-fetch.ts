import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';

import { unpackedBody } from '../../network/unpacked-body.js';
import { settleWithin } from '../../timing/limit.js';
import { FaultError } from '../faults/faults.js';

/** The part of `fetch` that is needed to ask an endpoint. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

interface FetchInit {
  method: string;
  headers: Headers;
  body: string;
  signal: AbortSignal;
  redirect: 'manual';
}

/**
 * Sends a request over HTTP/1.1 and resolves when the headers are there. Redirects are not followed.
 *
 * It replaces Node's own fetch, which gives up when no headers have come for 300 s and has no setting for that. A model
 * on this machine sends nothing until its reply is complete, which may take longer.
 */
export const httpFetch: Fetch = (url, { method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const send = new URL(url).protocol === 'https:' ? https.request : http.request;
    const request = send(url, {
      method,
      signal,
      headers: {
        ...Object.fromEntries(headers),
        'content-length': Buffer.byteLength(body),
        'accept-encoding': 'identity',
      },
    });
    request.on('error', reject);
    request.once('response', (incoming) => resolve(toResponse(incoming)));
    request.end(body);
  });

function toResponse(incoming: http.IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const status = incoming.statusCode ?? 0;
  // A Response takes only these; 204 and 304 have no body.
  if (status < 200 || status > 599 || [204, 205, 304].includes(status)) {
    incoming.resume();
    return new Response(null, { status: status >= 200 && status <= 599 ? status : 502, headers });
  }
  return new Response(Readable.toWeb(unpackedBody(incoming)) as ReadableStream<Uint8Array>, { status, headers });
}

const SPACE = 0x20;

const holdsText = (piece: Uint8Array): boolean => piece.some((byte) => byte > SPACE);

export interface BodyLimits {
  /** Longest pause inside a body that has begun, in milliseconds. */
  idleMs: number;
  maxBytes: number;
}

interface Reading {
  limits: BodyLimits;
  /** Called with the bytes of the body as they come. */
  onChunk?: ((chunk: Uint8Array) => void) | undefined;
}

/**
 * The answer to one request, with its whole body without a byte order mark. Rejects with a FaultError: no answer, or a
 * body that is cut off, stalled, or longer than allowed.
 */
export async function askOnce(
  fetch: Fetch,
  { url, limits, onChunk, ...request }: Omit<FetchInit, 'redirect'> & Reading & { url: string },
): Promise<{ response: Response; body: string }> {
  const response = await fetch(url, { ...request, redirect: 'manual' }).catch((error: unknown) => {
    throw new FaultError({ kind: 'network', error });
  });
  return { response, body: (await readBody(response, { limits, onChunk })).replace(/^\uFEFF/, '') };
}

async function readBody(response: Response, { limits: { idleMs, maxBytes }, onChunk }: Reading): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Before it begins a model thinks, or is loaded; servers send white space to say that they are still there.
  let hasBegun: boolean = false;
  const stalled = () => new FaultError({ kind: 'stalled', idleMs });
  try {
    for (;;) {
      const reading = reader.read();
      const { done, value } = await (hasBegun ? settleWithin(reading, idleMs, stalled) : reading);
      if (done) return Buffer.concat(chunks).toString('utf8');
      bytes += value.byteLength;
      if (bytes > maxBytes) throw new FaultError({ kind: 'too-long', maxBytes });
      chunks.push(value);
      onChunk?.(value);
      hasBegun ||= holdsText(value);
    }
  } catch (error) {
    // Closing the connection must not replace the reason for closing it.
    reader.cancel().catch(() => undefined);
    throw error instanceof FaultError ? error : new FaultError({ kind: 'network', error });
  }
}
