import { parseJson } from '../documents/parse-json.js';
import {
  ALWAYS,
  argumentsSchema,
  asksAboutCall,
  changedArguments,
  FOR_THIS_RUN,
  mayHoldForRun,
  noBecause,
  reasonOfNo,
  yesWith,
} from '../domain/run/approval-answers.js';
import {
  isUnknownOutcome,
  type Approval,
  type Category,
  type Clarification,
  type ClarificationOf,
} from '../domain/run/clarification.js';
import { cutText } from '../domain/values/cut-text.js';
import type { Now } from '../domain/values/ids.js';
import {
  canonicalJson,
  depthOf,
  isJsonObject,
  MAX_DEPTH,
  type Json,
  type JsonObject,
  type JsonSchema,
} from '../domain/values/json.js';
import { describeSchema } from '../domain/values/schema-words.js';
import { isSecretSchema } from '../domain/values/secret-values.js';
import { namedTypesOf, readNumber, readTyped, readYesNo } from '../domain/values/typed-text.js';
import { typeOfValue } from '../domain/values/value-types.js';
import { exactJsonOf, isUnsafeWholeNumber, TOO_MANY_DIGITS } from '../domain/values/whole-numbers.js';
import { SKIPPED } from '../domain/run/readiness-questions.js';
import { answerSchema } from '../domain/run/secret-answers.js';
import { happenedWith, outcomeForms, saysResult, tooEarly } from '../domain/run/unknown-outcome.js';
import { confirmedSchema } from './response-schema.js';

/** Says what is wrong with a value by a JSON Schema; empty when it fits. */
export type ValidateSchema = (schema: JsonSchema, value: Json) => string[];

/** An answer in the type that its question asks for, or what is wrong with it and what is allowed. */
export type CheckedAnswer =
  | { ok: true; value: Json }
  /** `isOfOtherType`: the problem only says what the answer is, and not what it must be. */
  | { ok: false; problem: string; allowed: string; isOfOtherType?: true | undefined };

/** Without `validate`, schemas of arguments are not checked. */
export interface CheckOptions {
  validate?: ValidateSchema | undefined;
  /** When the answer is given. Default: the clock of this machine. */
  now?: Now | undefined;
}

/**
 * Checks a JSON answer. The value that is recorded, per category:
 * Input: the value. Multiple Choice: the option. User Verification: true or false, of a call also `run`, {no: reason} or
 * {yes: arguments}. Action: true.
 * Value Confirmation: true confirms `clarification.value`, false declines, anything else replaces it. Custom: any value.
 */
export function checkAnswer(question: Clarification, response: Json, options: CheckOptions = {}): CheckedAnswer {
  const isTooDeep = depthOf(response) > MAX_DEPTH;
  const tooDeep = { problem: `nests deeper than ${MAX_DEPTH} levels` };
  return toChecked(isTooDeep ? tooDeep : kindOf(question).check(question, response, options), question);
}

/**
 * Checks an answer that was typed as text, as in `NAME=VALUE`: yes and no, `#2` for the second option, numbers where the
 * schema takes numbers; else the text itself.
 */
export function parseAnswerText(question: Clarification, text: string, options: CheckOptions = {}): CheckedAnswer {
  const read = kindOf(question).read(question, text);
  return 'value' in read ? checkAnswer(question, read.value, options) : toChecked(read, question);
}

/** What a question takes, in words. */
export function allowedAnswers(question: Clarification): string {
  return kindOf(question).allowed(question);
}

/** A value, or what is wrong with the answer: the words that follow "the answer". */
type Read = { value: Json } | { problem: string; isOfOtherType?: true | undefined };

/** How the answers to questions of one category are read. */
interface AnswerKind<Question> {
  allowed(question: Question): string;
  /** Whether a JSON value answers, and the value that is recorded. */
  check(question: Question, response: Json, options: CheckOptions): Read;
  /** The JSON value that a text stands for; `check` comes next. */
  read(question: Question, text: string): Read;
}

