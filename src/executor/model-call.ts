import { randomBytes } from 'node:crypto';

import { messageOf, PortiaError, runErrorOf, type RunError } from '../domain/errors.js';
import type { Usage } from '../domain/plan/plan.js';
import type { EventOf, KeptRequest } from '../domain/run/events.js';
import { type Json } from '../domain/values/json.js';
import { MARK_BYTES, marksOf } from '../domain/values/marks.js';
import { describeThrown } from '../domain/values/thrown.js';
import { digitsKept, unsafeWholeNumberIn } from '../domain/values/whole-numbers.js';
import { BrokenReply, isAway, type Model, type ModelMessage, type ModelReply } from '../models/model.js';
import { startClock } from '../timing/clock.js';
import { untilAborted } from '../timing/limit.js';
import { BudgetReached, type OpenCalls } from './budget.js';
import { Interruption, interruptionOf, throwBeforeActing } from './interruption.js';
import { tellComing } from './coming-text.js';
import { cutLong } from './long-texts.js';
import type { ModelCall } from './model-question.js';
import type { StepContext } from './run-context.js';
import { withImages } from './seen-images.js';
import { identify, keptRepair, requestTokens, sentRequest, type AboutRequest } from './sent-request.js';

/** A model's reply as it is recorded; `value` is set when a shape was asked for. */
export interface RecordedReply {
  text: string;
  toolCalls: ModelReply['toolCalls'];
  value?: Json;
  /** Only for the turn of an agent: other replies are not sent again. */
  given?: ModelReply['given'];
}

type BeforeRepair = (spent: Usage, turn: readonly ModelMessage[]) => void;

/** How often a model is asked before a broken reply fails the step. */
export const MOST_TIMES_ASKED = 3;

/** A reply that was broken before anything of it was counted. */
const UNCOUNTED: Usage = { calls: 1, input_tokens: 0, output_tokens: 0, estimated: true };

/** Under which key a model is asked, how often that was done before, and which one it is: 0 for the role's own, else a fallback. */
interface Asking {
  key: string;
  asked: number;
  place: number;
}

/** A reply; or its model is to be asked again, or its fallback. */
type CallEnd = { kind: 'reply'; reply: RecordedReply } | { kind: 'again' } | { kind: 'fallback' };

/**
 * Asks a model for the first time, or once more (`asked`: 2, 3), and records what came of it under the key. Rejects with
 * the model's PortiaError.
 */
export async function callModel(context: StepContext, call: ModelCall, asking: Asking): Promise<CallEnd> {
  throwBeforeActing(context);
  const { services } = context;
  const standIn = asking.place === 0 ? undefined : await services.fallback?.(call.role, asking.place);
  const model = standIn ?? (await services.model(call.role, call.model));
  const calls = context.budget.openCalls(model.id);
  await calls.begin(context.signal);
  try {
    return await callOpened(context, call, { ...asking, model, calls });
  } finally {
    calls.settle();
  }
}

async function callOpened(
  context: StepContext,
  call: ModelCall,
  { key, asked, place, model, calls }: Asking & { model: Model; calls: OpenCalls },
): Promise<CallEnd> {
  const { recorder, path } = context;
  const { isTurn, ...about } = await identify(context, call, model);
  await recorder.appendIntent({ type: 'model.started', key, path, ...about });
  const clock = startClock();
  let spent: Usage | undefined;
  let turn: readonly ModelMessage[] = [];
  const beforeRepair: BeforeRepair = (usage, repairTurn) => {
    spent = usage;
    turn = repairTurn;
    calls.beginNext(usage);
  };
  let completed: Completed;
  try {
    completed = await complete(context, model, { ...call, key, about, beforeRepair });
  } catch (error) {
    const ms = clock();
    const repair = await keptRepair(context, turn);
    calls.settle();
    const isAskedAgain = error instanceof BrokenReply && asked < MOST_TIMES_ASKED;
    const reason = error instanceof BrokenReply && !isAskedAgain ? askedInVain(error, asked) : error;
    const next = isAway(error) ? await fallbackOf(context, call, place) : undefined;
    await recordFailure(context, reason, { key, ms, spent, repair, isAskedAgain, fallback: next?.id });
    if (isAskedAgain) return { kind: 'again' };
    if (next === undefined) throw reason;
    recorder.append({ type: 'warning', path, message: `${messageOf(error)} ${next.id} is asked instead.` });
    return { kind: 'fallback' };
  }
  const ms = clock();
  const { reply } = completed;
  const result = recorder.redact(recordedReply(completed, { isTurn }));
  const stored = await recorder.record(path, result as unknown as Json);
  const repair = await keptRepair(context, turn);
  calls.settle();
  warnOfDigits(context, completed, model);
  const reasoning = context.services.settings.recordReasoning ? reply.reasoning : undefined;
  await recorder.appendDurably({
    type: 'model.finished',
    key,
    path,
    ...(repair && { repair }),
    reply: stored,
    ...(reply.served !== undefined && { served: recorder.redact(reply.served) }),
    ...(reasoning !== undefined && { reasoning: cutLong(reasoning) }),
    usage: reply.usage,
    ms,
  });
  return { kind: 'reply', reply: result };
}

