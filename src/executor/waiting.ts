import { setTimeout as sleep } from 'node:timers/promises';

import { startClock } from '../timing/clock.js';
import { throwIfStopped } from './interruption.js';
import type { Got } from './outcomes.js';
import type { StepContext } from './run-context.js';

/** How often is looked whether the time has come, in milliseconds: a clock may be set, and a machine may sleep. */
const LOOK_MS = 250;

/** Waits for the time that is recorded under the key; `time` says it when none is. What comes later is left to a later drive. */
export async function waitUntil(
  context: StepContext,
  key: string,
  time: () => Promise<Got<string>>,
): Promise<Got<string>> {
  const { recorder, path, store, staying } = context;
  const known = recorder.index.effect(key).waitStarted;
  const until: Got<string> = known === undefined ? await time() : { ok: true, value: known.until };
  if (!until.ok) return until;
  if (known === undefined) await recorder.appendIntent({ type: 'wait.started', key, path, until: until.value });
  const left = Date.parse(until.value) - (await store.clock()).getTime();
  if (left <= 0) return until;
  if (staying.isRehearsal) {
    recorder.append({ type: 'warning', path, message: `Not waited until ${until.value}: this is a dry run.` });
    return until;
  }
  if (left > staying.ms) return { ok: false, stop: { kind: 'suspended', clarifications: [], wakeAt: until.value } };
  await stay(context, until.value, left);
  return until;
}

/** It is over when either clock says so: the one of the store, which may be set, or the one that nobody sets. */
async function stay(context: StepContext, until: string, ms: number): Promise<void> {
  const elapsed = startClock();
  for (let left = ms; left > 0;) {
    context.budget.beforeToolCall();
    await sleep(Math.min(left, LOOK_MS), undefined, { signal: context.signal }).catch(() => undefined);
    throwIfStopped(context);
    left = Math.min(ms - elapsed(), Date.parse(until) - (await context.store.clock()).getTime());
  }
}
