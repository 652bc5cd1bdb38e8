import type { Step } from '../plan/plan.js';
import { durationMs } from '../values/duration.js';
import { momentMs } from '../values/moment.js';
import type { ProblemList } from './problem-list.js';

const TIME = '"until": "2026-12-01T09:00:00Z"';
const LENGTH = '"for": "2d"';

/** A step that waits says once until when, and what it says without a template can be read. */
export function checkWait(step: Step, at: string, problems: ProblemList): void {
  if (step.kind !== 'wait') return;
  const { until, for: length } = step;
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
  if (isWritten(length) && durationMs(length.trim()) === undefined) {
    problems.error('wait-time', {
      message: `${JSON.stringify(length)} is not a duration.`,
      pointer: `${at}/for`,
      fix: `Write a number above 0 with ms, s, m, h or d, for example: ${LENGTH}`,
    });
  }
}

/** What a template gives is known only in the run. */
function isWritten(text: string | undefined): text is string {
  return text !== undefined && !text.includes('{{');
}
