import { setTimeout as delay } from 'node:timers/promises';

import { callDeadlineMs, tooSlow } from './call-deadline.js';
import { limitTime, type TimeLimit } from '../timing/limit.js';
import { completeChat } from './endpoint/complete-chat.js';
import { completeResponse } from './endpoint/complete-response.js';
import { createEndpoint, type EndpointOptions } from './endpoint/endpoint.js';
import { faultToError } from './faults/fault-errors.js';
import { decideRetry, FaultError, type Fault } from './faults/faults.js';
import { hasImages } from './protocols/message-order.js';
import { FormatRejected, type CompleteOptions, type Model, type ModelReply, type ModelRequest } from './model.js';
import { requireBaseUrl } from './providers/base-url.js';
import { PROVIDERS } from './providers/providers.js';

export interface RetryInfo {
  /** The attempt that failed, from 1. */
  attempt: number;
  waitMs: number;
  /** Kind of the fault, or the HTTP status. */
  reason: string;
}

export interface OpenAiModelOptions extends EndpointOptions {
  /** Default: OpenAI itself. */
  baseUrl?: string | undefined;
  /** For the whole call with all its attempts. Default 600,000. */
  deadlineMs?: number | undefined;
  /** Default 4. */
  maxAttempts?: number | undefined;
  onRetry?: ((info: RetryInfo) => void) | undefined;
  sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** In [0, 1). */
  random?: (() => number) | undefined;
  now?: (() => Date) | undefined;
}

const MAX_ATTEMPTS = 4;

/**
 * A model behind OpenAI's chat completions or its Responses API, at OpenAI or any endpoint that speaks like it.
 * Nothing is read from the environment. Throws a PortiaError `invalid-settings` or `key-rejected` when the base URL or
 * the key cannot be used at all.
 */
export function createOpenAiModel(options: OpenAiModelOptions): Model {
  const baseUrl = options.baseUrl ?? PROVIDERS.openai.baseUrl ?? '';
  const endpoint = createEndpoint(options, requireBaseUrl(baseUrl));
  const completeOnce = options.settings?.api === 'responses' ? completeResponse : completeChat;

  async function complete(request: ModelRequest, { signal, timeoutMs }: CompleteOptions): Promise<ModelReply> {
    signal.throwIfAborted();
    const ms = callDeadlineMs(timeoutMs, options.deadlineMs);
    const why = `The time for one call of ${endpoint.baseUrl} is over.`;
    const deadline = limitTime(signal, ms, { late: () => tooSlow(endpoint.modelId, ms, why) });
    try {
      return await completeWithRetries(request, deadline);
    } finally {
      deadline.clear();
    }
  }

  async function completeWithRetries(request: ModelRequest, deadline: TimeLimit): Promise<ModelReply> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await deadline.race(completeOnce(endpoint, request, deadline.signal));
      } catch (error) {
        deadline.signal.throwIfAborted();
        if (!(error instanceof FaultError)) throw error;
        const waitMs = planRetry(error.fault, { attempt, deadline, request });
        options.onRetry?.({ attempt, waitMs, reason: nameFault(error.fault) });
        await deadline.race((options.sleep ?? sleepFor)(waitMs, deadline.signal));
      }
    }
  }

  /** Milliseconds until the next attempt; throws when there is none. */
  function planRetry(fault: Fault, state: { attempt: number; deadline: TimeLimit; request: ModelRequest }): number {
    const { attempt, deadline, request } = state;
    const hasFormat = request.responseFormat !== undefined;
    const random = (options.random ?? Math.random)();
    const now = (options.now ?? (() => new Date()))();
    const { waitMs, retryAfterMs } = decideRetry(fault, { attempt, random, now });
    const error = faultToError(fault, endpoint, {
      attempts: attempt,
      hasFormat,
      hasImages: hasImages(request),
      retryAfterMs,
    });
    // An endpoint that cannot build the format answers the same each time.
    const isLast = attempt >= (options.maxAttempts ?? MAX_ATTEMPTS) || error instanceof FormatRejected;
    if (waitMs === undefined || isLast || waitMs >= deadline.remainingMs()) throw error;
    return waitMs;
  }

  return { id: options.id, complete };
}

function nameFault(fault: Fault): string {
  return fault.kind === 'status' ? `status ${fault.status}` : fault.kind;
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
