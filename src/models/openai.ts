import { setTimeout as delay } from 'node:timers/promises';

import type OpenAI from 'openai';

import { PortiaError } from '../domain/errors.js';
import { asText, isJsonObject, type JsonObject } from '../domain/values/json.js';
import { readChatCompletion, shorten, toChatRequest, unusable, withWholeCharacters } from './chat-protocol.js';
import { limitTime, LONGEST_TIMER_MS, type TimeLimit } from '../timing/limit.js';
import { faultToError, noModelThere, type AskedEndpoint } from './fault-errors.js';
import { decideRetry, FaultError, type Fault } from './faults.js';
import { httpFetch, readBody, type BodyLimits, type Fetch } from './http-fetch.js';
import { FormatRejected, type Model, type ModelReply, type ModelRequest } from './model.js';
import { requireBaseUrl } from './base-url.js';
import { isLoopback, PROVIDERS } from './providers.js';

export interface RetryInfo {
  /** The attempt that failed, from 1. */
  attempt: number;
  waitMs: number;
  /** Kind of the fault, or the HTTP status. */
  reason: string;
}

export interface OpenAiModelOptions {
  /** `provider/name`, as recorded in plans and runs. */
  id: string;
  /** What the endpoint calls the model. */
  modelName: string;
  /** Default: OpenAI itself. */
  baseUrl?: string | undefined;
  apiKey?: string | undefined;
  /** Variable that holds the key, named when the key is rejected. */
  keyName?: string | undefined;
  /** Asks the endpoint; default: HTTP without a limit of its own. */
  fetch?: Fetch | undefined;
  /** For the whole call with all its attempts. Default 600,000 on this machine, else 120,000. */
  deadlineMs?: number | undefined;
  /** Longest pause inside a reply. Default 60,000. */
  idleMs?: number | undefined;
  /** Longest reply. Default 32 MB. */
  maxBytes?: number | undefined;
  /** Default 4. */
  maxAttempts?: number | undefined;
  onRetry?: ((info: RetryInfo) => void) | undefined;
  sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** In [0, 1). */
  random?: (() => number) | undefined;
  now?: (() => Date) | undefined;
}

const MAX_ATTEMPTS = 4;
const MAX_BYTES = 32 * 1024 * 1024;
const IDLE_MS = 60_000;
const LOCAL_DEADLINE_MS = 600_000;
const REMOTE_DEADLINE_MS = 120_000;
// Longer than any deadline: the package's own timer does not cover the body and must never be the one that fires.
const PACKAGE_TIMEOUT_MS = LONGEST_TIMER_MS;
/** Sent instead of a key to endpoints that take none: the package insists on one. */
const NO_KEY = 'local';

interface Endpoint extends AskedEndpoint {
  client(): Promise<OpenAI>;
  /** Until it has refused the field `stream`. */
  takesStream: boolean;
}

/**
 * A model behind OpenAI's chat completions, at OpenAI or any endpoint that speaks like it.
 * Nothing is read from the environment. Throws a PortiaError `invalid-settings` or `key-rejected` when the base URL or
 * the key cannot be used at all.
 */
