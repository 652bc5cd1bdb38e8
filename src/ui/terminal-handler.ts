import { listedValues, namedTypesOf } from '../domain/values/typed-text.js';
import type { ClarificationHandler, UntilDone } from '../clarifications/clarification-handler.js';
import { checkAnswer, parseAnswerText, type CheckedAnswer } from '../clarifications/parse-answer.js';
import {
  isApproval,
  isUnknownOutcome,
  selectorName,
  type Answer,
  type Clarification,
  type ClarificationOf,
} from '../domain/run/clarification.js';
import { assertNever } from '../domain/errors.js';
import { jsonOf, type Json, type JsonSchema } from '../domain/values/json.js';
import { askedPeople } from './asked-people.js';
import { askApproval, type ApprovalOptions } from './ask-approval.js';
import { askOutcome } from './ask-outcome.js';
import { NamedValues } from './named-values.js';
import { SKIPPED } from '../domain/run/readiness-questions.js';
import { oneLine, printable } from '../domain/values/printable.js';
import { askChoice, askKey, askNumber, askText, type Asked } from './prompts.js';
import { callDetails, callReminder, optionLabel, placeOf, questionDetails, wholeLabel } from './question-view.js';
import type { Run } from '../domain/run/run.js';
import { isSecretSchema } from '../domain/values/secret-values.js';
import { answerSchema } from '../domain/run/secret-answers.js';
import { textWidth, wrapTo } from './text-width.js';

export interface TerminalHandlerOptions extends ApprovalOptions {
  /** Called before the first question and after the last, e.g. to take a moving line away. */
  progress?: { pause(): void; resume(): void } | undefined;
  /** Resolves to true when something that the person does elsewhere is done, and to false when that cannot be told. */
  untilDone?(question: ClarificationOf<'Action'>, signal: AbortSignal): Promise<boolean>;
  /** The person interrupted with Ctrl-C or Ctrl-D: no further question is asked. */
  onInterrupt(): void;
}

/** Asks the person at the terminal, one question after the other, on standard error. */
export function createTerminalHandler(options: TerminalHandlerOptions): ClarificationHandler {
  return {
    async ask(clarifications, { signal, run, untilDone: untilReady }) {
      options.progress?.pause();
      try {
        return await askAll(clarifications, { ...options, run, untilReady }, signal);
      } finally {
        options.progress?.resume();
      }
    },
  };
}

interface AskingOptions extends TerminalHandlerOptions {
  run?: Run | undefined;
  untilReady?: UntilDone | undefined;
}

async function askAll(clarifications: Clarification[], options: AskingOptions, signal: AbortSignal): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [index, question] of clarifications.entries()) {
    await introduce(question, { index, of: clarifications.length, options });
    const asked = await askQuestion(question, options, signal);
    if (asked.kind === 'interrupted') {
      // An end that the caller asked for is not a decision of the person.
      if (!signal.aborted) options.onInterrupt();
      return answers;
    }
    if (asked.kind === 'answered') answers.push({ id: question.id, response: asked.value, channel: 'prompt' });
  }
  return answers;
}

async function introduce(
  question: Clarification,
  at: { index: number; of: number; options: AskingOptions },
): Promise<void> {
  const { look, streams } = at.options;
  const reminder = callReminder(question, look);
  const heading = [
    at.of === 1 ? 'Question' : `Question ${at.index + 1} of ${at.of}`,
    ...(question.path === undefined
      ? []
      : [placeOf(question.path, NamedValues.ofSteps(at.options.run?.steps ?? []), look)]),
    ...(question.source === null ? [] : [oneLine(question.source)]),
  ].join(` ${look.symbols.separator} `);
  const guidance = isShort(question, at.options) ? [] : wrapTo(printable(question.user_guidance), look.columns);
  // A prompt lists the options itself.
  const people = askedPeople(question).flatMap((line) => wrapTo(line, look.columns).map(look.colour.dim));
  const details = [
    ...callDetails(question, look),
    ...(isListed(question) ? [] : questionDetails(question, look)),
    ...people,
  ];
  await streams.err.write(`${['', look.colour.dim(heading), ...guidance, ...details, ...reminder].join('\n')}\n`);
}

function isListed(question: Clarification): boolean {
  return question.category === 'Multiple Choice' || question.category === 'Input';
}

