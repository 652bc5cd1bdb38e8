import { PortiaError } from '../domain/errors.js';
import { isJsonObject, jsonOf, type Json, type JsonObject } from '../domain/values/json.js';
import { limitTime } from '../timing/limit.js';
import { modelsUrl } from './providers/base-url.js';
import { faultToError, type AskedEndpoint } from './faults/fault-errors.js';
import { FaultError, statusFault } from './faults/faults.js';
import { askOnce, httpFetch, type Fetch } from './endpoint/http-fetch.js';

/** A model that an endpoint has. */
export interface OfferedModel {
  /** What the endpoint calls it. */
  name: string;
  owner?: string;
  /** Tokens of a request and its reply together. */
  contextWindow?: number;
}

export interface ModelList extends AskedEndpoint {
  /** The key, and what else the endpoint wants. */
  headers: Record<string, string>;
  /** Default: `/models` below the base URL. */
  modelsUrl?: string | undefined;
  /** Default: HTTP. */
  fetch?: Fetch | undefined;
}

const TIME_MS = 30_000;
const LIMITS = { idleMs: TIME_MS, maxBytes: 16 * 1024 * 1024 };

/**
 * The models that an endpoint offers, by name. Rejects with the PortiaErrors of a model that cannot be asked, and with
 * `no-model` when the endpoint lists none.
 */
export async function offeredModels(list: ModelList): Promise<OfferedModel[]> {
  const url = list.modelsUrl ?? modelsUrl(list.baseUrl);
  const limit = limitTime(new AbortController().signal, TIME_MS, { late: () => tooSlow(list.modelId, url) });
  try {
    const { status, body } = await limit.race(ask(url, list, limit.signal));
    const models = status === 200 ? readModels(body) : undefined;
    if (models === undefined) throw noList(list, url, status);
    return models.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw faultToError(error.fault, list, { attempts: 1, hasFormat: false, hasImages: false, retryAfterMs: undefined });
  } finally {
    limit.clear();
  }
}

/** The models in the body of a list, whatever its form; undefined when it is not a list. */
export function readModels(body: string): OfferedModel[] | undefined {
  const parsed = jsonOf(body);
  const list = isJsonObject(parsed) ? (parsed['data'] ?? parsed['models']) : parsed;
  return Array.isArray(list) ? list.flatMap(readModel) : undefined;
}

function readModel(entry: Json): OfferedModel[] {
  const name = isJsonObject(entry) ? (entry['id'] ?? entry['name']) : entry;
  if (typeof name !== 'string' || name === '') return [];
  const { owned_by: owner } = isJsonObject(entry) ? entry : {};
  const contextWindow = isJsonObject(entry) ? windowOf(entry) : undefined;
  return [
    {
      // Google has its models in a folder, and takes them without it.
      name: name.replace(/^models\//, ''),
      ...(typeof owner === 'string' && { owner }),
      ...(contextWindow !== undefined && { contextWindow }),
    },
  ];
}

/** What providers call it. */
const WINDOWS = [
  'context_length',
  'context_window',
  'max_model_len',
  'max_context_length',
  'max_input_tokens',
  'n_ctx',
];

function windowOf({ meta, limits, ...entry }: JsonObject): number | undefined {
  const places = [entry, meta, limits].filter((place) => isJsonObject(place));
  const found = places.flatMap((place) => WINDOWS.map((key) => place[key]));
  return found.find((value): value is number => typeof value === 'number' && value > 0);
}

async function ask(
  url: string,
  { headers, fetch = httpFetch }: ModelList,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const sent = new Headers({ accept: 'application/json', ...headers });
  const { response, body } = await askOnce(fetch, {
    url,
    method: 'GET',
    headers: sent,
    body: '',
    signal,
    limits: LIMITS,
  });
  const { status } = response;
  // That an endpoint has no list is not a fault.
  if (response.ok || [404, 405, 501].includes(status)) return { status, body };
  throw new FaultError(statusFault({ status, headers: response.headers, body }));
}

function noList({ modelId }: AskedEndpoint, url: string, status: number): PortiaError {
  return new PortiaError('no-model', `${modelId} does not list its models.`, {
    why: `${url} answered ${status}${status === 200 ? ', and what it gave is not a list' : ''}.`,
    fix: 'Name a model as its provider writes it: --model provider/name',
    retryable: false,
  });
}

function tooSlow(modelId: string, url: string): PortiaError {
  return new PortiaError('timed-out', `${modelId} did not list its models within ${TIME_MS / 1000} s.`, {
    why: `${url} gave no complete answer.`,
    fix: 'Try again later.',
    retryable: true,
  });
}
