import { type Advice, type CommandStep, plainCommand, portia, spellAdvice } from '../domain/next-step.js';
import { answerCommands, blankForm } from '../clarifications/answer-commands.js';
import { exactSelector } from '../clarifications/answer-selectors.js';
import { describeSchema } from '../domain/values/schema-words.js';
import { listedValues } from '../domain/values/typed-text.js';
import { asksAboutCall, mayHoldForRun } from '../domain/run/approval-answers.js';
import {
  type Approval,
  isApproval,
  isUnknownOutcome,
  openClarifications,
  type Clarification,
  type ClarificationOf,
} from '../domain/run/clarification.js';
import { assertNever } from '../domain/errors.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import type { Run } from '../domain/run/run.js';
import { askedPeople } from './asked-people.js';
import { briefValue, count } from './brief-value.js';
import type { Look } from './look.js';
import { NamedValues } from './named-values.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { describeSources } from '../domain/run/value-sources.js';
import type { ToolEffect } from '../domain/values/tool-effects.js';
import { asksForReadiness } from '../domain/run/readiness-questions.js';
import { ownPath, stepNumber } from '../domain/plan/step-path.js';
import { outcomeForms } from '../domain/run/unknown-outcome.js';
import { wrapTo } from './text-width.js';

/** The part of a run that its questions need. */
export type Asking = Pick<Run, 'id' | 'outputs'> & Partial<Pick<Run, 'steps'>>;

/**
 * The open questions of a run, each with what it takes and the exact command that answers it. Empty without questions.
 * Ends with a newline. `before`: what has to be done before any command can answer; then none is printed.
 */