export function createOpenAiModel(options: OpenAiModelOptions): Model {
  const baseUrl = options.baseUrl ?? PROVIDERS.openai.baseUrl ?? '';
  const endpoint = createEndpoint(options, requireBaseUrl(baseUrl));
  const deadlineMs = options.deadlineMs ?? (isLoopback(baseUrl) ? LOCAL_DEADLINE_MS : REMOTE_DEADLINE_MS);

  async function complete(request: ModelRequest, { signal }: { signal: AbortSignal }): Promise<ModelReply> {
    signal.throwIfAborted();
    const deadline = limitTime(signal, deadlineMs, () => deadlinePassed(endpoint, deadlineMs));
    try {
      return await completeWithRetries(request, deadline);
    } finally {
      deadline.clear();
    }
  }

  async function completeWithRetries(request: ModelRequest, deadline: TimeLimit): Promise<ModelReply> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await deadline.race(sendOnce(endpoint, request, deadline.signal));
      } catch (error) {
        deadline.signal.throwIfAborted();
        if (!(error instanceof FaultError)) throw error;
        const waitMs = planRetry(error.fault, { attempt, deadline, hasFormat: request.responseFormat !== undefined });
        options.onRetry?.({ attempt, waitMs, reason: nameFault(error.fault) });
        await deadline.race((options.sleep ?? sleepFor)(waitMs, deadline.signal));
      }
    }
  }

  /** Milliseconds until the next attempt; throws when there is none. */
  function planRetry(fault: Fault, state: { attempt: number; deadline: TimeLimit; hasFormat: boolean }): number {
    const { attempt, deadline, hasFormat } = state;
    const random = (options.random ?? Math.random)();
    const now = (options.now ?? (() => new Date()))();
    const { waitMs, retryAfterMs } = decideRetry(fault, { attempt, random, now });
    const error = faultToError(fault, endpoint, { attempts: attempt, hasFormat, retryAfterMs });
    // An endpoint that cannot build the format answers the same each time.
    const isLast = attempt >= (options.maxAttempts ?? MAX_ATTEMPTS) || error instanceof FormatRejected;
    if (waitMs === undefined || isLast || waitMs >= deadline.remainingMs()) throw error;
    return waitMs;
  }

  return { id: options.id, complete };
}

function createEndpoint(options: OpenAiModelOptions, base: URL): Endpoint {
  const { id: modelId, modelName, keyName } = options;
  const apiKey = options.apiKey === '' ? undefined : options.apiKey;
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) throw unsendableKey(modelId, keyName);
  // People paste the address of the requests themselves, too.
  const path = base.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  const baseUrl = `${base.origin}${path.replace(/\/+$/, '')}`;
  const limits = { idleMs: options.idleMs ?? IDLE_MS, maxBytes: options.maxBytes ?? MAX_BYTES };
  const boundedFetch = boundFetch(options.fetch ?? httpFetch, { ...limits, apiKey: apiKey ?? NO_KEY });
  let loading: Promise<OpenAI> | undefined;
  const client = (): Promise<OpenAI> => {
    loading ??= loadClient({ baseUrl, query: Object.fromEntries(base.searchParams), fetch: boundedFetch });
    return loading;
  };
  return { modelId, modelName, baseUrl, apiKey, keyName, client, takesStream: true };
}

