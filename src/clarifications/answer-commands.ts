import { portia, type CommandStep } from '../domain/next-step.js';
import { assertNever } from '../domain/errors.js';
import { asksAboutCall, FOR_THIS_RUN, mayHoldForRun } from '../domain/run/approval-answers.js';
import { isUnknownOutcome, type Clarification } from '../domain/run/clarification.js';
import { asksForReadiness, SKIPPED } from '../domain/run/readiness-questions.js';
import type { Run } from '../domain/run/run.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import { isPrintable } from '../domain/values/printable.js';
import { isSecretSchema } from '../domain/values/secret-values.js';
import { listedValues } from '../domain/values/typed-text.js';
import { exactSelector } from './answer-selectors.js';
import { checkAnswer, parseAnswerText } from './parse-answer.js';

/** The commands that answer one question, ready to be pasted; where a person has to fill in, VALUE stands. */
export function answerCommands(run: Pick<Run, 'id'>, question: Clarification, open: Clarification[]): CommandStep[] {
  const answers = answerForms(question, exactSelector(question, open));
  const commands = answers.map((form) => portia('resume', run.id, '--answer', form));
  return asksForReadiness(question) ? [portia('resume', run.id, '--wait', '10m'), ...commands] : commands;
}

/** What is to be filled in for a question: a secret comes from a file, and what may be anything is written as JSON. */
export function blankForm(question: Clarification, selector: string): string {
  const isSecret = question.category === 'Input' && isSecretSchema(question.schema);
  if (isSecret) return `${selector}=@FILE`;
  return question.category === 'Custom' ? `${selector}:=VALUE` : `${selector}=VALUE`;
}

/** What answers it, as text after the name: where a person has to fill in, VALUE stands. */
export function answerForms(question: Clarification, selector: string): string[] {
  switch (question.category) {
    case 'Input':
      // A secret on a command line would stay in the shell's history.
      if (isSecretSchema(question.schema)) return [blankForm(question, selector)];
      return [answerForm(question, selector, firstListed(question.schema))];
    case 'Multiple Choice':
      // What is pasted without a look would say that something happened, or do it twice.
      if (isUnknownOutcome(question)) return [blankForm(question, selector)];
      return [answerForm(question, selector, question.options[0])];
    case 'User Verification':
      if (asksAboutCall(question) && mayHoldForRun(question))
        return [`${selector}=yes`, `${selector}=${FOR_THIS_RUN}`, `${selector}=no`];
      return [`${selector}=yes`, `${selector}=no`];
    case 'Value Confirmation':
      return [`${selector}=yes`, `${selector}=no`];
    case 'Action':
      return [`${selector}=${question.may_skip === true ? SKIPPED : 'done'}`];
    case 'Custom':
      return [blankForm(question, selector)];
    default:
      return assertNever(question);
  }
}

function firstListed(schema: JsonObject | undefined): Json | undefined {
  return schema === undefined ? undefined : listedValues(schema)?.[0];
}

/** An option as text where the text is read back as that option, else by its number, else as JSON. */
function answerForm(question: Clarification, selector: string, value: Json | undefined): string {
  if (value === undefined) return `${selector}=VALUE`;
  if (typeof value === 'string' && value.length <= 60 && isPrintable(value) && !/^@|\n/.test(value)) {
    const read = parseAnswerText(question, value);
    if (read.ok && read.value === value) return `${selector}=${value}`;
  }
  if (question.category === 'Multiple Choice') return `${selector}=#1`;
  return checkAnswer(question, value).ok ? `${selector}:=${JSON.stringify(value)}` : `${selector}=VALUE`;
}
