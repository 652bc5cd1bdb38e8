import { PortiaError, runErrorOf } from '../domain/errors.js';
import { ValueTooLarge } from '../domain/run/value-too-large.js';
import { REPLY_KEYS, type HookName, type ReplyKey } from '../domain/values/hook-names.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { callPort, hookFailed } from '../hooks/call-port.js';
import type { HookAbout, HookPort } from '../hooks/hook-port.js';
import { readReply, shapeProblem, type ChangingHook, type ReplyOf } from '../hooks/read-reply.js';
import { throwIfStopped } from './interruption.js';
import type { HookCalled } from './called-hooks.js';
import type { RunContext, StepContext } from './run-context.js';

/** How often a hook may ask about one thing before it fails. */
export const MOST_ROUNDS = 20;

export interface HookCall<Name extends HookName> {
  hook: Name;
  /** Begins with the path of the step, or with a slash. */
  key: string;
  /** Of the step; absent for what is about the whole run. */
  path?: string | undefined;
  about: HookAbout;
}

/** Where a hook is called, as far as the call needs it. */
export type HookContext = Pick<RunContext, 'recorder' | 'services' | 'signal' | 'runSignal'>;

/**
 * What a hook replies, or replied when it was called before under this key; undefined when it changed nothing. Rejects
 * with `hook-failed`, naming the hook, for whatever goes wrong in it.
 */
export async function askHook<Name extends ChangingHook>(
  context: HookContext,
  call: HookCall<Name>,
): Promise<ReplyOf<Name> | undefined> {
  const { recorder } = context;
  const known = recorder.index.hook(call.key);
  if (known !== undefined) return readOrThrow(context, call, await replyIn(context, known));
  return recordingFailure(context, call, async () => {
    const returned = await callNow(context, call);
    const reply = await readOrThrow(context, call, returned);
    if (returned !== undefined) await recordReply(context, call, returned);
    return reply;
  });
}

async function readOrThrow<Name extends ChangingHook>(
  context: HookContext,
  { hook }: HookCall<Name>,
  returned: Json | undefined,
): Promise<ReplyOf<Name> | undefined> {
  if (returned === undefined) return undefined;
  const read = await readReply(hook, returned);
  if (!read.ok) throw failureOf(context, hook, read.problem);
  return read.reply;
}

async function recordingFailure<Result>(
  { recorder }: HookContext,
  { key, path, hook }: HookCall<HookName>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof PortiaError && cause.code === 'hook-failed') {
      const error = runErrorOf(cause, { step: path ?? null, retryable: false });
      recorder.append({ type: 'hook.failed', key, ...(path !== undefined && { path }), hook, error });
    }
    throw cause;
  }
}

/** Calls a hook that can change nothing, once for each key. Rejects as `askHook` does. */
export async function tellHook(context: HookContext, call: HookCall<Exclude<HookName, ChangingHook>>): Promise<void> {
  if (context.recorder.index.hook(call.key) !== undefined) return;
  await recordingFailure(context, call, async () => {
    const returned = await callNow(context, call);
    const problem = returned === undefined ? undefined : shapeProblem(call.hook, returned);
    if (problem !== undefined) throw failureOf(context, call.hook, problem);
  });
}

/** Whether there is such a hook, or it was called before. */
export function hasHook({ services, recorder }: HookContext, { hook, key }: { hook: HookName; key: string }): boolean {
  return services.hooks?.names.has(hook) === true || recorder.index.hook(key) !== undefined;
}

/** What is recorded of a reply. */
export async function replyIn(
  { recorder }: Pick<HookContext, 'recorder'>,
  known: HookCalled,
): Promise<Json | undefined> {
  return known.type === 'hook.called' ? undefined : recorder.recall(known.reply);
}

/** What the hook returned. That it left everything as it was is recorded. */
async function callNow(context: HookContext, call: HookCall<HookName>): Promise<Json | undefined> {
  const { services, recorder } = context;
  const { hook, key, path } = call;
  const { hooks } = services;
  if (hooks?.names.has(hook) !== true) return undefined;
  throwIfStopped(context);
  recorder.tell();
  const returned = await returnedBy(context, hooks, call);
  if (returned !== undefined) return recorder.redact(returned);
  recorder.append({ type: 'hook.called', key, ...(path !== undefined && { path }), hook });
  return undefined;
}

async function returnedBy(
  context: HookContext,
  hooks: HookPort,
  { hook, key, about }: HookCall<HookName>,
): Promise<Json | undefined> {
  const { services, recorder, signal } = context;
  const { playback } = services;
  if (playback !== undefined) return playback.hook({ runId: recorder.run.id, key, hook });
  const redact = (text: string) => recorder.redact(text);
  const { isInspected } = services.environment;
  try {
    return await callPort(hooks, { hook, about, signal, redact, isInspected });
  } catch (error) {
    throwIfStopped(context);
    throw error;
  }
}

async function recordReply(context: HookContext, call: HookCall<ChangingHook>, returned: Json): Promise<void> {
  const { recorder } = context;
  const { hook, key, path } = call;
  try {
    const reply = await recorder.record(path ?? '', returned);
    const did = keysOf(hook, returned);
    recorder.append({ type: 'hook.changed', key, ...(path !== undefined && { path }), hook, did, reply });
  } catch (error) {
    if (!(error instanceof ValueTooLarge)) throw error;
    throw failureOf(context, hook, 'returned more than a run keeps');
  }
}

function keysOf(hook: ChangingHook, returned: Json): ReplyKey[] {
  const keys: readonly ReplyKey[] = REPLY_KEYS[hook];
  return isJsonObject(returned) ? keys.filter((key) => Object.hasOwn(returned, key)) : [];
}

/** The failure of a hook; `problem` is the end of a sentence about it. */
export function failureOf({ services }: Pick<HookContext, 'services'>, hook: HookName, problem: string): PortiaError {
  return hookFailed(services.hooks, hook, problem);
}

/** What every hook of a run is told of it. */
export function runAbout({ recorder }: Pick<HookContext, 'recorder'>): HookAbout {
  const { id, plan_id: planId, end_user_id: endUserId, parent_run: parent } = recorder.run;
  return { id, planId, endUserId, ...(parent && { parent: { ...parent } }) };
}

/** What a hook is told of an attempt at a step. */
export function stepAbout(context: StepContext): HookAbout {
  const { path, attempt, step } = context;
  return { run: runAbout(context), path, attempt, step };
}
