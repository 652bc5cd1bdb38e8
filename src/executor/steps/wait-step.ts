import type { WaitStep } from '../../domain/plan/plan.js';
import { durationMs } from '../../domain/values/duration.js';
import { isMoment, momentMs } from '../../domain/values/moment.js';
import type { Effects } from '../effects.js';
import { fillText } from '../expressions.js';
import { failed, type Got, type StepOutcome } from '../outcomes.js';
import type { StepContext } from '../run-context.js';

/** Waits until a time; gives that time. */
export async function runWaitStep(effects: Effects, step: WaitStep): Promise<StepOutcome> {
  const until = await effects.waitUntil(() => timeOf(effects.context, step));
  return until.ok ? { kind: 'completed', value: until.value } : until.stop;
}

async function timeOf(context: StepContext, { until, for: length }: WaitStep): Promise<Got<string>> {
  return until === undefined ? timeAfter(context, length ?? '') : timeAt(context, until);
}

async function timeAt(context: StepContext, until: string): Promise<Got<string>> {
  const text = await fillText(context, until);
  if (!text.ok) return text;
  const ms = momentMs(text.value.trim());
  if (ms !== undefined) return { ok: true, value: new Date(ms).toISOString() };
  const why = `${JSON.stringify(text.value)} is not a time with its zone, as in 2026-12-01T09:00:00Z.`;
  return { ok: false, stop: failed(context, { code: 'step-failed', message: why, retryable: false }) };
}

/** A duration begins when the step is first done, by the clock of the store. */
async function timeAfter(context: StepContext, length: string): Promise<Got<string>> {
  const text = await fillText(context, length);
  if (!text.ok) return text;
  const ms = durationMs(text.value.trim());
  const end = (await context.store.clock()).getTime() + (ms ?? Number.NaN);
  if (isMoment(end)) return { ok: true, value: new Date(end).toISOString() };
  const said = JSON.stringify(text.value);
  const message =
    ms === undefined
      ? `${said} is not a duration: a number above 0 with ms, s, m, h or d, as in 90s or 2d.`
      : `${said} ends after the year 9999.`;
  return { ok: false, stop: failed(context, { code: 'step-failed', message, retryable: false }) };
}
