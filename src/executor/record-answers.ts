import { answerEvent } from '../domain/run/asked-digest.js';
import { openClarifications, type Answer, type Clarification } from '../domain/run/clarification.js';
import type { EventBody } from '../domain/run/events.js';
import type { Run } from '../domain/run/run.js';
import { asksForSecret } from '../domain/run/secret-answers.js';
import { isLastNeeded } from '../domain/run/who-may-answer.js';
import { refuseWrongPeople, type AnsweredBy } from './answer-rule.js';

/** Where answers are recorded: in the log of a run, or by the recorder of one that is driven. */
interface AnswerLog {
  readonly run: Run;
  append(body: EventBody): unknown;
}

interface Given extends AnsweredBy {
  answers: readonly Answer[];
}

/**
 * Records each answer with what the run asks at this moment. Throws before anything is recorded: `wrong-person` for one of
 * somebody who is not asked, `answer-refused` for one that is too late.
 */
export function recordAnswers(log: AnswerLog, { answers, by, now }: Given): void {
  refuseWrongPeople(log.run, answers, { by, now });
  for (const answer of answers) log.append(answerOrApproval(log.run, { by, ...answer }));
}

/** A yes of somebody after whom others must agree, too, is not the answer yet. */
function answerOrApproval({ outputs: { clarifications } }: Run, answer: Answer): EventBody {
  const event = answerEvent(answer, clarifications);
  const question = clarifications.find(({ id }) => id === answer.id);
  if (question === undefined || event.response !== true || isLastNeeded(question, event.by)) return event;
  return { ...event, type: 'approval.given', response: true };
}

/** Records what no person said: rules that the user set, and hooks. */
export function recordDecisions(log: AnswerLog, answers: readonly Answer[]): void {
  for (const answer of answers) log.append(answerEvent(answer, log.run.outputs.clarifications));
}

/**
 * Records all answers but those that are secrets, and gives those back: they are recorded as given only when the run
 * continues with them, because this process is the only one that has them.
 */
export function recordAllButSecrets(log: AnswerLog, { answers, by, now }: Given): Answer[] {
  refuseWrongPeople(log.run, answers, { by, now });
  const asking = new Set(log.run.outputs.clarifications.filter(asksForSecret).map(({ id }) => id));
  recordAnswers(log, { answers: answers.filter(({ id }) => !asking.has(id)), by, now });
  return answers.filter(({ id }) => asking.has(id));
}

/** The open questions without an answer here. */
export function openBut(run: Run, answers: readonly Answer[]): Clarification[] {
  const answered = new Set(answers.map(({ id }) => id));
  return openClarifications(run).filter(({ id }) => !answered.has(id));
}
