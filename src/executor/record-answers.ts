import { answerEvent } from '../domain/run/asked-digest.js';
import { openClarifications, type Answer, type Clarification } from '../domain/run/clarification.js';
import type { EventBody } from '../domain/run/events.js';
import type { Person } from '../domain/run/person.js';
import type { Run } from '../domain/run/run.js';
import { asksForSecret } from '../domain/run/secret-answers.js';

/** Where answers are recorded: in the log of a run, or by the recorder of one that is driven. */
interface AnswerLog {
  readonly run: Run;
  append(body: EventBody): unknown;
}

interface Given {
  answers: readonly Answer[];
  /** Who gives those that do not say it. */
  by: Person | undefined;
}

/** Records each answer with what the run asks at this moment. */
export function recordAnswers(log: AnswerLog, { answers, by }: Given): void {
  for (const answer of answers) log.append(answerEvent({ by, ...answer }, log.run.outputs.clarifications));
}

/**
 * Records all answers but those that are secrets, and gives those back: they are recorded as given only when the run
 * continues with them, because this process is the only one that has them.
 */
export function recordAllButSecrets(log: AnswerLog, { answers, by }: Given): Answer[] {
  const asking = new Set(log.run.outputs.clarifications.filter(asksForSecret).map(({ id }) => id));
  recordAnswers(log, { answers: answers.filter(({ id }) => !asking.has(id)), by });
  return answers.filter(({ id }) => asking.has(id));
}

/** The open questions without an answer here. */
export function openBut(run: Run, answers: readonly Answer[]): Clarification[] {
  const answered = new Set(answers.map(({ id }) => id));
  return openClarifications(run).filter(({ id }) => !answered.has(id));
}
