import { setTimeout as delay } from 'node:timers/promises';

import { createAttempts, isRateLimit, type Calling, type GateOptions } from './attempts.js';
import { callDeadlineMs, tooSlow } from './call-deadline.js';
import { limitTime, type TimeLimit } from '../timing/limit.js';
import { completeChat } from './endpoint/complete-chat.js';
import { completeResponse } from './endpoint/complete-response.js';
import { createEndpoint, type EndpointOptions } from './endpoint/endpoint.js';
import { faultToError } from './faults/fault-errors.js';
import { decideRetry, type Fault } from './faults/faults.js';
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
  /** Lets calls in as the provider's limits allow; without it each call is made at once. */
  gate?: GateOptions | undefined;
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
  const { random = Math.random, now = () => new Date() } = options;
  const completeOnce = options.settings?.api === 'responses' ? completeResponse : completeChat;

  const tryOnce = createAttempts({
    modelName: endpoint.modelName,
    gate: options.gate,
    random,
    now,
    ask: async (request, asking) => completeOnce(endpoint, request, asking),
  });

  async function complete(
    request: ModelRequest,
    { signal, timeoutMs, job, onText }: CompleteOptions,
  ): Promise<ModelReply> {
    signal.throwIfAborted();
    const ms = callDeadlineMs(timeoutMs, options.deadlineMs);
    const state = { isWaiting: false };
    const late = () => tooSlow(endpoint.modelId, ms, whyLate(endpoint.baseUrl, state));
    const deadline = limitTime(signal, ms, { late });
    try {
      return await completeWithRetries(request, { deadline, job, state, onText });
    } finally {
      deadline.clear();
    }
  }

  async function completeWithRetries(request: ModelRequest, call: Calling): Promise<ModelReply> {
    const { deadline } = call;
    for (let attempt = 1; ; attempt += 1) {
      const tried = await tryOnce(request, call, attempt);
      if (tried.kind === 'reply') return tried.reply;
      const { fault } = tried;
      const waitMs = planRetry(fault, { attempt, deadline, request });
      options.onRetry?.({ attempt, waitMs, reason: nameFault(fault) });
      // Behind a gate all calls wait together for the end of a limit.
      if (options.gate !== undefined && isRateLimit(fault)) continue;
      await deadline.race((options.sleep ?? sleepFor)(waitMs, deadline.signal));
    }
  }

  /** Milliseconds until the next attempt; throws when there is none. */
  function planRetry(fault: Fault, state: { attempt: number; deadline: TimeLimit; request: ModelRequest }): number {
    const { attempt, deadline, request } = state;
    const hasFormat = request.responseFormat !== undefined;
    const { waitMs, retryAfterMs } = decideRetry(fault, { attempt, random: random(), now: now() });
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

function whyLate(baseUrl: string, { isWaiting }: Calling['state']): string {
  return isWaiting
    ? `It ended while the call waited for the limit of ${baseUrl}.`
    : `The time for one call of ${baseUrl} is over.`;
}

function nameFault(fault: Fault): string {
  return fault.kind === 'status' ? `status ${fault.status}` : fault.kind;
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
