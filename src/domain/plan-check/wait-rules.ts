import type { Step, WaitForStep, WaitStep } from '../plan/plan.js';
import { eventProblem, keyProblem } from '../values/event-names.js';
import { durationMs } from '../values/duration.js';
import { momentMs } from '../values/moment.js';
import type { ProblemList } from './problem-list.js';

const TIME = '"until": "2026-12-01T09:00:00Z"';
const LENGTH = '"for": "2d"';

/** What a step that waits says without a template can be read, and says enough. */
export function checkWait(step: Step, at: string, problems: ProblemList): void {
  if (step.kind === 'wait') checkTime(step, at, problems);
  if (step.kind === 'wait_for') checkEvent(step, at, problems);
}

function checkTime({ until, for: length }: WaitStep, at: string, problems: ProblemList): void {
  if ((until === undefined) === (length === undefined)) {
    const message = until === undefined ? 'Nothing says until when.' : 'It says twice until when: by until and by for.';
    problems.error('wait-time', { message, pointer: at, fix: `Write one of them: ${TIME} or ${LENGTH}` });
  }
  if (isWritten(until) && momentMs(until.trim()) === undefined) {
    problems.error('wait-time', {
      message: `${JSON.stringify(until)} is not a time with its zone.`,
      pointer: `${at}/until`,
      fix: `Write, for example: ${TIME}, "2026-12-01T10:00+01:00", or {{ an expression }} that gives such a text.`,
    });
  }
  checkDuration(length, `${at}/for`, { example: LENGTH, problems });
}

function checkEvent({ event, key, timeout, on_timeout }: WaitForStep, at: string, problems: ProblemList): void {
  const wrongEvent = isWritten(event) ? eventProblem(event) : undefined;
  if (wrongEvent !== undefined) {
    problems.error('wait-event', { message: wrongEvent, pointer: `${at}/event`, fix: '"event": "payment"' });
  }
  const wrongKey = isWritten(key) ? keyProblem(key) : undefined;
  if (wrongKey !== undefined) {
    problems.error('wait-event', { message: wrongKey, pointer: `${at}/key`, fix: '"key": "{{ $order }}"' });
  }
  checkDuration(timeout, `${at}/timeout`, { example: '"timeout": "2d"', problems });
  if (on_timeout !== undefined && timeout === undefined) {
    problems.warn('unused-on-timeout', {
      message: 'Nothing says when the time is over.',
      pointer: `${at}/on_timeout`,
      fix: 'Add "timeout": "2d", or remove on_timeout.',
    });
  }
}

function checkDuration(
  text: string | undefined,
  pointer: string,
  { example, problems }: { example: string; problems: ProblemList },
): void {
  if (!isWritten(text) || durationMs(text.trim()) !== undefined) return;
  problems.error('wait-time', {
    message: `${JSON.stringify(text)} is not a duration.`,
    pointer,
    fix: `Write a number above 0 with ms, s, m, h or d, for example: ${example}`,
  });
}

/** What a template gives is known only in the run. */
function isWritten(text: string | undefined): text is string {
  return text !== undefined && !text.includes('{{');
}
