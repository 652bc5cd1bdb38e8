import { isJsonObject, jsonOf, type Json } from '../domain/values/json.js';
import { PortiaError } from '../domain/errors.js';
import { limitTime } from '../timing/limit.js';
import { askOnce, httpFetch, type Fetch } from './endpoint/http-fetch.js';
import { faultToError, type AskedEndpoint } from './faults/fault-errors.js';
import { FaultError, statusFault } from './faults/faults.js';
import { addressBelow } from './providers/base-url.js';
import { unusable } from './unusable-reply.js';

/** What a text means, as a list of numbers. */
export type Vector = readonly number[];

export interface EmbeddingsEndpoint extends AskedEndpoint {
  /** The key, and what else the endpoint wants. */
  headers: Record<string, string>;
  /** Default: HTTP. */
  fetch?: Fetch | undefined;
}

/** Whoever waits for examples waits for a plan: a model on this machine has answered by then. */
const TIME_MS = 30_000;
const LIMITS = { idleMs: TIME_MS, maxBytes: 64 * 1024 * 1024 };

/**
 * A vector for each text, in order and all of one length, by `/embeddings` of OpenAI's protocol. It is asked once. Rejects
 * with the PortiaErrors of a model that cannot be asked, and with the signal's reason.
 */
export async function embed(endpoint: EmbeddingsEndpoint, texts: string[], outer: AbortSignal): Promise<Vector[]> {
  const { modelId, modelName: model, baseUrl, headers, fetch = httpFetch } = endpoint;
  const limit = limitTime(outer, TIME_MS, { late: () => tooSlow(endpoint) });
  try {
    const asking = askOnce(fetch, {
      url: addressBelow(baseUrl, 'embeddings'),
      method: 'POST',
      headers: new Headers({ accept: 'application/json', 'content-type': 'application/json', ...headers }),
      body: JSON.stringify({ model, input: texts, encoding_format: 'float' }),
      signal: limit.signal,
      limits: LIMITS,
    });
    const { response, body } = await limit.race(asking);
    if (!response.ok) {
      throw new FaultError(statusFault({ status: response.status, headers: response.headers, body }));
    }
    const vectors = readVectors(jsonOf(body), texts.length);
    if (vectors === undefined) throw unusable(modelId, 'It does not have a list of numbers for each text.');
    return vectors;
  } catch (error) {
    limit.signal.throwIfAborted();
    if (!(error instanceof FaultError)) throw error;
    throw faultToError(error.fault, endpoint, {
      attempts: 1,
      hasFormat: false,
      hasImages: false,
      retryAfterMs: undefined,
    });
  } finally {
    limit.clear();
  }
}

function readVectors(reply: Json | undefined, count: number): Vector[] | undefined {
  const data = isJsonObject(reply) && Array.isArray(reply['data']) ? reply['data'] : [];
  const sorted = data
    .flatMap((entry, place) =>
      isJsonObject(entry) ? [{ place, index: entry['index'], embedding: entry['embedding'] }] : [],
    )
    .toSorted((one, other) => placeOf(one) - placeOf(other));
  const vectors = sorted.flatMap(({ embedding }) => (isVector(embedding) ? [embedding] : []));
  const isWhole = vectors.length === count && vectors.every(({ length }) => length === vectors[0]?.length);
  return isWhole ? vectors : undefined;
}

function placeOf({ index, place }: { index: Json | undefined; place: number }): number {
  return typeof index === 'number' ? index : place;
}

export function isVector(value: unknown): value is Vector {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'number');
}

function tooSlow({ modelId, baseUrl }: AskedEndpoint): PortiaError {
  return new PortiaError('timed-out', `${modelId} gave no embeddings within ${TIME_MS / 1000} s.`, {
    why: `${baseUrl} gave no complete answer.`,
    fix: 'Try again later.',
    retryable: true,
  });
}
