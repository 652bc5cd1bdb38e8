import type OpenAI from 'openai';

import { PortiaError } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/values/json.js';
import { digestValue } from '../../domain/values/digest.js';
import { chatFields, withWholeCharacters } from '../protocols/chat-protocol.js';
import { responsesFields } from '../protocols/responses-protocol.js';
import { LONGEST_TIMER_MS } from '../../timing/limit.js';
import { isEventStream, readEventStream, withEvents, withoutComments } from './event-stream.js';
import type { CompleteOptions } from '../model.js';
import type { Streaming } from './streaming.js';
import { tellTextPieces } from './text-pieces.js';
import type { AskedEndpoint } from '../faults/fault-errors.js';
import { FaultError, statusFault } from '../faults/faults.js';
import { withLimits } from '../faults/told-limits.js';
import { askOnce, httpFetch, type BodyLimits, type Fetch } from './http-fetch.js';
import { dialectsOf, type SchemaDialects } from '../schemas/schema-dialects.js';
import { withoutRequestPath } from '../providers/base-url.js';
import { NO_SETTINGS, type RequestSettings } from '../providers/request-settings.js';

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
  /** Longest pause inside a reply that has begun. Default 120,000. */
  idleMs?: number | undefined;
  /** Longest reply. Default 32 MB. */
  maxBytes?: number | undefined;
}

const MAX_BYTES = 32 * 1024 * 1024;
const IDLE_MS = 120_000;
// Longer than any deadline: the package's own timer does not cover the body and must never be the one that fires.
const PACKAGE_TIMEOUT_MS = LONGEST_TIMER_MS;
/** Sent instead of a key to endpoints that take none: the package insists on one. */
const NO_KEY = 'local';

/** Where a model is asked, and what was learned of it. */
export interface Endpoint extends AskedEndpoint {
  /** One that tells the text of replies that come as streams, when somebody is to be told. */
  client(onText?: CompleteOptions['onText']): Promise<OpenAI>;
  /** What is sent beside what a request asks. */
  fields: JsonObject;
  /** What the user adds to that. */
  extra: JsonObject;
  /** The model takes no functions: they are described to it. */
  toolsInWords: boolean;
  /** What is sent as `stream`; undefined leaves it out. False until the endpoint has refused that. */
  stream: boolean | undefined;
  /** How replies are asked for that are shown while they come. */
  streaming: Streaming;
  /** Digest of the endpoint and the model. */
  from: string;
  /** How schemas are written; of functions plainly once it has refused one. */
  dialects: SchemaDialects;
  /** Fields of earlier turns that it gave and does not take back. */
  refused: Set<string>;
}

/** Throws a PortiaError `key-rejected` when the key cannot be sent at all. */
export function createEndpoint(options: EndpointOptions, base: URL): Endpoint {
  const { id: modelId, modelName, keyName } = options;
  const apiKey = options.apiKey === '' ? undefined : options.apiKey;
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) throw unsendableKey(modelId, keyName);
  const { origin, pathname } = withoutRequestPath(base);
  const baseUrl = `${origin}${pathname.replace(/^\/$/, '')}`;
  const limits = { idleMs: options.idleMs ?? IDLE_MS, maxBytes: options.maxBytes ?? MAX_BYTES };
  const { settings = NO_SETTINGS } = options;
  const own = { [options.keyHeader ?? 'authorization']: `Bearer ${apiKey ?? NO_KEY}`, ...settings.headers };
  const query = Object.fromEntries(base.searchParams);
  const load = (onText?: CompleteOptions['onText']) => {
    const boundedFetch = boundFetch(options.fetch ?? httpFetch, { ...limits, own, onText });
    return loadClient({ baseUrl, query, fetch: boundedFetch });
  };
  let loading: Promise<OpenAI> | undefined;
  const client: Endpoint['client'] = (onText) => (onText === undefined ? (loading ??= load()) : load(onText));
  const from = digestValue([baseUrl, modelName]);
  const fields =
    settings.api === 'responses' ? responsesFields(settings) : chatFields(settings, options.maxTokensField);
  const learned = {
    stream: false,
    streaming: 'counted' as const,
    refused: new Set<string>(),
    dialects: dialectsOf(modelId),
  };
  const set = { fields, extra: settings.extraBody, toolsInWords: settings.noTools };
  return { modelId, modelName, baseUrl, apiKey, keyName, client, from, ...set, ...learned };
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
function boundFetch(
  send: Fetch,
  { own, onText, ...limits }: BodyLimits & { own: Record<string, string>; onText: CompleteOptions['onText'] },
): typeof fetch {
  return async (url, init) => {
    const given = new Headers(init?.headers);
    const headers = new Headers(own);
    for (const name of SENT_HEADERS) headers.set(name, given.get(name) ?? '');
    const signal = init?.signal ?? new AbortController().signal;
    const body = withWholeCharacters(typeof init?.body === 'string' ? init.body : '');
    const target = url instanceof Request ? url.url : String(url);
    const asked = {
      url: target,
      method: 'POST',
      headers,
      body,
      signal,
      limits,
      onChunk: onText && tellTextPieces(onText),
    };
    const { response, body: text } = await askOnce(send, asked);
    const got = inOnePiece(text);
    const { status } = response;
    if (!response.ok) {
      throw new FaultError(statusFault({ status, headers: response.headers, body: got ?? text }));
    }
    if (got === undefined) throw new FaultError({ kind: 'cut' });
    const type = typeOf(got) ?? response.headers.get('content-type') ?? '';
    const heard = withLimits(response.headers);
    heard.set('content-type', type);
    return new Response(status === 204 || status === 205 ? null : got, { status, headers: heard });
  };
}

/** The body without keep-alives; that of a stream as JSON, or undefined when the stream was cut off. */
function inOnePiece(body: string): string | undefined {
  const text = withEvents(body);
  if (!isEventStream(text)) return withoutComments(text);
  const streamed = readEventStream(text);
  return streamed.kind === 'whole' ? JSON.stringify(streamed.body) : undefined;
}

// Servers call JSON plain text, or a page JSON.
function typeOf(body: string): string | undefined {
  if (body.trimStart().startsWith('<')) return 'text/html';
  return /^\s*[{[]/.test(body) ? 'application/json' : undefined;
}

function unsendableKey(modelId: string, keyName: string | undefined): PortiaError {
  return new PortiaError('key-rejected', `The key for ${modelId} cannot be sent.`, {
    why: 'It contains a space, a line end or a character outside ASCII.',
    fix: keyName === undefined ? 'Give the key without spaces around it.' : `export ${keyName}=<your key>`,
    retryable: false,
  });
}
