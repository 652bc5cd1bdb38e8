import { allowsTooMuch } from '../domain/run/approval-answers.js';
import { advice, portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import type { Answer, Clarification } from '../domain/run/clarification.js';
import type { Person } from '../domain/run/person.js';
import type { Run } from '../domain/run/run.js';
import { namesText, whoMayAnswer } from '../domain/run/who-may-answer.js';

/** Who gives answers that do not say it, and when: by the clock of the store. */
export interface AnsweredBy {
  by: Person | undefined;
  now: Date;
}

/**
 * Throws `wrong-person` for an answer of somebody who is not asked, and `answer-refused` for one that is too late, or that
 * holds for more than its channel may allow.
 */
export function refuseWrongPeople(run: Run, answers: readonly Answer[], { by, now }: AnsweredBy): void {
  for (const answer of answers) {
    const refusal = refusalOf(run, answer, { by, now });
    if (refusal !== undefined) throw refusal;
  }
}

/** Why an answer does not count, as the error of `refuseWrongPeople`. */
export function refusalOf(run: Run, answer: Answer, { by, now }: AnsweredBy): PortiaError | undefined {
  const question = run.outputs.clarifications.find(({ id }) => id === answer.id);
  if (question === undefined) return undefined;
  const person = answer.by ?? by;
  if (allowsTooMuch(question, { ...answer, by: person })) return tooMuch(run);
  return refusalFor(run, question, { by: person, now });
}

/** Those of the questions that this person may answer now. */
export function answerableBy(questions: readonly Clarification[], { by, now }: AnsweredBy): Clarification[] {
  return questions.filter((question) => whoMayAnswer(question, by, now).allowed);
}

function tooMuch({ id: runId }: Run): PortiaError {
  return new PortiaError('answer-refused', 'The answer allows more calls than the one that is asked about.', {
    why: 'By a link one call is allowed at a time, and only whoever has the command line here allows a tool always.',
    fix: advice`Answer yes or no, or allow more on the command line: ${portia('resume', runId)}`,
    runId,
  });
}

function refusalFor({ id: runId }: Run, question: Clarification, { by, now }: AnsweredBy): PortiaError | undefined {
  const verdict = whoMayAnswer(question, by, now);
  if (verdict.allowed) return undefined;
  const { because, why, ask } = verdict;
  const asked = `${why}\nThe question: ${question.user_guidance}`;
  if (because === 'expired') {
    return new PortiaError('answer-refused', 'The answer is too late: its question has expired.', {
      why: asked,
      fix: advice`${portia('resume', runId)}   # continues as the plan says`,
      runId,
    });
  }
  const others = namesText(ask);
  return new PortiaError('wrong-person', 'This person may not answer the question.', {
    why: asked,
    fix: advice`Ask ${others ?? 'somebody else'} to answer. What is asked: ${portia('show', runId)}`,
    runId,
  });
}