/** Whether the guidance itself can be the prompt: one short line, and nothing shown between it and the answer. */
function isShort(question: Clarification, { look }: TerminalHandlerOptions): boolean {
  const hasDetails =
    callDetails(question, look).length > 0 || (!isListed(question) && questionDetails(question, look).length > 0);
  return (
    !hasDetails &&
    !question.user_guidance.includes('\n') &&
    textWidth(printable(question.user_guidance)) <= look.columns - 20
  );
}

function messageOf(question: Clarification, options: TerminalHandlerOptions, otherwise: string): string {
  return isShort(question, options) ? question.user_guidance : otherwise;
}

function askQuestion(question: Clarification, options: AskingOptions, signal: AbortSignal): Promise<Asked<Json>> {
  switch (question.category) {
    case 'Input':
    case 'Custom':
      return askTyped(question, { options, signal });
    case 'Multiple Choice':
      if (isUnknownOutcome(question)) {
        const message = messageOf(question, options, 'What happened to the call?');
        return askOutcome(options, { message, mayRepeat: checkAnswer(question, 'not_done', options).ok, signal });
      }
      return askOption(question, question.options, { options, signal });
    case 'User Verification':
      return askVerification(question, options, signal);
    case 'Value Confirmation':
      return askConfirmation(question, options, signal);
    case 'Action':
      return askAction(question, options, signal);
    default:
      return assertNever(question);
  }
}

interface Asking {
  options: TerminalHandlerOptions;
  signal: AbortSignal;
}

function askOption(question: Clarification, values: Json[], { options, signal }: Asking): Promise<Asked<Json>> {
  const width = options.look.columns - 6;
  return askChoice<Json>(options, {
    message: messageOf(question, options, selectorName(question)),
    choices: values.map((value) => {
      const label = optionLabel(value, width, options.look);
      const whole = wholeLabel(value, options.look);
      return { label, value, ...(whole !== label && { description: whole }) };
    }),
    signal,
  });
}

/** Asks for a value in the way that suits its schema. */
async function askTyped(question: Clarification, asking: Asking): Promise<Asked<Json>> {
  const { options, signal } = asking;
  const schema = answerSchema(question);
  const listed = schema === undefined ? undefined : listedValues(schema);
  if (listed !== undefined && listed.length > 0) return askOption(question, listed, asking);
  const types = schema === undefined ? new Set<string>() : namedTypesOf(schema);
  const message = messageOf(question, options, selectorName(question));
  if (types.size === 1 && types.has('boolean')) return askYesNoLater({ message, asking });
  // An empty line leaves the question, so a text that may be empty needs a way to be given.
  const canBeEmpty = mayBeEmpty(question, options);
  const rule = `An empty line leaves it for later${canBeEmpty ? '; "" answers with an empty text' : ''}.`;
  await options.streams.err.write(`${options.look.colour.dim(rule)}\n`);
  if (types.size > 0 && [...types].every((type) => type === 'number' || type === 'integer')) {
    const problemOf = (value: number) => problemText(checkAnswer(question, value, options));
    return askNumber(options, { message, problemOf, signal });
  }
  const asked = await askText(options, {
    message,
    isSecret: isSecretSchema(schema),
    inEditor: isLong(schema),
    problemOf: (text) => problemText(readAnswer(question, text, options)),
    mayLeave: true,
    signal,
  });
  return asked.kind === 'answered' ? typed(readAnswer(question, asked.value, options)) : asked;
}

/** Whether the empty text is a valid answer; a secret is never empty. */
function mayBeEmpty(question: Clarification, options: TerminalHandlerOptions): boolean {
  return !isSecretSchema(answerSchema(question)) && checkAnswer(question, '', options).ok;
}

/** A free answer to a Custom question may be JSON or text; everything else is read as in NAME=VALUE. */
function readAnswer(question: Clarification, text: string, options: TerminalHandlerOptions): CheckedAnswer {
  if (text.trim() === '""' && mayBeEmpty(question, options)) return { ok: true, value: '' };
  if (question.category !== 'Custom' || answerSchema(question) !== undefined)
    return parseAnswerText(question, text, options);
  const json = jsonOf(text);
  return json === undefined ? parseAnswerText(question, text, options) : checkAnswer(question, json, options);
}

// The prompt has validated the text already, so a refusal here can only mean that nothing was answered.
function typed(checked: CheckedAnswer): Asked<Json> {
  return checked.ok ? { kind: 'answered', value: checked.value } : { kind: 'later' };
}

