import type OpenAI from 'openai';

import type { Usage } from '../domain/plan/plan.js';
import { PortiaError } from '../domain/errors.js';
import { isJsonObject, type Json, type JsonObject } from '../domain/values/json.js';
import { digestValue } from '../domain/values/digest.js';
import { broken, shorten, toChatRequest, withWholeCharacters } from './chat-protocol.js';
import { readChatCompletion } from './chat-reply.js';
import { LONGEST_TIMER_MS } from '../timing/limit.js';
import { readErrorBody } from './error-body.js';
import { isEventStream, readEventStream, withoutComments } from './event-stream.js';
import { noModelThere, type AskedEndpoint } from './fault-errors.js';
import { FaultError, statusFault } from './faults.js';
import { namesGoingBack } from './given-with-turn.js';
import { httpFetch, readBody, type BodyLimits, type Fetch } from './http-fetch.js';
import type { ModelReply, ModelRequest } from './model.js';
import { readUsage } from './read-usage.js';
import { chatFields, NO_SETTINGS, withFields, type RequestSettings } from './request-settings.js';

export interface EndpointOptions {
  /** `provider/name`, as recorded in plans and runs. */
  id: string;
  /** What the endpoint calls the model. */
  modelName: string;
  apiKey?: string | undefined;
  /** Variable that holds the key, named when the key is rejected. */
  keyName?: string | undefined;
  /** Header for `Bearer` and the key. Default: `authorization`. */
  keyHeader?: string | undefined;
  /** What the endpoint calls the longest reply. Default: `max_tokens`. */
  maxTokensField?: string | undefined;
  /** Default: nothing is set. */
  settings?: RequestSettings | undefined;
  /** Asks the endpoint; default: HTTP without a limit of its own. */
  fetch?: Fetch | undefined;
  /** Longest pause inside a reply. Default 60,000. */
  idleMs?: number | undefined;
  /** Longest reply. Default 32 MB. */
  maxBytes?: number | undefined;
}

const MAX_BYTES = 32 * 1024 * 1024;
const IDLE_MS = 60_000;
// Longer than any deadline: the package's own timer does not cover the body and must never be the one that fires.
const PACKAGE_TIMEOUT_MS = LONGEST_TIMER_MS;
/** Sent instead of a key to endpoints that take none: the package insists on one. */
const NO_KEY = 'local';

/** Where a model is asked, and what was learned of it. */
export interface Endpoint extends AskedEndpoint {
  client(): Promise<OpenAI>;
  /** What is sent beside what a request asks. */
  fields: JsonObject;
  /** What the user adds to that. */
  extra: JsonObject;
  /** What is sent as `stream`; undefined leaves it out. False until the endpoint has refused that. */
  stream: boolean | undefined;
  /** Digest of the endpoint and the model. */
  from: string;
  /** Fields of earlier turns that it gave and does not take back. */
  refused: Set<string>;
}

/** Throws a PortiaError `key-rejected` when the key cannot be sent at all. */
export function createEndpoint(options: EndpointOptions, base: URL): Endpoint {
  const { id: modelId, modelName, keyName } = options;
  const apiKey = options.apiKey === '' ? undefined : options.apiKey;
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) throw unsendableKey(modelId, keyName);
  // People paste the address of the requests themselves, too.
  const path = base.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  const baseUrl = `${base.origin}${path.replace(/\/+$/, '')}`;
  const limits = { idleMs: options.idleMs ?? IDLE_MS, maxBytes: options.maxBytes ?? MAX_BYTES };
  const { settings = NO_SETTINGS } = options;
  const own = { [options.keyHeader ?? 'authorization']: `Bearer ${apiKey ?? NO_KEY}`, ...settings.headers };
  const boundedFetch = boundFetch(options.fetch ?? httpFetch, { ...limits, own });
  let loading: Promise<OpenAI> | undefined;
  const client = (): Promise<OpenAI> => {
    loading ??= loadClient({ baseUrl, query: Object.fromEntries(base.searchParams), fetch: boundedFetch });
    return loading;
  };
  const from = digestValue([baseUrl, modelName]);
  const fields = chatFields(settings, options.maxTokensField);
  const learned = { stream: false, refused: new Set<string>() };
  return { modelId, modelName, baseUrl, apiKey, keyName, client, from, fields, extra: settings.extraBody, ...learned };
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
function boundFetch(send: Fetch, { own, ...limits }: BodyLimits & { own: Record<string, string> }): typeof fetch {
  return async (url, init) => {
    const given = new Headers(init?.headers);
    const headers = new Headers(own);
    for (const name of SENT_HEADERS) headers.set(name, given.get(name) ?? '');
    const signal = init?.signal ?? new AbortController().signal;
    const body = withWholeCharacters(typeof init?.body === 'string' ? init.body : '');
    const request = { method: 'POST', headers, body, signal, redirect: 'manual' as const };
    const response = await send(url instanceof Request ? url.url : String(url), request).catch((error: unknown) => {
      throw new FaultError({ kind: 'network', error });
    });
    const text = (await readBody(response, limits)).replace(/^\uFEFF/, '');
    const got = inOnePiece(text);
    const { status } = response;
    if (!response.ok) {
      throw new FaultError(statusFault({ status, headers: response.headers, body: got ?? text }));
    }
    if (got === undefined) throw new FaultError({ kind: 'cut' });
    const type = typeOf(got) ?? response.headers.get('content-type') ?? '';
    return new Response(status === 204 || status === 205 ? null : got, { status, headers: { 'content-type': type } });
  };
}

