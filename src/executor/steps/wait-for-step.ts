import type { WaitForStep } from '../../domain/plan/plan.js';
import { eventText } from '../../domain/run/signals.js';
import { eventProblem, keyProblem } from '../../domain/values/event-names.js';
import type { Effects } from '../effects.js';
import { fillList, fillText } from '../expressions.js';
import { failed, type Got, type StepOutcome, type Wait } from '../outcomes.js';
import type { StepContext } from '../run-context.js';
import type { WaitEnd } from '../waiting.js';
import { timeAfter } from './time-after.js';

/** Waits for an event; gives what came with it, or what the plan says when it did not come in time. */
export async function runWaitForStep(effects: Effects, step: WaitForStep): Promise<StepOutcome> {
  const { context } = effects;
  const end = await effects.wait(() => beginning(context, step));
  if (!end.ok) return end.stop;
  if (end.value.kind === 'signal') return { kind: 'completed', value: end.value.data };
  return withoutEvent(context, step, end.value);
}

async function beginning(context: StepContext, step: WaitForStep): Promise<Got<Wait>> {
  const event = await fillText(context, step.event);
  if (!event.ok) return event;
  const key = await fillText(context, step.key ?? '');
  if (!key.ok) return key;
  const problem = eventProblem(event.value) ?? keyProblem(key.value);
  if (problem !== undefined) {
    return { ok: false, stop: failed(context, { code: 'step-failed', message: problem, retryable: false }) };
  }
  const waits_for = { event: event.value, key: key.value };
  if (step.timeout === undefined) return { ok: true, value: { waits_for } };
  const until = await timeAfter(context, step.timeout);
  return until.ok ? { ok: true, value: { waits_for, until: until.value } } : until;
}

async function withoutEvent(
  context: StepContext,
  { on_timeout: onTimeout }: WaitForStep,
  { kind, wait }: Exclude<WaitEnd, { kind: 'signal' }>,
): Promise<StepOutcome> {
  if (typeof onTimeout !== 'object') {
    if (kind === 'rehearsed') return { kind: 'completed', value: null };
    const event = wait.waits_for === undefined ? '' : eventText(wait.waits_for);
    const message = `The event ${event} did not come until ${wait.until}.`;
    return failed(context, { code: 'timed-out', message, retryable: false });
  }
  const filled = await fillList(context, [onTimeout.value]);
  return filled.ok ? { kind: 'completed', value: filled.value[0] ?? null } : filled.stop;
}
