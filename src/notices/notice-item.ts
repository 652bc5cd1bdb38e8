import { answerCommands } from '../clarifications/answer-commands.js';
import { plainCommand, portia } from '../domain/next-step.js';
import { openClarifications, type Clarification } from '../domain/run/clarification.js';
import type { Notice } from '../domain/run/notice.js';
import { isExpired, stillAsked } from '../domain/run/who-may-answer.js';
import { isStored, type Run } from '../domain/run/run.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { shortValue } from '../domain/values/short-value.js';
import type { NoticeItem, NoticeQuestion } from './notice-port.js';

/** What a notice says of its run as it is now, without a link; undefined when nobody has to be told any more. */
export function noticeItem(
  { kind, question_id: questionId, seq }: Notice,
  { run, request, now }: { run: Run; request: string | null; now: Date },
): NoticeItem | undefined {
  const common = { kind, run_id: run.id, plan_id: run.plan_id, request };
  if (questionId === null) {
    // It was resumed since.
    if (run.metadata.last_seq !== seq) return undefined;
    return { ...common, ...ofEnd(run), since: run.metadata.updated_at, question: null, for: [], link: null };
  }
  const open = openClarifications(run);
  const question = open.find(({ id }) => id === questionId);
  if (question === undefined || isExpired(question, now)) return undefined;
  const { path, raised_at: raisedAt = run.metadata.updated_at } = question;
  return {
    ...common,
    step: path === undefined ? null : stepNumber(path),
    since: raisedAt,
    question: questionOf(question),
    error: null,
    result: null,
    for: stillAsked(question),
    link: null,
    commands: answerCommands(run, question, open).map(plainCommand),
  };
}

function questionOf(question: Clarification): NoticeQuestion {
  const isCall = question.category === 'User Verification' || question.category === 'Multiple Choice';
  return {
    id: question.id,
    category: question.category,
    text: question.user_guidance,
    tool_id: (isCall ? question.tool_id : undefined) ?? null,
    args: (isCall ? question.args : undefined) ?? null,
    options: question.category === 'Multiple Choice' ? question.options : null,
    until: question.expires_at ?? null,
  };
}

function ofEnd(run: Run): Pick<NoticeItem, 'step' | 'error' | 'result' | 'commands'> {
  const { error, state } = run;
  const output = run.outputs.final_output;
  const result = state === 'COMPLETE' && output !== null ? (isStored(output) ? output.summary : output.value) : null;
  return {
    step: error?.step ? stepNumber(error.step) : null,
    error: error && { code: error.code, message: error.message, why: error.why ?? null },
    result: result === null ? null : shortValue(result),
    commands: [plainCommand(portia('show', run.id))],
  };
}
