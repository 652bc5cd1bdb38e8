import { openClarifications } from '../../domain/run/clarification.js';
import type { ReportedAct, ReportedRun } from '../../domain/reported.js';
import type { Run } from '../../domain/run/run.js';
import { namesText } from '../../domain/run/who-may-answer.js';
import { count } from '../brief-value.js';
import { markup, type Markup } from '../pages/markup.js';
import { flatRows, type TimelineRow } from '../pictures/timeline-row.js';
import { ordinal } from './ordinal.js';
import type { ExactTimes } from './exact-times.js';

/** Steps whose tries are told. */
const MOST_TOLD = 3;

/** What happened, in sentences: who started it, how it ended, what it changed, who answered, what was tried again. */
export function leadOf(
  { run, acts }: Pick<ReportedRun, 'run' | 'acts'>,
  rows: readonly TimelineRow[],
  times: ExactTimes,
): Markup {
  const said = [startText(run, times), endText(run, times), actsText(run, acts), answersText(run), triesText(rows)];
  return markup`<p class="lead">${said.flatMap((part) => (part === undefined ? [] : [part, ' ']))}</p>`;
}

function startText({ started_by: starter, metadata: { created_at: created } }: Run, times: ExactTimes): string {
  const at = times.full(created);
  return starter === undefined ? `It was started on ${at}.` : `${starter.name ?? starter.user} started it on ${at}.`;
}

function endText(run: Run, times: ExactTimes): string {
  const { state, error, metadata } = run;
  const at = times.clock(metadata.updated_at, metadata.created_at);
  switch (state) {
    case 'COMPLETE':
      return `It was done at ${at}.`;
    case 'FAILED':
      return `It ended at ${at}: ${ended(error?.message ?? 'it failed')}`;
    case 'NEED_CLARIFICATION':
      return `It has been waiting since ${at} for an answer to ${count(openClarifications(run).length, 'question')}.`;
    case 'NOT_STARTED':
    case 'IN_PROGRESS':
    case 'READY_TO_RESUME':
      return `It is not done. The last that is recorded is of ${at}.`;
  }
}

function ended(sentence: string): string {
  return /[.?!…]$/.test(sentence) ? sentence : `${sentence}.`;
}

function actsText({ stubbed = [] }: Run, acts: readonly ReportedAct[]): Markup {
  const real = acts.filter(({ toolId }) => !stubbed.includes(toolId));
  const isReplaced =
    stubbed.length > 0 &&
    markup` ${namesText(stubbed, 'and')} ${stubbed.length === 1 ? 'was' : 'were'} replaced by ${stubbed.length === 1 ? 'a fixed result' : 'fixed results'}.`;
  if (real.length === 0) return markup`It changed nothing outside.${isReplaced}`;
  const agreed = real.filter(({ agreed: question }) => question !== undefined).length;
  const after =
    agreed === real.length
      ? 'each after a yes'
      : agreed === 0
        ? 'allowed beforehand'
        : `${agreed} after a yes, the others allowed beforehand`;
  const calls = real.length === 1 ? 'call that acts' : 'calls that act';
  return markup`<b>${real.length} ${calls}</b> ${real.length === 1 ? 'was' : 'were'} made, ${real.length === 1 ? after.replace('each ', '') : after}.${isReplaced}`;
}

function answersText({ outputs: { clarifications } }: Run): Markup | undefined {
  const answered = clarifications.filter(({ resolved, answered_by: by }) => resolved && by !== undefined);
  const people = new Set(answered.map(({ answered_by: by }) => by?.name ?? by?.user ?? ''));
  if (answered.length === 0) return undefined;
  return markup`${namesText([...people], 'and')} answered <b>${count(answered.length, 'question')}</b>.`;
}

function triesText(rows: readonly TimelineRow[]): string | undefined {
  const tried = flatRows(rows)
    .map(({ row }) => row)
    .filter(({ attempts }) => attempts.some(({ isFailed }) => isFailed) && attempts.length > 1);
  if (tried.length === 0) return undefined;
  if (tried.length > MOST_TOLD) return `${count(tried.length, 'step')} failed at first and were tried again.`;
  return tried
    .map(({ number, title, attempts, state }) => {
      const failed = attempts.filter(({ isFailed }) => isFailed).length;
      const times = failed === 1 ? 'once' : failed === 2 ? 'twice' : `${failed} times`;
      const end = state === 'done' ? ` and was done at the ${ordinal(attempts.length)} try` : '';
      return `Step ${number}, ${title}, failed ${times}${end}.`;
    })
    .join(' ');
}