/** The body without keep-alives; that of a stream as JSON, or undefined when the stream was cut off. */
function inOnePiece(text: string): string | undefined {
  if (!isEventStream(text)) return withoutComments(text);
  const streamed = readEventStream(text);
  return streamed.kind === 'whole' ? JSON.stringify(streamed.body) : undefined;
}

const isPage = (body: string) => body.trimStart().startsWith('<');

// Servers call JSON plain text, or a page JSON.
function typeOf(body: string): string | undefined {
  if (isPage(body)) return 'text/html';
  return /^\s*[{[]/.test(body) ? 'application/json' : undefined;
}

/** One request, and what came of it: a reply, a FaultError, or a PortiaError that another try would not change. */
export async function sendOnce(endpoint: Endpoint, request: ModelRequest, signal: AbortSignal): Promise<ModelReply> {
  const reply = await post(endpoint, request, signal);
  if (typeof reply === 'string') {
    const { words, isPage: isHtml } = readErrorBody(reply);
    throw noModelThere(endpoint, isHtml ? words : `plain text (${words})`);
  }
  const error = errorIn(reply);
  if (error !== undefined) throw hiddenFault(error);
  if (isJsonObject(reply) && reply['choices'] === undefined) {
    throw noModelThere(endpoint, `JSON without choices (${shorten(Object.keys(reply).join(', ')) || 'empty'})`);
  }
  return readChatCompletion(reply, { modelId: endpoint.modelId, request, back: endpoint });
}

async function post(endpoint: Endpoint, request: ModelRequest, signal: AbortSignal): Promise<unknown> {
  const client = await endpoint.client();
  const { modelName: model, stream, fields, extra } = endpoint;
  const names = namesGoingBack(request.messages, endpoint);
  const own = { model, ...toChatRequest(request, endpoint), ...fields, ...(stream !== undefined && { stream }) };
  const body = withFields(own, extra);
  try {
    return await client.post<unknown>('/chat/completions', { body, signal });
  } catch (error) {
    const reason = unwrapFault(error, endpoint.modelId, readUsage(undefined, { sent: body, received: '' }));
    if (!learnFrom(reason, { endpoint, stream, names })) throw reason;
    return post(endpoint, request, signal);
  }
}

/** Learns which fields an endpoint does not take, from its refusal of a request; whether there was something to learn. */
function learnFrom(
  error: unknown,
  { endpoint, stream, names }: { endpoint: Endpoint; stream: boolean | undefined; names: string[] },
): boolean {
  if (!(error instanceof FaultError) || error.fault.kind !== 'status') return false;
  const { status, body } = error.fault;
  if (![400, 422].includes(status)) return false;
  // Some servers stream unless the request says not to; others do not know the field, or do nothing but stream.
  if (stream === false && MUST_STREAM.test(body)) endpoint.stream = true;
  else if (!UNKNOWN_FIELD.test(body)) return false;
  const words = new Set(body.split(/[^\w-]+/));
  const refused = names.filter((name) => words.has(name));
  for (const name of refused) endpoint.refused.add(name);
  if (stream === false && endpoint.stream === false && words.has('stream')) endpoint.stream = undefined;
  return refused.length > 0 || endpoint.stream !== stream;
}

const MUST_STREAM = /only supports? stream|stream\W.{0,20}must be.{0,10}true|non-?stream|streaming is required/i;
const UNKNOWN_FIELD =
  /unrecogni[sz]ed|unknown|unexpected|unsupported|not supported|extra (field|input|param)|additional propert|not permitted|not allowed|cannot find field/i;

function unwrapFault(error: unknown, modelId: string, usage: Usage): unknown {
  if (error instanceof FaultError) return error;
  if (error instanceof SyntaxError)
    return broken(modelId, `It is not JSON: ${error.message}.`, { usage, cause: error });
  if (error instanceof Error && error.cause instanceof FaultError) return error.cause;
  return error;
}

/** What an answer with status 200 says in place of a reply; undefined when it says nothing of that kind. */
function errorIn(answer: unknown): JsonObject | undefined {
  const reply: unknown = Array.isArray(answer) ? answer[0] : answer;
  if (!isJsonObject(reply)) return undefined;
  const { choices } = reply;
  const [choice] = Array.isArray(choices) ? choices : [];
  if (!isJsonObject(choice)) {
    const isError = !Array.isArray(choices) && ERROR_KEYS.some((key) => isSaid(reply[key]));
    return isError ? reply : undefined;
  }
  const { finish_reason: end, message } = choice;
  const isBroken =
    end === 'error' || !isJsonObject(message) || !(isSaid(message['content']) || isSaid(message['tool_calls']));
  const error = isSaid(choice['error']) ? choice['error'] : reply['error'];
  return isBroken && isSaid(error) ? { error } : undefined;
}

const ERROR_KEYS = ['error', 'errors', 'detail', 'message', 'msg', 'base_resp'];

const isSaid = (value: Json | undefined): value is Json =>
  value !== undefined && value !== null && value !== '' && value !== false;

/** The fault that an answer with status 200 hides, with the status that it names, or that of a broken gateway. */
function hiddenFault(reply: JsonObject): FaultError {
  const body = JSON.stringify(reply);
  return new FaultError(statusFault({ status: readErrorBody(body).status ?? 502, headers: new Headers(), body }));
}

function unsendableKey(modelId: string, keyName: string | undefined): PortiaError {
  return new PortiaError('key-rejected', `The key for ${modelId} cannot be sent.`, {
    why: 'It contains a space, a line end or a character outside ASCII.',
    fix: keyName === undefined ? 'Give the key without spaces around it.' : `export ${keyName}=<your key>`,
    retryable: false,
  });
}
