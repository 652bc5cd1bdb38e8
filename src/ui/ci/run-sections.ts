import { answerForms } from '../../clarifications/answer-commands.js';
import { exactSelector } from '../../clarifications/answer-selectors.js';
import type { PortiaError, Problem } from '../../domain/errors.js';
import { adviceText } from '../../domain/next-step.js';
import { openClarifications, type Clarification } from '../../domain/run/clarification.js';
import type { Run } from '../../domain/run/run.js';
import { isSecretSchema } from '../../domain/values/secret-values.js';
import { makeLook } from '../look.js';
import { questionTexts } from '../question-view.js';
import { blockText } from './markdown.js';
import { MOST_IN_COMMENT, type Section } from './page.js';

const look = makeLook({ columns: 100, now: new Date(0) });

/** The open questions of a run with all that they are about; `isComment`: answers can be written below. */
export function questionSections(run: Run, { isComment }: { isComment: boolean }): Section[] {
  const open = openClarifications(run);
  if (open.length === 0) return [];
  if (isComment && isTooLong(run)) return [{ text: TOO_LONG }];
  return [
    { text: `### ${open.length === 1 ? 'An open question' : `${open.length} open questions`}` },
    { text: blockText(questionTexts(run, look)) },
    { text: isComment ? `Answer with a comment:\n\n${blockText(answersTo(open).join('\n'))}` : ELSEWHERE },
  ];
}

const ELSEWHERE = 'Import the artifact with `portia import`; `portia resume` then asks.';

const TOO_LONG =
  'What is asked is too long for a comment. Import the artifact with `portia import`; `portia resume` then shows all of it and asks.';

/** Whether the questions do not fit into a comment as a whole. */
export function isTooLong(run: Run): boolean {
  return blockText(questionTexts(run, look)).length > MOST_IN_COMMENT / 2;
}

/** The comments that answer, one a line. */
function answersTo(open: Clarification[]): string[] {
  return open.flatMap((question) => {
    const selector = exactSelector(question, open);
    if (isSecret(question)) return [`${selector} is a secret, which no comment can give.`];
    return answerForms(question, selector).map((form) => `/portia answer ${form}`);
  });
}

/** Whether its answer must not be written where others read it. */
export function isSecret(question: Clarification): boolean {
  return question.category === 'Input' && isSecretSchema(question.schema);
}

/** What a run ended with; `value` is undefined where it has none. */
export function resultSection(value: string | undefined): Section[] {
  if (value === undefined || value.trim() === '') return [];
  return [{ text: `### Result\n\n${blockText(value)}`, mayGo: true }];
}

/** What went wrong, why, and what to do. */
export function errorSection(error: PortiaError): Section {
  const { why, fix } = error.details;
  const lines = [`${error.message}  [${error.code}]`, why, fix && `Fix: ${adviceText(fix)}`];
  return { text: blockText(lines.filter(Boolean).join('\n')) };
}

/** What is wrong with a plan, in the order of its text; notes are left out. */
export function problemsSection(problems: readonly Problem[]): Section[] {
  const found = problems.filter(({ severity }) => severity !== 'note');
  if (found.length === 0) return [];
  const lines = found.map(({ severity, rule, message, line, column, fix }) => {
    const place = line === undefined ? '' : `${line}:${column ?? 1} `;
    return `${place}${severity}: ${message} [${rule}]${fix === undefined ? '' : `\n    Fix: ${adviceText(fix)}`}`;
  });
  return [{ text: `### Problems\n\n${blockText(lines.join('\n'))}` }];
}
