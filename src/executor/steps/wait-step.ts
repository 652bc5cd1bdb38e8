import type { WaitStep } from '../../domain/plan/plan.js';
import { momentMs } from '../../domain/values/moment.js';
import type { Effects } from '../effects.js';
import { fillText } from '../expressions.js';
import { failed, type Got, type StepOutcome, type Wait } from '../outcomes.js';
import type { StepContext } from '../run-context.js';
import { timeAfter } from './time-after.js';

/** Waits until a time; gives that time. */
export async function runWaitStep(effects: Effects, step: WaitStep): Promise<StepOutcome> {
  const end = await effects.wait(() => beginning(effects.context, step));
  if (!end.ok) return end.stop;
  return { kind: 'completed', value: end.value.kind === 'signal' ? end.value.data : (end.value.wait.until ?? null) };
}

async function beginning(context: StepContext, { until, for: length }: WaitStep): Promise<Got<Wait>> {
  const time = await (until === undefined ? timeAfter(context, length ?? '') : timeAt(context, until));
  return time.ok ? { ok: true, value: { until: time.value } } : time;
}

async function timeAt(context: StepContext, until: string): Promise<Got<string>> {
  const text = await fillText(context, until);
  if (!text.ok) return text;
  const ms = momentMs(text.value.trim());
  if (ms !== undefined) return { ok: true, value: new Date(ms).toISOString() };
  const why = `${JSON.stringify(text.value)} is not a time with its zone, as in 2026-12-01T09:00:00Z.`;
  return { ok: false, stop: failed(context, { code: 'step-failed', message: why, retryable: false }) };
}
