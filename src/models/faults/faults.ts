import { assertNever } from '../../domain/errors.js';
import type { JsonObject } from '../../domain/values/json.js';
import { readErrorBody, type Said } from './error-body.js';
import { readRetryAfter } from './retry-after.js';
import { judge, type Verdict } from './verdict.js';

/** What went wrong on the way to an endpoint, before anybody judged it. */
export type Fault =
  /** No answer: the name, the connection, the encryption, or a cut in the middle of the body. */
  | { kind: 'network'; error: unknown }
  /** The body began and then nothing came for that long. */
  | { kind: 'stalled'; idleMs: number }
  /** A stream of events that ended before the reply did. */
  | { kind: 'cut' }
  | { kind: 'too-long'; maxBytes: number }
  | StatusFault;

/** An answer that is not a reply. */
export interface StatusFault {
  kind: 'status';
  status: number;
  headers: Headers;
  body: string;
  said: Said;
  verdict: Verdict;
}

/** What an answer with this status and body means. */
export function statusFault(answer: Pick<StatusFault, 'status' | 'headers' | 'body'>): StatusFault {
  const said = readErrorBody(answer.body);
  return { kind: 'status', ...answer, said, verdict: judge(answer.status, said) };
}

/** Carries a fault through the `openai` package, which wraps what its fetch throws. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly fault: Fault;

  constructor(fault: Fault) {
    // The package reads messages: "timed out" in one would make it throw our error away.
    super(`model endpoint: ${fault.kind}`);
    this.fault = fault;
  }
}

/** The fault that an answer with status 200 hides, with the status that it names, or that of a broken gateway. */
export function hiddenFault(reply: JsonObject): FaultError {
  const body = JSON.stringify(reply);
  return new FaultError(statusFault({ status: readErrorBody(body).status ?? 502, headers: new Headers(), body }));
}

/** Longest wait that an endpoint may ask for; a person should know of anything longer. */
const MAX_RETRY_AFTER_MS = 60_000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 8_000;

interface RetryDecision {
  /** Milliseconds until the next attempt; undefined when there must be none. */
  waitMs: number | undefined;
  /** What the endpoint asked for, however long. */
  retryAfterMs: number | undefined;
}

/**
 * Whether the same request may be sent again, and after which time: what the endpoint asks for, else full jitter.
 * `attempt` counts from 1, `random` is in [0, 1).
 */
export function decideRetry(fault: Fault, chance: { attempt: number; random: number; now: Date }): RetryDecision {
  const retryAfterMs = retryAfterOf(fault, chance.now);
  const isTooLong = retryAfterMs !== undefined && retryAfterMs > MAX_RETRY_AFTER_MS;
  if (!isPassing(fault) || isTooLong) return { waitMs: undefined, retryAfterMs };
  const backoff = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (chance.attempt - 1));
  return { waitMs: retryAfterMs ?? Math.floor(chance.random * backoff), retryAfterMs };
}

function retryAfterOf(fault: Fault, now: Date): number | undefined {
  if (fault.kind !== 'status') return undefined;
  return readRetryAfter({ ...fault, now, isRateLimit: fault.verdict === 'rate-limit' });
}

function isPassing(fault: Fault): boolean {
  switch (fault.kind) {
    case 'network':
      return !isTlsError(fault.error);
    case 'stalled':
    case 'cut':
      return true;
    case 'too-long':
      return false;
    case 'status':
      return fault.verdict === 'rate-limit' || fault.verdict === 'down';
    default:
      return assertNever(fault);
  }
}

/** Encryption or a certificate that was not accepted; the next attempt would end the same way. */
export function isTlsError(error: unknown): boolean {
  return (
    isNoTls(error) || /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)|CERTIFICATE/.test(codeOf(error) ?? '')
  );
}

/** The other side answers to https, but not with encryption. */
export function isNoTls(error: unknown): boolean {
  return /^(EPROTO|ERR_SSL_)/.test(codeOf(error) ?? '');
}

/** The system's code of a network error, e.g. ECONNREFUSED. */
export function codeOf(error: unknown): string | undefined {
  let current: unknown = error;
  // Bounded, because a cause may lead back to its error.
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    current = current.cause;
  }
  return undefined;
}