export function questionView(run: Asking, look: Look, before?: Advice): string {
  const open = openClarifications(run);
  if (open.length === 0) return '';
  const { symbols, colour } = look;
  const values = NamedValues.ofSteps(run.steps ?? []);
  const isAnswerable = before === undefined;
  const lines = [
    colour.yellow(`${symbols.waiting} ${count(open.length, 'open question')}`),
    ...open.flatMap((question) => [
      '',
      ...questionLines(question, { run, open, look, values, isAnswerable }).map((line) => `   ${line}`),
    ]),
    '',
    ...(isAnswerable
      ? nextLines(run, open, look)
      : [`   ${colour.bold('Next')}  ${printable(spellAdvice(before, look.spell))}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The open questions alone, for a page that says itself how they are answered. */
export function questionTexts(run: Asking, look: Look): string {
  const open = openClarifications(run);
  const values = NamedValues.ofSteps(run.steps ?? []);
  const texts = open.map((question) =>
    questionLines(question, { run, open, look, values, isAnswerable: false }).join('\n'),
  );
  return texts.join('\n\n');
}

function nextLines(run: Asking, open: Clarification[], look: Look): string[] {
  const { colour } = look;
  return [
    `   ${colour.bold('Next')}  ${look.spell(resumeCommand(run))}   ${colour.dim('asks here')}`,
    ...(open.length === 1 ? [] : [`         ${look.spell(answerAll(run, open))}`]),
  ];
}

function questionLines(
  question: Clarification,
  at: { run: Asking; open: Clarification[]; look: Look; values: NamedValues; isAnswerable: boolean },
): string[] {
  const { run, open, look, values, isAnswerable } = at;
  const width = look.columns - 3;
  const who = [whereAsked(question, values, look), question.source].filter(
    (part) => part !== undefined && part !== null,
  );
  return [
    ...wrapTo(printable(question.user_guidance), width).map(look.colour.bold),
    ...callDetails(question, look),
    ...callReminder(question, look),
    ...wrapTo(`${exactSelector(question, open)}: ${takes(question)}`, width),
    ...questionDetails(question, look),
    ...askedPeople(question).flatMap((line) => wrapTo(line, width)),
    ...(who.length === 0 ? [] : [look.colour.dim(oneLine(`asked by ${who.join(', ')}`))]),
    ...(isAnswerable ? answerCommands(run, question, open).map(look.spell) : []),
  ];
}

function whereAsked(question: Clarification, values: NamedValues, look: Look): string | undefined {
  if (question.path !== undefined) return placeOf(question.path, values, look);
  return question.step === null ? undefined : `step ${question.step + 1}`;
}

/** A step as people count, and what the loop around it is at: `step 2[3].1 ($ticket = "T-103")`. */
export function placeOf(path: string, values: NamedValues, look: Pick<Look, 'symbols'>): string {
  const loop = values.loopText(ownPath(path), look);
  return `step ${stepNumber(path)}${loop === '' ? '' : ` (${loop})`}`;
}

/** What kind of answer a question takes, in printable words. Options are listed apart. */
function takes(question: Clarification): string {
  switch (question.category) {
    case 'Input':
      return oneLine(describeSchema(question.schema));
    case 'Multiple Choice':
      return 'one of';
    case 'Value Confirmation':
      return 'yes, no, or another value';
    case 'User Verification':
      if (asksAboutCall(question)) return approvalForms(question);
      return isApproval(question) ? 'yes (make this call) or no (end the run)' : 'yes or no';
    case 'Action':
      if (!asksForReadiness(question)) return 'done, once it is done';
      return `no answer, its tools say when it is done${question.may_skip === true ? '; skip continues until a call needs it' : ''}`;
    case 'Custom':
      return 'any JSON value';
    default:
      return assertNever(question);
  }
}

function approvalForms(question: Approval): string {
  const { by_agent: byAgent, may_keep: mayKeep } = question;
  const no = byAgent === true ? 'no=REASON (tell the agent why, and let it continue)' : 'no=REASON (and say why)';
  const later = mayHoldForRun(question) ? ', run (and its later calls in this run)' : '';
  const yes = `yes (make this call), yes:=JSON (with these arguments instead)${later}`;
  const always = mayKeep === true ? ', always (and all its calls in this project)' : '';
  return `${yes}${always}, no (end the run) or ${no}`;
}

/** Options, values and addresses below a question. */
export function questionDetails(question: Clarification, look: Look): string[] {
  const width = look.columns - 7;
  switch (question.category) {
    case 'Multiple Choice':
      return isUnknownOutcome(question)
        ? outcomeLines(question, width)
        : question.options.flatMap((option, index) => wholeOption(`#${index + 1}`, option, look));
    case 'Input':
      return (question.schema === undefined ? [] : (listedValues(question.schema) ?? [])).map(
        (option) => `  ${optionLabel(option, width, look)}`,
      );
    case 'Value Confirmation':
      return question.value === undefined ? [] : fullValue(question.argument_name, question.value, width);
    case 'User Verification':
      return [];
    case 'Action':
      return [`  ${look.link(printable(question.action_url), question.action_url)}`];
    case 'Custom':
      return Object.entries(question.data).flatMap(([name, value]) => fullValue(name, value, width));
    default:
      return assertNever(question);
  }
}

function outcomeLines(question: Clarification, width: number): string[] {
  return outcomeForms(question).flatMap(({ form, means }) => {
    const [first = '', ...rest] = wrapTo(`${form}: ${means}`, width);
    return [`  ${first}`, ...rest.map((line) => `    ${line}`)];
  });
}

/** An option with all of its text: two may differ only at their ends. */
function wholeOption(number: string, option: Json, look: Look): string[] {
  const [first = '', ...rest] = wrapTo(wholeLabel(option, look), look.columns - number.length - 4);
  return [`  ${number} ${first}`, ...rest.map((line) => `${' '.repeat(number.length + 3)}${line}`)];
}

/** An option as it is listed, uncut. */
export function wholeLabel(option: Json, look: Look): string {
  return typeof option === 'string' ? optionLabel(option, Infinity, look) : printable(JSON.stringify(option));
}

/** An option as it is listed: text as it is, everything else as JSON. */
export function optionLabel(option: Json, width: number, look: Look): string {
  if (typeof option !== 'string') return briefValue(option, width, look);
  // Quoted when it could be taken for another option, a number or nothing at all.
  const isPlain = option !== '' && oneLine(option) === option && option.length <= width && !looksLikeJson(option);
  return isPlain ? option : briefValue(option, width, look);
}

function looksLikeJson(text: string): boolean {
  return /^(-?\d|[[{"]|true$|false$|null$)/.test(text);
}

/** The call that a question is about; empty for a question about no call. Nothing is cut: it is what is approved. */
export function callDetails(question: Clarification, look: Look): string[] {
  if (question.category !== 'User Verification' && question.category !== 'Multiple Choice') return [];
  return question.tool_id === undefined ? [] : callLines(question, look);
}

type CallQuestion = ClarificationOf<'User Verification' | 'Multiple Choice'>;

function callLines(question: CallQuestion, look: Look): string[] {
  const { tool_id: toolId = '', args = {} } = question;
  const width = look.columns - 9;
  const lines = Object.entries(args).flatMap(([name, value]) => [
    ...fullValue(name, value, width),
    ...sourceLines(question, name, { look, width }),
  ]);
  return [
    `  ${oneLine(toolId)}${promiseOf(question)}`,
    ...(lines.length === 0 ? ['  without arguments'] : lines.map((line) => `  ${line}`)),
  ];
}

const EFFECTS: Record<ToolEffect, string> = {
  read: 'changes nothing',
  idempotent: 'acts; may be repeated',
  once: 'acts; must not happen twice',
};

/** What the tool says that a call of it does. */
function promiseOf(question: CallQuestion): string {
  if (question.category !== 'User Verification' || question.effect === undefined) return '';
  return ` (${EFFECTS[question.effect]}${question.sends === true ? '; the arguments leave the machine' : ''})`;
}

/** Where an argument came from. */
function sourceLines(question: CallQuestion, name: string, { look, width }: { look: Look; width: number }): string[] {
  const sources = question.category === 'User Verification' ? (question.sources?.[name] ?? []) : [];
  if (sources.length === 0) return [];
  const [first = '', ...rest] = wrapTo(oneLine(`from ${describeSources(sources)}`), width - 4);
  return [`    ${first}`, ...rest.map((line) => `      ${line}`)].map((line) => look.colour.dim(line));
}

/** Lines of a call that are seen at a glance, with the question below them. */
const MOST_LINES = 12;

/**
 * What is repeated below a call that is longer than a glance, so that it stands beside the answer: what is asked, the
 * short arguments whole, the long ones by their size. Empty for other questions.
 */
export function callReminder(question: Clarification, look: Look): string[] {
  const isCall = question.category === 'User Verification' || question.category === 'Multiple Choice';
  if (!isCall || question.tool_id === undefined) return [];
  const width = look.columns - 7;
  const args = Object.entries(question.args ?? {}).map(([name, value]) => ({
    name,
    lines: fullValue(name, value, width - 2),
    value,
  }));
  if (args.reduce((sum, { lines }) => sum + lines.length, 0) <= MOST_LINES) return [];
  return [
    '',
    ...wrapTo(printable(question.user_guidance), look.columns - 3),
    `  ${oneLine(question.tool_id)}`,
    ...args.flatMap(({ name, lines, value }) =>
      lines.length <= 2
        ? lines.map((line) => `  ${line}`)
        : [`    ${oneLine(name)}: ${count(JSON.stringify(value).length, 'character')}, all of them above`],
    ),
  ];
}

function fullValue(name: string, value: Json, width: number): string[] {
  const [first = '', ...rest] = wrapTo(`${oneLine(name)}: ${visible(JSON.stringify(value))}`, width);
  return [`  ${first}`, ...rest.map((line) => `    ${line}`)];
}

/** The same with spaces that are not the usual one: they look like it, or like nothing. */
function visible(text: string): string {
  return printable(text).replaceAll(/(?! )\p{Zs}/gu, (space) => `\\u{${space.codePointAt(0)?.toString(16)}}`);
}

function resumeCommand(run: Asking): CommandStep {
  return portia('resume', run.id);
}

/** All answers in one command. Nothing is filled in: a pasted line must not say yes to several things at once. */
function answerAll(run: Asking, open: Clarification[]): CommandStep {
  const answers = open.flatMap((question) => ['--answer', blankForm(question, exactSelector(question, open))]);
  return portia('resume', run.id, ...answers);
}

/** The open questions for programs: the records as they are stored, each with its selector and answering commands. */
export function openQuestionsJson(run: Asking, spell: Look['spell'] = plainCommand): JsonObject {
  const open = openClarifications(run);
  return {
    run_id: run.id,
    questions: open.map((question) => ({
      ...(question as JsonObject),
      selector: exactSelector(question, open),
      commands: answerCommands(run, question, open).map(spell),
    })),
    next: spell(resumeCommand(run)),
  };
}
