import { setTimeout as sleep } from 'node:timers/promises';

import { waitText } from '../domain/run/pause-transitions.js';
import type { Json } from '../domain/values/json.js';
import { startClock } from '../timing/clock.js';
import { throwIfStopped } from './interruption.js';
import type { Got, Wait } from './outcomes.js';
import type { StepContext } from './run-context.js';

/** What ended a wait: the time came, the event, or nothing is waited for in a dry run. */
export type WaitEnd = { kind: 'over'; wait: Wait } | { kind: 'signal'; data: Json } | { kind: 'rehearsed'; wait: Wait };

/** How often is looked, in milliseconds: a clock may be set, and a machine may sleep. */
const LOOK_MS = 250;

/** Waits for what is recorded under the key; `begin` says it when nothing is. What comes late is left to a later drive. */
export async function waitFor(
  context: StepContext,
  key: string,
  begin: () => Promise<Got<Wait>>,
): Promise<Got<WaitEnd>> {
  const { recorder, path } = context;
  const { waitStarted: known, signalReceived: received } = recorder.index.effect(key);
  if (received !== undefined) return signalled(await recorder.recall(received.data));
  const begun: Got<Wait> = known === undefined ? await begin() : { ok: true, value: known };
  if (!begun.ok) return begun;
  const until = playedUntil(context, key) ?? begun.value.until;
  const wait: Wait = { until, waits_for: begun.value.waits_for };
  if (known === undefined) await recorder.appendIntent({ type: 'wait.started', key, path, ...wait });
  return stay(context, key, wait);
}

function playedUntil({ services, recorder }: StepContext, key: string): string | undefined {
  return services.playback?.until({ runId: recorder.run.id, key });
}

/** A time has come when either clock says so: the one of the store, which may be set, or the one that nobody sets. */
async function stay(context: StepContext, key: string, wait: Wait): Promise<Got<WaitEnd>> {
  const { store, staying, signal } = context;
  const elapsed = startClock();
  for (let first: number | undefined; ;) {
    const now = (await store.clock()).getTime();
    const data = await takeSignal(context, key, wait);
    if (data !== undefined) return signalled(data);
    const left = wait.until === undefined ? Infinity : Date.parse(wait.until) - now;
    first ??= left;
    const toTime = staying.isInstant === true && left < Infinity ? 0 : Math.min(left, first - elapsed());
    if (toTime <= 0) return { ok: true, value: { kind: 'over', wait } };
    if (staying.isRehearsal) return rehearsed(context, wait);
    const toSave = wait.waits_for === undefined && first <= staying.ms ? Infinity : staying.ms - elapsed();
    // Nobody stays for a time alone that is too far.
    if (toSave <= 0 || (wait.waits_for === undefined && first > staying.ms)) {
      return { ok: false, stop: { kind: 'suspended', clarifications: [], wait } };
    }
    context.budget.beforeToolCall();
    await sleep(Math.min(toTime, toSave, LOOK_MS), undefined, { signal }).catch(() => undefined);
    throwIfStopped(context);
  }
}

/** It is recorded before it is forgotten where signals are kept: killed in between, the run finds it again. */
async function takeSignal(context: StepContext, key: string, { until, waits_for }: Wait): Promise<Json | undefined> {
  const { recorder, store, path } = context;
  if (waits_for === undefined) return undefined;
  const taken = await store.takeSignal({ ...waits_for, run: recorder.run.id, effect: key, until });
  if (taken === undefined) return undefined;
  const { id, sent_at } = taken;
  const data = await recorder.record(path, taken.data);
  await recorder.appendDurably({ type: 'signal.received', key, path, id, sent_at, data });
  await store.forgetSignal(taken);
  return recorder.redact(taken.data);
}

function rehearsed({ recorder, path }: StepContext, wait: Wait): Got<WaitEnd> {
  recorder.append({ type: 'warning', path, message: `Not waited ${waitText(wait)}: this is a dry run.` });
  return { ok: true, value: { kind: 'rehearsed', wait } };
}

function signalled(data: Json): Got<WaitEnd> {
  return { ok: true, value: { kind: 'signal', data } };
}
