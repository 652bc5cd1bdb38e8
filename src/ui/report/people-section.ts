import { changedArguments, reasonOfNo } from '../../domain/run/approval-answers.js';
import { isApproval, type Clarification } from '../../domain/run/clarification.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import { valueChanges } from '../../domain/values/json-changes.js';
import { count } from '../brief-value.js';
import { roundedDuration } from '../times.js';
import { answerText, personName } from '../pages/answer-text.js';
import { markup, type Markup } from '../pages/markup.js';
import { keysView } from '../pages/plan-changes.js';
import { state } from '../pages/state.js';
import { argumentsText } from './arguments-text.js';
import type { ExactTimes } from './exact-times.js';

/** Questions of a report. */
const MOST = 500;

/** Every question with its answer: what was said, by whom, how and when. */
export function questionList(questions: readonly Clarification[], now: Date, times: ExactTimes): Markup {
  const items = questions
    .slice(0, MOST)
    .map(
      (question) =>
        markup`<li class="qa"><span class="no">${stepNumber(question.path ?? String(question.step ?? 0))}</span><div><p class="text">${question.user_guidance}</p>${callView(question)}</div><span class="who2">${waitText(question, now)}</span>${answerView(question, times)}</li>`,
    );
  const rest =
    questions.length > MOST &&
    markup`<p class="meta">${count(questions.length - MOST, 'more question')} are in the log.</p>`;
  return markup`<ol>${items}</ol>${rest}`;
}

/** The call that a person is asked about, as it was asked about. */
function callView(question: Clarification): Markup | false {
  if (!isApproval(question) || question.args === undefined) return false;
  return markup`<p class="meta text"><span class="mono">${question.tool_id}</span> ${argumentsText(question.args)}</p>`;
}

function waitText({ raised_at: from, resolved_at: to, resolved }: Clarification, now: Date): string {
  if (from === undefined || (resolved && to === undefined)) return '';
  const ms = (to === undefined ? now.getTime() : Date.parse(to)) - Date.parse(from);
  return ms < 1_000 ? '' : `${resolved ? 'waited' : 'has waited'} ${roundedDuration(ms)}`;
}

function answerView(question: Clarification, times: ExactTimes): Markup {
  if (!question.resolved) return markup`<p class="ans">${state('waiting', 'open')}</p>`;
  const { resolved_at: at, raised_at: from } = question;
  const who = personName(question);
  const reason = reasonOfNo(question) ?? question.reason;
  const by = [...(who === '' ? [] : [who]), ...(at === undefined ? [] : [times.clock(at, from)])].join(', ');
  return markup`<p class="ans"><b>${answerText(question)}</b>${by !== '' && markup` by ${by}`}</p>${reason !== undefined && markup`<p class="ans text">“${reason}”</p>`}${changesView(question)}`;
}

/** What a yes changed in the arguments. */
function changesView(question: Clarification): Markup | false {
  const args = changedArguments(question);
  if (args === undefined || question.category !== 'User Verification') return false;
  return markup`<div class="chg">${keysView(valueChanges(question.args ?? {}, args))}</div>`;
}
