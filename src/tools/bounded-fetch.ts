import { keptDigitsOf } from '../domain/values/whole-numbers.js';
import type { Json } from '../domain/values/json.js';
import { shownUrl } from '../domain/values/secret-names.js';
import { describeThrown } from '../domain/values/thrown.js';
import type { ToolResult } from './tool.js';

export interface BoundedRequest {
  url: URL;
  /** Ends the call at once. */
  signal: AbortSignal;
  /** For people, e.g. "Tavily". */
  service: string;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: Json;
  /** From the request to the last byte of the answer. Default 20,000. */
  timeoutMs?: number;
  /** Default 5,000,000. */
  maxBytes?: number;
}

export type BoundedReply = { ok: true; value: Json } | { ok: false; failure: ToolResult & { kind: 'failure' } };

/**
 * A JSON answer over HTTP, with one deadline over headers and body and a limit on its size. Redirects are not
 * followed, because the headers may carry a key. Faults are failures, retryable when they may pass; an interruption
 * by `signal` rejects with its reason.
 */
export async function fetchJson(request: BoundedRequest): Promise<BoundedReply> {
  const { url, signal, service, timeoutMs = 20_000, maxBytes = 5_000_000 } = request;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return fail(`${service}: only http and https addresses are used, not ${url.protocol}`, false);
  }
  if (url.username !== '' || url.password !== '') {
    return fail(`${service}: an address with a user name or password is not used.`, false);
  }
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, init(request, AbortSignal.any([signal, deadline])));
    const text = await readText(response, maxBytes);
    if (text === undefined) return fail(`${service} answered with more than ${maxBytes} bytes.`, false);
    if (isPassing(response.status)) return unavailable(describeStatus(service, response, text));
    if (!response.ok) return fail(describeStatus(service, response, text), false);
    return parse(service, text);
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return unavailable(`${service} did not answer within ${timeoutMs} ms.`);
    return unavailable(`${service} at ${url.origin} cannot be reached: ${describeThrown(error)}.`);
  }
}

function fail(message: string, retryable: boolean): BoundedReply {
  return { ok: false, failure: { kind: 'failure', message, retryable } };
}

function unavailable(message: string): BoundedReply {
  return { ok: false, failure: { kind: 'failure', message, retryable: true, unavailable: true } };
}

function init({ method = 'GET', headers = {}, body }: BoundedRequest, signal: AbortSignal): RequestInit {
  const common = { method, redirect: 'manual' as const, signal };
  if (body === undefined) return { ...common, headers: { accept: 'application/json', ...headers } };
  const typed = { accept: 'application/json', 'content-type': 'application/json', ...headers };
  return { ...common, headers: typed, body: JSON.stringify(body) };
}

async function readText(response: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** Whether the same request may succeed later. */
function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

function describeStatus(service: string, { status, headers }: Response, text: string): string {
  if (status >= 300 && status < 400) {
    return `${service} answered with a redirect to ${shownUrl(headers.get('location') ?? 'nowhere')}, which is not followed.`;
  }
  const rejected = status === 401 || status === 403 ? ' The key is missing or not accepted.' : '';
  const seconds = headers.get('retry-after') ?? '';
  const wait = /^\d{1,6}$/.test(seconds) ? ` It may be asked again in ${seconds} s.` : '';
  return `${service} answered with status ${status}.${rejected}${wait} ${text.slice(0, 300)}`.trimEnd();
}

function parse(service: string, text: string): BoundedReply {
  const kept = keptDigitsOf(text);
  if (kept !== undefined) return { ok: true, value: kept.value };
  return fail(`${service} answered with something that is not JSON: ${text.slice(0, 100)}`, true);
}

/** The address from a setting, or the service's own; undefined with a failure when it is not an address. */
export function readBaseUrl(setting: Json | undefined, standard: string): URL | undefined {
  if (setting === undefined || setting === null) return new URL(standard);
  if (typeof setting !== 'string' || !URL.canParse(setting)) return undefined;
  return new URL(setting.endsWith('/') ? setting : `${setting}/`);
}
