import * as http from 'node:http';
import * as https from 'node:https';

import { isJsonObject, type Json } from '../domain/values/json.js';
import { describeThrown } from '../domain/values/thrown.js';
import type { Collector } from './trace-settings.js';

/** How a collector took spans. `later`: it may be asked again, after `waitMs` where it says so. `why` is a sentence's end. */
export type Taken =
  | { kind: 'taken' }
  | { kind: 'refused'; why: string }
  | { kind: 'later'; why: string; waitMs?: number | undefined; hasAnswered: boolean };

/** These say that the same request may succeed later; all others that it never will. */
const LATER = new Set([429, 502, 503, 504]);
const MOST_BYTES = 64 * 1024;

/** Sends one request of OTLP/HTTP. Follows no redirect. Never rejects. */
export async function postSpans(
  { url, headers, timeoutMs }: Collector,
  body: string,
  { agent, signal }: { agent: http.Agent; signal: AbortSignal },
): Promise<Taken> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const sent = { 'content-type': 'application/json', 'user-agent': 'portia', ...headers };
    const answer = await ask(url, body, { headers: sent, agent, signal: limit });
    return judge(answer);
  } catch (error) {
    const isLate = limit.aborted && !signal.aborted;
    if (isLate) return { kind: 'later', why: `it did not answer within ${timeoutMs} ms`, hasAnswered: false };
    const why = signal.aborted ? 'it did not answer in time' : `it cannot be reached: ${describeThrown(error)}`;
    return { kind: 'later', why, hasAnswered: false };
  }
}

/** An agent that keeps connections for what is sent next. */
export function agentFor({ url }: Pick<Collector, 'url'>): http.Agent {
  return new (url.protocol === 'https:' ? https : http).Agent({ keepAlive: true, maxSockets: 1 });
}

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

async function ask(
  url: URL,
  body: string,
  options: { headers: Record<string, string>; agent: http.Agent; signal: AbortSignal },
): Promise<Answer> {
  return new Promise((onAnswer, onFault) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const sent = request(url, { method: 'POST', ...options }, (incoming) => {
      const { statusCode: status = 0, headers } = incoming;
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (part: string) => {
        if (text.length < MOST_BYTES) text += part;
        else incoming.destroy(new Error('its answer is too long'));
      });
      incoming.on('error', onFault);
      incoming.on('end', () => onAnswer({ status, headers, text }));
    });
    sent.on('error', onFault);
    sent.end(body);
  });
}

function judge({ status, headers, text }: Answer): Taken {
  if (status >= 200 && status < 300) return rejectedOf(text);
  if (LATER.has(status)) {
    return { kind: 'later', why: `it answered ${status}`, waitMs: waitMs(headers['retry-after']), hasAnswered: true };
  }
  if (status >= 300 && status < 400) return { kind: 'refused', why: `it redirects (${status}), which is not followed` };
  return { kind: 'refused', why: `it answered ${status}` };
}

/** A collector may take some of the spans. */
function rejectedOf(text: string): Taken {
  const partial = memberOf(parsed(text), 'partialSuccess');
  const count = Number(memberOf(partial, 'rejectedSpans') ?? 0);
  if (!(count > 0)) return { kind: 'taken' };
  const message = memberOf(partial, 'errorMessage');
  const reason = typeof message === 'string' && message !== '' ? `: ${message.slice(0, 200)}` : '';
  return { kind: 'refused', why: `it rejected ${count} of the spans${reason}` };
}

function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    // A success needs no body.
    return undefined;
  }
}

/** Seconds, or a date of HTTP. */
function waitMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
