import { OpenQuestions, type OpenQuestion } from '../../app/open-questions.js';
import { answerCommands } from '../../clarifications/answer-commands.js';
import { exactSelector } from '../../clarifications/answer-selectors.js';
import { openClarifications } from '../../domain/run/clarification.js';
import { openQuestionsView } from '../../ui/open-questions-view.js';
import type { Session } from '../session/session.js';

/** Prints the open questions of all runs, the newest first: the inbox of `portia serve` as a list. */
export async function listQuestions(session: Session, limit: number): Promise<void> {
  const all = await new OpenQuestions(session.services.store).list();
  const shown = all.slice(0, limit === Number.POSITIVE_INFINITY ? undefined : limit);
  await session.print({
    record: shown.map((one) => recordOf(one, session)),
    human: (look) => openQuestionsView({ shown, total: all.length }, look),
  });
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
