import { durationMs } from '../../domain/values/duration.js';
import { isMoment } from '../../domain/values/moment.js';
import { fillText } from '../expressions.js';
import { failed, type Got } from '../outcomes.js';
import type { StepContext } from '../run-context.js';

/** The end of a duration of the plan that begins now, by the clock of the store: ISO 8601, UTC. */
export async function timeAfter(context: StepContext, length: string): Promise<Got<string>> {
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