async function loadClient(target: {
  baseUrl: string;
  query: Record<string, string>;
  fetch: typeof fetch;
}): Promise<OpenAI> {
  const { OpenAI: Client } = await import('openai');
  return new Client({
    baseURL: target.baseUrl,
    defaultQuery: target.query,
    fetch: target.fetch,
    maxRetries: 0,
    timeout: PACKAGE_TIMEOUT_MS,
    // The key itself is put in by our fetch. Each of these is read from the environment when it is left out.
    apiKey: NO_KEY,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}

// The package also takes headers from the environment, so only those named here leave the machine.
const SENT_HEADERS = ['accept', 'content-type', 'user-agent'];

/** A fetch for the package that resolves when the whole body is there, and throws FaultErrors for all else. */
function boundFetch(send: Fetch, { apiKey, ...limits }: BodyLimits & { apiKey: string }): typeof fetch {
  return async (url, init) => {
    const given = new Headers(init?.headers);
    const headers = new Headers({ authorization: `Bearer ${apiKey}` });
    for (const name of SENT_HEADERS) headers.set(name, given.get(name) ?? '');
    const signal = init?.signal ?? new AbortController().signal;
    const body = withWholeCharacters(typeof init?.body === 'string' ? init.body : '');
    const request = { method: 'POST', headers, body, signal, redirect: 'manual' as const };
    const response = await send(url instanceof Request ? url.url : String(url), request).catch((error: unknown) => {
      throw new FaultError({ kind: 'network', error });
    });
    const got = (await readBody(response, limits)).replace(/^\uFEFF/, '');
    const { status } = response;
    if (!response.ok) throw new FaultError({ kind: 'status', status, headers: response.headers, body: got });
    const type = typeOf(got) ?? response.headers.get('content-type') ?? '';
    return new Response(status === 204 || status === 205 ? null : got, { status, headers: { 'content-type': type } });
  };
}

const isPage = (body: string) => body.trimStart().startsWith('<');

// Servers call JSON plain text, or a page JSON.
function typeOf(body: string): string | undefined {
  if (isPage(body)) return 'text/html';
  return /^\s*[{[]/.test(body) ? 'application/json' : undefined;
}

async function sendOnce(endpoint: Endpoint, request: ModelRequest, signal: AbortSignal): Promise<ModelReply> {
  const reply = await post(endpoint, request, signal);
  if (typeof reply === 'string') {
    throw noModelThere(endpoint, isPage(reply) ? 'an HTML page' : 'plain text');
  }
  if (isJsonObject(reply) && reply['choices'] === undefined) {
    if (isJsonObject(reply['error'])) throw hiddenFault(reply);
    throw noModelThere(endpoint, `JSON without choices (${shorten(Object.keys(reply).join(', ')) || 'empty'})`);
  }
  const inside = errorInChoice(reply);
  if (inside !== undefined) throw hiddenFault({ error: inside });
  return readChatCompletion(reply, endpoint.modelId, request);
}

async function post(endpoint: Endpoint, request: ModelRequest, signal: AbortSignal): Promise<unknown> {
  const client = await endpoint.client();
  // Some servers stream unless the request says not to; others do not know the field.
  const stream = endpoint.takesStream ? { stream: false as const } : {};
  const body = { model: endpoint.modelName, ...toChatRequest(request), ...stream };
  try {
    return await client.chat.completions.create(body, { signal });
  } catch (error) {
    const reason = unwrapFault(error, endpoint.modelId);
    if (!endpoint.takesStream || !refusesStream(reason)) throw reason;
    endpoint.takesStream = false;
    return post(endpoint, request, signal);
  }
}

function refusesStream(error: unknown): boolean {
  if (!(error instanceof FaultError) || error.fault.kind !== 'status') return false;
  const { status, body } = error.fault;
  const isUnknown = /unrecogni[sz]ed|unknown|unexpected|extra (field|input|param)|not permitted|not allowed/i.test(
    body,
  );
  return [400, 422].includes(status) && isUnknown && /\bstream\b/.test(body);
}

function unwrapFault(error: unknown, modelId: string): unknown {
  if (error instanceof FaultError) return error;
  if (error instanceof SyntaxError) return unusable(modelId, `It is not JSON: ${error.message}.`, { cause: error });
  if (error instanceof Error && error.cause instanceof FaultError) return error.cause;
  return error;
}

function errorInChoice(reply: unknown): JsonObject | undefined {
  const choices = isJsonObject(reply) ? reply['choices'] : undefined;
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  if (!isJsonObject(choice) || choice['finish_reason'] !== 'error') return undefined;
  return isJsonObject(choice['error']) ? choice['error'] : undefined;
}

// Some endpoints report an error of what stands behind them with status 200.
function hiddenFault(reply: { [key: string]: unknown }): FaultError {
  const code = isJsonObject(reply['error']) ? Number(asText(reply['error']['code'] ?? null)) : Number.NaN;
  const status = Number.isInteger(code) && code >= 400 && code <= 599 ? code : 502;
  return new FaultError({ kind: 'status', status, headers: new Headers(), body: JSON.stringify(reply) });
}

function nameFault(fault: Fault): string {
  return fault.kind === 'status' ? `status ${fault.status}` : fault.kind;
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}

function deadlinePassed({ modelId, baseUrl }: AskedEndpoint, deadlineMs: number): PortiaError {
  return new PortiaError('timed-out', `${modelId} gave no complete reply within ${deadlineMs / 1000} s.`, {
    why: `The time for one request to ${baseUrl} is over.`,
    fix: 'Try again later, or use a faster model: --model provider/name',
    retryable: true,
  });
}

function unsendableKey(modelId: string, keyName: string | undefined): PortiaError {
  return new PortiaError('key-rejected', `The key for ${modelId} cannot be sent.`, {
    why: 'It contains a space, a line end or a character outside ASCII.',
    fix: keyName === undefined ? 'Give the key without spaces around it.' : `export ${keyName}=<your key>`,
    retryable: false,
  });
}
