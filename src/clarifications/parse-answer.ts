import {
  FOR_THIS_RUN,
  isUnknownOutcome,
  mayHoldForRun,
  type Clarification,
  type ClarificationOf,
} from '../domain/run/clarification.js';
import { assertNever } from '../domain/errors.js';
import { canonicalJson, depthOf, MAX_DEPTH, type Json, type JsonSchema } from '../domain/values/json.js';
import { isSecretSchema } from '../domain/values/secret-values.js';
import { answerSchema } from '../domain/run/secret-answers.js';
import { happenedWith, OUTCOME_FORMS, saysResult } from '../domain/run/unknown-outcome.js';
import {
  describeSchema,
  readJson,
  readNumber,
  readTyped,
  readYesNo,
  typesOf,
  type ValidateSchema,
} from './answer-schema.js';

/** An answer in the type its question asks for, or what is wrong with it and what would be right. */
export type CheckedAnswer = { ok: true; value: Json } | { ok: false; problem: string; allowed: string };

/** Without `validate`, schemas of arguments are not checked. */
export interface CheckOptions {
  validate?: ValidateSchema | undefined;
}

/**
 * Checks a JSON answer. The value that is recorded, per category:
 * Input: the value. Multiple Choice: the option. User Verification: true or false, of a call also `run`. Action: true.
 * Value Confirmation: true confirms `clarification.value`, false declines, anything else replaces it. Custom: any value.
 */
export function checkAnswer(clarification: Clarification, response: Json, options: CheckOptions = {}): CheckedAnswer {
  const refuse = refusal(clarification);
  if (depthOf(response) > MAX_DEPTH) return refuse(`nests deeper than ${MAX_DEPTH} levels`);
  switch (clarification.category) {
    case 'Input':
      if (response === null && clarification.schema === undefined) return refuse('is null');
      return checkSchema(clarification, answerSchema(clarification), { response, options });
    case 'Multiple Choice': {
      if (saysResult(clarification, response)) return { ok: true, value: response };
      const wanted = canonicalJson(response);
      const option = clarification.options.find((item) => canonicalJson(item) === wanted);
      return option === undefined
        ? refuse(`is ${brief(response)}, which is not one of the options`)
        : { ok: true, value: option };
    }
    case 'User Verification': {
      if (mayHoldForRun(clarification) && response === FOR_THIS_RUN) return { ok: true, value: response };
      const word = wordOf(response);
      return word === undefined ? refuse(`is ${brief(response)}`) : { ok: true, value: word };
    }
    case 'Value Confirmation':
      return checkConfirmation(clarification, response, options);
    case 'Action':
      return wordOf(response) === true || response === 'done' || response === 'complete'
        ? { ok: true, value: true }
        : refuse(`is ${brief(response)}`);
    case 'Custom':
      return checkSchema(clarification, answerSchema(clarification), { response, options });
    default:
      return assertNever(clarification);
  }
}

/**
 * Checks an answer that was typed as text, as in `NAME=VALUE`: yes and no, `#2` for the second option, numbers where the
 * schema takes numbers; else the text itself.
 */
export function parseAnswerText(clarification: Clarification, text: string, options: CheckOptions = {}): CheckedAnswer {
  const refuse = refusal(clarification);
  switch (clarification.category) {
    case 'Input':
    case 'Custom': {
      const schema = answerSchema(clarification);
      if (schema === undefined && text === '') return refuse('is empty');
      const value = schema === undefined ? text : readTyped(schema, text);
      if (value !== undefined) return checkAnswer(clarification, value, options);
      return refuse(isSecretSchema(schema) ? 'is of another type' : `is ${brief(text)}`);
    }
    case 'Multiple Choice': {
      const chosen = chooseOption(clarification.options, text);
      const option = chosen === undefined ? readResult(clarification, text) : chosen;
      return option === undefined
        ? refuse(`is ${brief(text)}, which is not one of the options`)
        : { ok: true, value: option };
    }
    case 'Value Confirmation': {
      const value = readYesNo(text) ?? readReplacement(clarification, text);
      return value === undefined ? refuse(`is ${brief(text)}`) : checkAnswer(clarification, value, options);
    }
    case 'User Verification':
    case 'Action':
      return checkAnswer(clarification, readYesNo(text) ?? text.trim().toLowerCase(), options);
    default:
      return assertNever(clarification);
  }
}