const KINDS: { [Of in Category]: AnswerKind<ClarificationOf<Of>> } = {
  Input: {
    allowed: ({ schema }) => describeSchema(schema),
    check: (question, response, options) =>
      response === null && question.schema === undefined
        ? { problem: 'is null' }
        : checkSchema(question, response, options),
    read: readBySchema,
  },
  'Multiple Choice': {
    allowed(question) {
      if (isUnknownOutcome(question))
        return `one of: ${outcomeForms(question)
          .map(({ form }) => form)
          .join(', ')}`;
      return `one of: ${question.options.map((option, index) => `#${index + 1} ${brief(option)}`).join(', ')}`;
    },
    check(question, response, { now = () => new Date() }) {
      if (saysResult(question, response)) return { value: response };
      const early = tooEarly(question, response, now());
      if (early !== undefined) return { problem: early };
      const wanted = canonicalJson(response);
      const option = question.options.find((item) => canonicalJson(item) === wanted);
      return valueOr(option, `is ${brief(response)}, which is not one of the options`);
    },
    read(question, text) {
      const chosen = chooseOption(question.options, text);
      const option = chosen === undefined ? readResult(question, text) : chosen;
      return valueOr(option, `is ${brief(text)}, which is not one of the options`);
    },
  },
  'User Verification': {
    allowed: (question) => (asksAboutCall(question) ? approvalForms(question) : 'yes or no'),
    check: (question, response, options) =>
      (asksAboutCall(question) ? checkApproval(question, response, options) : undefined) ??
      valueOr(wordOf(response), `is ${brief(response)}`),
    read: (question, text) => (asksAboutCall(question) ? readApproval(text) : undefined) ?? readWord(question, text),
  },
  'Value Confirmation': {
    allowed: (question) => `yes, no, or another value (${describeSchema(confirmedSchema(question))})`,
    check: checkConfirmation,
    read: (question, text) => valueOr(readYesNo(text) ?? readReplacement(question, text), `is ${brief(text)}`),
  },
  Action: {
    allowed: (question) =>
      question.may_skip === true
        ? `done, once it is done, or ${SKIPPED}, to continue until a call needs it`
        : 'done, once it is done',
    check(question, response) {
      if (wordOf(response) === true || response === 'done' || response === 'complete') return { value: true };
      return question.may_skip === true && response === SKIPPED
        ? { value: SKIPPED }
        : { problem: `is ${brief(response)}` };
    },
    read: readWord,
  },
  Custom: {
    allowed(question) {
      const schema = answerSchema(question);
      return schema === undefined ? 'any JSON value' : describeSchema(schema);
    },
    check: checkSchema,
    read: readBySchema,
  },
};

/** How this question is answered. Use it only for this question. */
function kindOf(question: Clarification): AnswerKind<Clarification> {
  return KINDS[question.category];
}

function toChecked(read: Read, question: Clarification): CheckedAnswer {
  if ('value' in read) return { ok: true, value: read.value };
  const { problem, isOfOtherType } = read;
  return { ok: false, problem: `the answer ${problem}`, allowed: allowedAnswers(question), isOfOtherType };
}

function valueOr(value: Json | undefined, problem: string): Read {
  return value === undefined ? { problem } : { value };
}

function checkSchema(question: Clarification, response: Json, { validate }: CheckOptions): Read {
  const schema = answerSchema(question);
  const problems = schema === undefined ? [] : (validate?.(schema, response) ?? []);
  return problems.length > 0 ? { problem: `does not fit: ${problems.join('; ')}` } : { value: response };
}

function readBySchema(question: Clarification, text: string): Read {
  const schema = answerSchema(question);
  if (schema === undefined) return text === '' ? { problem: 'is empty' } : { value: text };
  const value = readTyped(text, schema);
  if (value !== undefined) return { value };
  if (isSecretSchema(schema)) return { problem: 'is of another type', isOfOtherType: true };
  if (isUnsafeWholeNumber(text.trim())) return { problem: `is ${text.trim()}, which ${TOO_MANY_DIGITS}` };
  return { problem: `is ${brief(text)}`, isOfOtherType: true };
}

/** The answers to the question whether a call may be made, as people type them. */
function approvalForms(question: Approval): string {
  const { tool_id: tool, by_agent: byAgent, may_keep: mayKeep } = question;
  const reason = byAgent === true ? 'REASON is told to the agent, which can take another way' : 'with its REASON';
  const forms = [
    'yes',
    'yes:=JSON (the call with these arguments instead, all of them)',
    ...(mayHoldForRun(question) ? [`${FOR_THIS_RUN} (yes, also to later calls of ${tool} in this run)`] : []),
    ...(mayKeep === true ? [`${ALWAYS} (yes, also to all calls of ${tool}, as it is, in this project)`] : []),
    'no',
  ];
  return `${forms.join(', ')} or no=REASON (${reason})`;
}

