import type { CallLimits, Lesson } from '../domain/run/call-limits.js';
import type { TimeLimit } from '../timing/limit.js';
import { decideRetry, FaultError, type Fault, type StatusFault } from './faults/faults.js';
import { readToldLimits } from './faults/told-limits.js';
import type { Pass, ProviderGate } from './limits/provider-gate.js';
import type { CompleteOptions, ModelReply, ModelRequest } from './model.js';
import { estimateTokens } from './reply/read-usage.js';

export interface GateOptions {
  gate: ProviderGate;
  limits: CallLimits;
  /** Told for all calls that wait: milliseconds, or undefined when another call must end first. */
  onWait(ms: number | undefined): void;
}

/** One call with its attempts. */
export interface Calling {
  deadline: TimeLimit;
  job: string | undefined;
  /** Whether it waits for its turn. */
  state: { isWaiting: boolean };
  onText: CompleteOptions['onText'];
}

type Tried = { kind: 'reply'; reply: ModelReply } | { kind: 'fault'; fault: Fault };

interface AttemptParts {
  modelName: string;
  /** Without it each attempt is made at once. */
  gate: GateOptions | undefined;
  /** In [0, 1). */
  random(): number;
  now(): Date;
  /** One request; throws a FaultError when nothing answered. */
  ask(
    request: ModelRequest,
    options: Pick<CompleteOptions, 'signal' | 'onText'> & { onHeaders: ((headers: Headers) => void) | undefined },
  ): Promise<ModelReply>;
}

/** Makes attempts, each when the gate lets it in, and tells the gate what came of it. */
export function createAttempts({ modelName, gate: behind, random, now, ask }: AttemptParts) {
  const enter = async (request: ModelRequest, { deadline, job = '', state }: Calling): Promise<Pass | undefined> => {
    if (behind === undefined) return undefined;
    const { gate, limits, onWait } = behind;
    const wanted = { model: modelName, tokens: estimateTokens(request), limits };
    state.isWaiting = true;
    const pass = await gate.enter({ ...wanted, job, signal: deadline.signal, onWait });
    state.isWaiting = false;
    return pass;
  };

  /** Milliseconds for which no other call is made. */
  const refusedFor = (fault: Fault, attempt: number): number => {
    const { waitMs = 0, retryAfterMs = waitMs } = decideRetry(fault, { attempt, random: random(), now: now() });
    return retryAfterMs;
  };

  return async (request: ModelRequest, call: Calling, attempt: number): Promise<Tried> => {
    const { signal, race } = call.deadline;
    const pass = await enter(request, call);
    let lesson: Lesson = {};
    const onHeaders = (headers: Headers) => {
      lesson = readToldLimits(headers, now());
    };
    try {
      const reply = await race(ask(request, { signal, onText: call.onText, onHeaders: pass && onHeaders }));
      lesson = { ...lesson, hasReply: true, counted: reply.usage.input_tokens + reply.usage.output_tokens };
      return { kind: 'reply', reply };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FaultError)) throw error;
      const { fault } = error;
      if (isRateLimit(fault))
        lesson = { ...readToldLimits(fault.headers, now()), refusedMs: refusedFor(fault, attempt) };
      return { kind: 'fault', fault };
    } finally {
      await pass?.leave(lesson);
    }
  };
}

export function isRateLimit(fault: Fault): fault is StatusFault {
  return fault.kind === 'status' && fault.verdict === 'rate-limit';
}
