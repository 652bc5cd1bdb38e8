import { portia } from '../../domain/next-step.js';
import { selects, selectorWithPlace } from '../../clarifications/answer-selectors.js';
import {
  isApproval,
  mustBeAskedFirst,
  openClarifications,
  type Clarification,
} from '../../domain/run/clarification.js';
import { isEndedByExit, isFinal, type Run } from '../../domain/run/run.js';
import { errorJson, errorView } from '../../ui/error-view.js';
import { openQuestionsJson, questionView } from '../../ui/question-view.js';
import { runError } from '../../ui/run-error.js';
import type { GivenAnswers } from '../input/given-answers.js';
import { finalText } from './output-value.js';
import { fileOf, placeOf } from './place-of.js';
import { writeText, type Session } from '../session/session.js';

/** The run's result on standard output; what is open or went wrong, and what to do, on standard error. */
export async function reportRun(session: Session, run: Run, exitCode: number): Promise<void> {
  const { look } = session;
  await printResult(session, run);
  if (openClarifications(run).length > 0 && run.state !== 'FAILED') await printQuestions(session, run, exitCode);
  else if (run.state !== 'COMPLETE') await printError(session, run, exitCode);
  else if (session.format === 'human')
    await session.note(
      `${look.colour.dim(`saved ${look.link(placeOf(session, run.id), fileOf(session, run.id))}\nNext  ${look.spell(portia('show', run.id))}`)}\n`,
    );
}

/** The run in the form that was asked for: nothing in NDJSON, which has printed its events instead. */
export async function printResult(session: Session, run: Run): Promise<void> {
  switch (session.format) {
    case 'json':
      await session.print({ record: run, human: () => '' });
      return;
    case 'ndjson':
      return;
    case 'value':
      if (run.state === 'COMPLETE') await writeText(session, await finalText(session, run, 'compact'));
      return;
    case 'human':
      if (run.state !== 'COMPLETE') return;
      await writeText(session, await finalText(session, run, 'pretty'));
  }
}

/** What is open, and how it is answered; with the exit code when the command ends with that. */
export async function printQuestions(session: Session, run: Run, exitCode?: number): Promise<void> {
  const ended = exitCode !== undefined && { exit_code: exitCode };
  const text = session.speech.isJson
    ? `${JSON.stringify({ ...openQuestionsJson(run, session.look.spell), ...ended })}\n`
    : questionView(run, session.look);
  await session.io.streams.err.write(session.speech.redact(text));
}

/** Why the run is not complete, and how to continue it. */
async function printError(session: Session, run: Run, exitCode: number): Promise<void> {
  const error = runError(run, session.look, session.services.trust.isByContent);
  const text = session.speech.isJson
    ? errorJson(error, {
        exitCode,
        resumable: run.error?.code !== 'declined' && !isEndedByExit(run),
        spell: session.look.spell,
      })
    : errorView(error, session.look);
  await session.io.streams.err.write(session.speech.redact(text));
}

function whyNotBefore(question: Clarification): string {
  const said = 'what a call may do is answered only once it is asked';
  return isApproval(question) ? `${said} (beforehand: --approve ${question.tool_id})` : said;
}

/** An answer that was given before its question. */
export function stillKept(origin: string): string {
  return `${origin} is not used yet: it is kept until its question is asked.`;
}

/**
 * Reports answers that no question took: those that still wait for their question, and the others with what was asked.
 */
export async function warnUnused(session: Session, run: Run, given: GivenAnswers): Promise<void> {
  const unused = given.unused();
  if (unused.length === 0) return;
  const asked = run.outputs.clarifications.map(selectorWithPlace);
  const what = asked.length === 0 ? 'nothing was asked' : `asked was: ${[...new Set(asked)].join(', ')}`;
  const askedFirst = run.outputs.clarifications.filter(mustBeAskedFirst);
  for (const { origin, selector, kept } of unused) {
    const question = askedFirst.find((other) => selects(selector, other));
    if (question === undefined && kept !== undefined && !isFinal(run)) {
      await session.warn(stillKept(origin));
      continue;
    }
    await session.warn(`${origin} was not used; ${question === undefined ? what : whyNotBefore(question)}.`);
  }
}