/** What a question takes, in words. */
export function allowedAnswers(clarification: Clarification): string {
  switch (clarification.category) {
    case 'Input':
      return describeSchema(clarification.schema);
    case 'Multiple Choice':
      if (isUnknownOutcome(clarification)) return `one of: ${OUTCOME_FORMS.map(({ form }) => form).join(', ')}`;
      return `one of: ${clarification.options.map((option, index) => `#${index + 1} ${brief(option)}`).join(', ')}`;
    case 'Value Confirmation':
      return `yes, no, or another value (${describeSchema(confirmedSchema(clarification))})`;
    case 'User Verification':
      return mayHoldForRun(clarification)
        ? `yes, ${FOR_THIS_RUN} (yes, also to later calls of ${clarification.tool_id} in this run) or no`
        : 'yes or no';
    case 'Action':
      return 'done, once it is done';
    case 'Custom':
      return answerSchema(clarification) === undefined ? 'any JSON value' : describeSchema(answerSchema(clarification));
    default:
      return assertNever(clarification);
  }
}

function refusal(clarification: Clarification): (problem: string) => CheckedAnswer {
  return (problem) => ({ ok: false, problem: `the answer ${problem}`, allowed: allowedAnswers(clarification) });
}

function checkSchema(
  clarification: Clarification,
  schema: JsonSchema | undefined,
  { response, options }: { response: Json; options: CheckOptions },
): CheckedAnswer {
  const problems = schema === undefined ? [] : (options.validate?.(schema, response) ?? []);
  if (problems.length > 0) return refusal(clarification)(`does not fit: ${problems.join('; ')}`);
  return { ok: true, value: response };
}

function checkConfirmation(
  clarification: ClarificationOf<'Value Confirmation'>,
  response: Json,
  options: CheckOptions,
): CheckedAnswer {
  const word = wordOf(response);
  if (word !== undefined) return { ok: true, value: word };
  const schema = confirmedSchema(clarification);
  const wanted = schema === undefined ? undefined : typesOf(schema);
  const sameType = wanted === undefined || wanted.size === 0 || wanted.has(typeName(response));
  const whole = wanted?.has('integer') === true && Number.isInteger(response);
  if (!sameType && !whole) return refusal(clarification)(`is ${brief(response)}`);
  return checkSchema(clarification, answerSchema(clarification), { response, options });
}

/** The schema of a replacement: the argument's own, else the type of the value that is asked about. */
function confirmedSchema(clarification: ClarificationOf<'Value Confirmation'>): JsonSchema | undefined {
  if (clarification.schema !== undefined) return clarification.schema;
  const value = clarification.value ?? null;
  return value === null ? undefined : { type: typeName(value) };
}

function readReplacement(clarification: ClarificationOf<'Value Confirmation'>, text: string): Json | undefined {
  const schema = confirmedSchema(clarification);
  if (text === '') return undefined;
  return schema === undefined ? text : readTyped(schema, text);
}

/** An option by its text, by `#` and its place, or by its JSON. */
function chooseOption(options: Json[], text: string): Json | undefined {
  const trimmed = text.trim();
  const exact = options.find((option) => option === text) ?? options.find((option) => option === trimmed);
  if (exact !== undefined) return exact;
  const place = /^#(\d{1,6})$/.exec(trimmed)?.[1];
  if (place !== undefined) return options[Number(place) - 1];
  const value = [readNumber, readJson, readYesNo].map((read) => read(trimmed)).find((item) => item !== undefined);
  return value === undefined ? undefined : options.find((option) => canonicalJson(option) === canonicalJson(value));
}

/** What a call gave of which nobody knew whether it took effect: `happened=TEXT` or `happened:=JSON`. */
function readResult(clarification: Clarification, text: string): Json | undefined {
  const [, form, written = ''] = /^\s*happened(:?=)(.*)$/s.exec(text) ?? [];
  if (form === undefined || !isUnknownOutcome(clarification)) return undefined;
  const result = form === '=' ? written : readJson(written);
  return result === undefined ? undefined : happenedWith(result);
}

function wordOf(response: Json): boolean | undefined {
  if (typeof response === 'boolean') return response;
  return typeof response === 'string' ? readYesNo(response) : undefined;
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
