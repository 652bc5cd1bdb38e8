import { OpenQuestions, type OpenQuestion } from '../../app/open-questions.js';
import { answerCommands } from '../../clarifications/answer-commands.js';
import { exactSelector } from '../../clarifications/answer-selectors.js';
import { openClarifications } from '../../domain/run/clarification.js';
import { isFailedTry, noticeWords, type ShownNotice } from '../../ui/notice-words.js';
import { openQuestionsView } from '../../ui/open-questions-view.js';
import { writeText, type Session } from '../session/session.js';
import { csvOf } from './csv-of.js';

/** Prints the open questions of all runs, the newest first: the inbox of `portia serve` as a list. */
export async function listQuestions(session: Session, limit: number): Promise<void> {
  const all = await new OpenQuestions(session.services.store).list();
  const shown = all.slice(0, limit === Number.POSITIVE_INFINITY ? undefined : limit);
  const failed = (await session.services.store.notices.unsent()).filter(isFailedTry);
  const record = shown.map((one) => ({ ...recordOf(one, session), ...notTold(one, failed) }));
  if (session.report === 'csv') return writeText(session, await csvOf(session, COLUMNS, record));
  await session.print({
    record,
    human: (look) => openQuestionsView({ shown, total: all.length }, look),
  });
  const ids = new Set<string | null>(shown.map(({ question }) => question.id));
  for (const notice of failed) {
    if (!('unreadable' in notice) && ids.has(notice.question_id)) await session.warn(`${noticeWords(notice)}.`);
  }
}

const COLUMNS = [
  ...[
    'run_id',
    'plan_id',
    'query',
    'selector',
    'id',
    'category',
    'user_guidance',
    'raised_at',
    'assignees',
    'expires_at',
  ],
];

/** Who was not told of the question. */
function notTold({ question }: OpenQuestion, failed: readonly ShownNotice[]): object {
  const own = failed.flatMap((notice) =>
    'unreadable' in notice || notice.question_id !== question.id ? [] : [notice],
  );
  if (own.length === 0) return {};
  return { not_told: own.map(({ target, error, state }) => ({ target, error, given_up: state === 'failed' })) };
}

function recordOf({ run, question, plan, owner }: OpenQuestion, { look }: Session): object {
  const open = openClarifications(run);
  return {
    ...question,
    run_id: run.id,
    plan_id: run.plan_id,
    query: plan?.plan_context.query ?? null,
    selector: exactSelector(question, open),
    commands: answerCommands(run, question, open).map(look.spell),
    ...(owner !== undefined && { owner }),
  };
}