/** The answers to such a question that say more than a word; undefined for all others. */
function checkApproval(question: Approval, response: Json, { validate }: CheckOptions): Read | undefined {
  if (response === FOR_THIS_RUN) {
    return mayHoldForRun(question)
      ? { value: response }
      : { problem: `is ${FOR_THIS_RUN}, and the plan says who agrees to each call` };
  }
  if (response === ALWAYS) {
    return question.may_keep === true
      ? { value: response }
      : { problem: `is ${ALWAYS}, which this question does not take` };
  }
  const said = { ...question, response };
  const reason = reasonOfNo(said);
  if (reason !== undefined) return { value: noBecause(reason) };
  const args = changedArguments(said);
  if (args === undefined) return undefined;
  // What was asked about is not changed: the plain yes is the same.
  if (canonicalJson(args) === canonicalJson(question.args ?? {})) return { value: true };
  const schema = argumentsSchema(question);
  const problems = schema === undefined ? [] : (validate?.(schema, args) ?? []);
  return problems.length === 0
    ? { value: yesWith(args) }
    : { problem: `has arguments that do not fit: ${problems.join('; ')}` };
}

/** `no=REASON` or `yes:=JSON`. */
function readApproval(text: string): Read | undefined {
  const [, word, form, written = ''] = /^\s*(yes|no)(:?=)(.*)$/is.exec(text) ?? [];
  if (word?.toLowerCase() === 'no' && form === '=') return { value: noBecause(written) };
  if (word?.toLowerCase() !== 'yes' || form !== ':=') return undefined;
  const read = readArguments(written);
  return 'args' in read ? { value: yesWith(read.args) } : { problem: `has arguments that are ${read.problem}` };
}

/** The arguments that a person wrote as JSON, or what is wrong with the text. */
export function readArguments(text: string): { args: JsonObject } | { problem: string } {
  const parsed = parseJson(text);
  if (!parsed.ok) return { problem: `not JSON that can be used: ${parsed.problem}` };
  return isJsonObject(parsed.value) ? { args: parsed.value } : { problem: 'not a JSON object' };
}

function readWord(_question: Clarification, text: string): Read {
  return { value: readYesNo(text) ?? text.trim().toLowerCase() };
}

function checkConfirmation(
  question: ClarificationOf<'Value Confirmation'>,
  response: Json,
  options: CheckOptions,
): Read {
  const word = wordOf(response);
  if (word !== undefined) return { value: word };
  const schema = confirmedSchema(question);
  const wanted = schema === undefined ? undefined : namedTypesOf(schema);
  const sameType = wanted === undefined || wanted.size === 0 || wanted.has(typeOfValue(response));
  const whole = wanted?.has('integer') === true && Number.isInteger(response);
  if (!sameType && !whole) return { problem: `is ${brief(response)}` };
  return checkSchema(question, response, options);
}

function readReplacement(question: ClarificationOf<'Value Confirmation'>, text: string): Json | undefined {
  const schema = confirmedSchema(question);
  if (text === '') return undefined;
  return schema === undefined ? text : readTyped(text, schema);
}

/** An option by its text, by `#` and its place, or by its JSON. */
function chooseOption(options: Json[], text: string): Json | undefined {
  const trimmed = text.trim();
  const exact = options.find((option) => option === text) ?? options.find((option) => option === trimmed);
  if (exact !== undefined) return exact;
  const place = /^#(\d{1,6})$/.exec(trimmed)?.[1];
  if (place !== undefined) return options[Number(place) - 1];
  const value = [readNumber, exactJsonOf, readYesNo].map((read) => read(trimmed)).find((item) => item !== undefined);
  return value === undefined ? undefined : options.find((option) => canonicalJson(option) === canonicalJson(value));
}

/** What a call gave when nobody knew whether it took effect: `happened=TEXT` or `happened:=JSON`. */
function readResult(question: Clarification, text: string): Json | undefined {
  const [, form, written = ''] = /^\s*happened(:?=)(.*)$/s.exec(text) ?? [];
  if (form === undefined || !isUnknownOutcome(question)) return undefined;
  const result = form === '=' ? written : exactJsonOf(written);
  return result === undefined ? undefined : happenedWith(result);
}

function wordOf(response: Json): boolean | undefined {
  if (typeof response === 'boolean') return response;
  return typeof response === 'string' ? readYesNo(response) : undefined;
}

function brief(value: Json): string {
  return cutText(JSON.stringify(value), 60);
}