function problemText(checked: CheckedAnswer): string | undefined {
  return checked.ok ? undefined : `${checked.problem}. Allowed: ${checked.allowed}`;
}

function isLong(schema: JsonSchema | undefined): boolean {
  const media = schema?.['contentMediaType'];
  return typeof media === 'string' && media.startsWith('text/');
}

async function askYesNoLater(at: {
  message: string;
  asking: Asking;
  labels?: { yes: string; no: string };
}): Promise<Asked<boolean>> {
  const { options, signal } = at.asking;
  const labels = at.labels ?? { yes: 'Yes', no: 'No' };
  const asked = await askKey<boolean | 'later'>(options, {
    message: at.message,
    keys: [
      { key: 'y', label: labels.yes, value: true },
      { key: 'n', label: labels.no, value: false },
      { key: 'l', label: 'Leave it for later', value: 'later' },
    ],
    signal,
  });
  if (asked.kind !== 'answered') return asked;
  return asked.value === 'later' ? { kind: 'later' } : { kind: 'answered', value: asked.value };
}

function askVerification(
  question: ClarificationOf<'User Verification'>,
  options: TerminalHandlerOptions,
  signal: AbortSignal,
): Promise<Asked<Json>> {
  if (isApproval(question)) return askApproval(question, options, signal);
  const message = messageOf(question, options, 'Is this right?');
  return askYesNoLater({ message, asking: { options, signal }, labels: { yes: 'Yes', no: 'No, end the run' } });
}

async function askConfirmation(
  question: ClarificationOf<'Value Confirmation'>,
  options: TerminalHandlerOptions,
  signal: AbortSignal,
): Promise<Asked<Json>> {
  const asked = await askKey<boolean | 'other' | 'later'>(options, {
    message: messageOf(question, options, `Use this ${question.argument_name}?`),
    keys: [
      { key: 'y', label: 'Yes, use it', value: true },
      { key: 'n', label: 'No, end the run', value: false },
      { key: 'o', label: 'Give another value', value: 'other' },
      { key: 'l', label: 'Leave it for later', value: 'later' },
    ],
    signal,
  });
  if (asked.kind !== 'answered') return asked;
  if (asked.value === 'later') return { kind: 'later' };
  if (asked.value !== 'other') return { kind: 'answered', value: asked.value };
  const text = await askText(options, {
    message: `${question.argument_name} (empty leaves it for later)`,
    problemOf: (typedText) => problemText(parseAnswerText(question, typedText, options)),
    mayLeave: true,
    signal,
  });
  return text.kind === 'answered' ? typed(parseAnswerText(question, text.value, options)) : text;
}

async function askAction(
  question: ClarificationOf<'Action'>,
  options: AskingOptions,
  signal: AbortSignal,
): Promise<Asked<Json>> {
  const over = new AbortController();
  const watched = AbortSignal.any([signal, over.signal]);
  const watching = (async () => {
    const watches = [options.untilDone, options.untilReady].map(async (watch) => watch?.(question, watched));
    const isDone = await anyTrue(watches);
    if (isDone) over.abort();
    return isDone;
  })();
  // The prompt ends; what went wrong is thrown below.
  watching.catch(() => over.abort());
  const asked = await askKey<'done' | 'skip' | 'later'>(options, {
    message: messageOf(question, options, 'Is it done?'),
    keys: [
      { key: 'd', label: 'Done', value: 'done', also: ['y', 'yes'] },
      ...(question.may_skip === true
        ? [{ key: 's', label: 'Skip it, and continue until a call needs it', value: SKIPPED } as const]
        : []),
      { key: 'l', label: 'Leave it for later', value: 'later', also: ['n', 'no'] },
    ],
    signal: watched,
  });
  over.abort();
  if (await watching) return { kind: 'answered', value: true };
  if (asked.kind !== 'answered') return asked;
  if (asked.value === SKIPPED) return { kind: 'answered', value: SKIPPED };
  return asked.value === 'later' ? { kind: 'later' } : { kind: 'answered', value: true };
}

/** True as soon as one of them is, and false once all are false. Rejects as the first that rejects. */
async function anyTrue(watches: readonly Promise<boolean | undefined>[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let left = watches.length;
    const take = (isDone: boolean | undefined) => {
      left -= 1;
      if (isDone === true || left === 0) resolve(isDone === true);
    };
    for (const watch of watches) watch.then(take, reject);
  });
}