/** The model that is asked instead; none for a step that names its model. */
async function fallbackOf(context: StepContext, call: ModelCall, place: number): Promise<Model | undefined> {
  if (call.model !== undefined || context.signal.aborted) return undefined;
  return context.services.fallback?.(call.role, place + 1);
}

interface Completed {
  reply: ModelReply;
  value?: Json;
  keptDigits?: string | undefined;
}

async function complete(
  context: StepContext,
  model: Model,
  call: IdentifiedCall & { beforeRepair: BeforeRepair },
): Promise<Completed> {
  const { services, budget, recorder, signal: ofStep, timeoutMs } = context;
  const { request: write, shape, beforeRepair } = call;
  const given = await played(context, model, call);
  if (given !== undefined) return given;
  const written = recorder.redact(write(marksOf(randomBytes(MARK_BYTES).toString('hex')), requestTokens(model)));
  const signal = budget.deadline === undefined ? ofStep : AbortSignal.any([ofStep, budget.deadline]);
  const job = recorder.run.id;
  const request = await withImages(written, { loader: services.images, model, signal });
  const isJson = shape !== undefined && written.tools === undefined;
  const options = { signal, timeoutMs, job, onText: tellComing(context, { key: call.key, isJson }) };
  if (isJson) {
    return untilAborted(services.completeStructured(model, request, { ...shape, ...options, beforeRepair }), signal);
  }
  return { reply: await untilAborted(model.complete(request, options), signal) };
}

type IdentifiedCall = Omit<ModelCall, 'about'> & { key: string; about: Pick<AboutRequest, 'asked' | 'request_digest'> };

async function played(context: StepContext, model: Model, call: IdentifiedCall): Promise<Completed | undefined> {
  const { playback } = context.services;
  if (playback === undefined) return undefined;
  const { key, role, purpose, about } = call;
  const { asked, request_digest: digest } = about;
  const request = sentRequest(context, call, model) ?? null;
  return playback.model({
    runId: context.recorder.run.id,
    key,
    role,
    purpose,
    model: model.id,
    asked,
    digest,
    request,
  });
}

function recordedReply({ reply, value }: Completed, { isTurn }: { isTurn: boolean }): RecordedReply {
  const { text, toolCalls, given } = reply;
  return {
    text,
    toolCalls,
    ...(value !== undefined && { value }),
    ...(isTurn && given !== undefined && { given }),
  };
}

function warnOfDigits({ recorder, path }: StepContext, { reply, keptDigits }: Completed, { id }: Model): void {
  const kept = keptDigits ?? unsafeWholeNumberIn(reply.toolCalls.map((made) => made.arguments).join(' '))?.written;
  if (kept === undefined) return;
  recorder.append({ type: 'warning', path, message: digitsKept(`The reply of ${id}`, kept) });
}

/** Records why a call failed. Throws the reason instead when the run is stopped: the call is not finished then. */
async function recordFailure(
  context: StepContext,
  error: unknown,
  {
    key,
    ms,
    spent,
    repair,
    isAskedAgain,
    fallback,
  }: {
    key: string;
    ms: number;
    spent: Usage | undefined;
    repair: KeptRequest | undefined;
    isAskedAgain: boolean;
    fallback: string | undefined;
  },
): Promise<void> {
  const stop = error instanceof Interruption ? error : interruptionOf(context.runSignal);
  if (stop !== undefined) throw stop;
  const { deadline } = context.budget;
  if (deadline?.aborted) throw deadline.reason;
  const usage = usageOf(error) ?? spent;
  await context.recorder.appendDurably({
    type: 'model.failed',
    key,
    path: context.path,
    ...(repair && { repair }),
    error: asRunError(context, error),
    ...(isAskedAgain && { asked_again: true }),
    ...(fallback !== undefined && { fallback }),
    ...(usage && { usage }),
    ms,
  });
}

/** The last broken reply, with how often the model was asked. */
export function askedInVain({ message, details }: BrokenReply, times: number): BrokenReply {
  return new BrokenReply(message, { ...details, why: `${details.why} The model was asked ${times} times.` });
}

function usageOf(error: unknown): Usage | undefined {
  if (!(error instanceof PortiaError)) return undefined;
  return error instanceof BrokenReply ? usageOfBroken(error) : error.details.usage;
}

export function usageOfBroken({ details }: BrokenReply): Usage {
  return details.usage ?? UNCOUNTED;
}

function asRunError({ path, signal, recorder }: StepContext, error: unknown): RunError {
  if (error instanceof PortiaError) return runErrorOf(error, { step: path, retryable: false });
  const code = error instanceof BudgetReached ? 'budget-reached' : signal.aborted ? 'timed-out' : 'internal';
  return { code, message: describeThrown(error, (text) => recorder.redact(text)), step: path, retryable: false };
}

/** Who was asked next after a call that failed, as it is recorded. */
export function askedAfter({
  asked_again: isAskedAgain,
  fallback,
}: EventOf<'model.failed'>): Exclude<CallEnd, { kind: 'reply' }> | undefined {
  if (isAskedAgain) return { kind: 'again' };
  return fallback === undefined ? undefined : { kind: 'fallback' };
}

/** What was recorded of a call that failed for good, as the error that it was. */
export function recordedFailure({ code, message, why, fix, retryable }: RunError): PortiaError {
  return new PortiaError(code, message, { why, fix, retryable });
}
