import { ALWAYS, asksAboutCall, FOR_THIS_RUN, noBecause, yesWith } from '../domain/run/approval-answers.js';
import {
  isUnknownOutcome,
  type Approval,
  type Clarification,
  type ClarificationOf,
} from '../domain/run/clarification.js';
import { SKIPPED } from '../domain/run/readiness-questions.js';
import { digestValue } from '../domain/values/digest.js';
import {
  canonicalJson,
  isJsonObject,
  setOwn,
  textsOf,
  type Json,
  type JsonObject,
  type JsonSchema,
} from '../domain/values/json.js';
import { readNumber, readYesNo } from '../domain/values/typed-text.js';
import { typeOfValue } from '../domain/values/value-types.js';
import { formSchemaOf, hearAnswer, type Heard } from './elicit-answer.js';
import type { FormField, FormSchema } from './elicitation.js';
import { fieldFor, type ValueField } from './form-field.js';
import { allowedAnswers, checkAnswer, type CheckOptions } from './parse-answer.js';
import { confirmedSchema } from './response-schema.js';

/** What a browser sent from a form: the values of each field, as texts. */
export interface SentForm {
  /** The first one; undefined for a field that was not there. */
  text(name: string): string | undefined;
  all(name: string): string[];
}

/** Names of the fields of a form. Those of `ARGS` are followed by the name of the argument. */
export const FIELD = {
  answer: 'answer',
  reason: 'reason',
  value: 'value',
  result: 'result',
  reviewed: 'reviewed',
  args: 'args.',
} as const;

/** The answer that only shows what the person changed. */
export const LOOK = 'look';

/** What a person sent. */
export type SentAnswer =
  | { kind: 'answered'; value: Json; reason?: string | undefined }
  /** The person changed arguments, and has not seen old and new side by side. */
  | { kind: 'review'; args: JsonObject; digest: string }
  /** The person wanted to look at changes, and there are none. */
  | { kind: 'unchanged' }
  /** `field`: where the person can put it right. */
  | { kind: 'refused'; problem: string; allowed: string; field: string };

/** Reads the answer to a question from its form. Believes nothing of it. */
export function readSentAnswer(question: Clarification, sent: SentForm, options: CheckOptions = {}): SentAnswer {
  switch (question.category) {
    case 'Input':
    case 'Custom':
      return byFields(question, sent, options);
    case 'Multiple Choice':
      return isUnknownOutcome(question) ? outcome(question, sent, options) : byFields(question, sent, options);
    case 'Value Confirmation':
      return confirmation(question, sent, options);
    case 'User Verification':
      return asksAboutCall(question) ? approval(question, sent, options) : verification(question, sent);
    case 'Action':
      return word(question, sent, { done: true, [SKIPPED]: SKIPPED });
  }
}

function byFields(question: Clarification, sent: SentForm, options: CheckOptions): SentAnswer {
  const schema = formSchemaOf(question);
  const content = contentOf(schema, sent);
  const missing = (schema.required ?? []).find((name) => !(name in content));
  if (missing !== undefined) return refused(question, 'is missing', missing);
  const heard = hearAnswer(question, { [question.id]: { action: 'accept', content } }, options);
  return sentAs(heard, question, Object.keys(schema.properties)[0] ?? FIELD.answer);
}

function outcome(question: Clarification, sent: SentForm, options: CheckOptions): SentAnswer {
  const [answer, result] = [sent.text(FIELD.answer), sent.text(FIELD.result)];
  if (answer === undefined) return refused(question, 'is missing', FIELD.answer);
  const given = answer === 'happened' && result !== undefined && result.trim() !== '';
  const content = { answer, ...(given && { result }) };
  return sentAs(
    hearAnswer(question, { [question.id]: { action: 'accept', content } }, options),
    question,
    FIELD.answer,
  );
}

function sentAs(heard: Heard, question: Clarification, field: string): SentAnswer {
  if (heard.kind === 'answered') return heard;
  return heard.kind === 'refused' ? { ...heard, field } : refused(question, 'is missing', field);
}

function refused(question: Clarification, problem: string, field: string): SentAnswer {
  return { kind: 'refused', problem, allowed: allowedAnswers(question), field };
}

/** The field of the value that is confirmed or put right. */
export function confirmedField(question: ClarificationOf<'Value Confirmation'>): ValueField {
  return fieldFor(confirmedSchema(question));
}

function confirmation(
  question: ClarificationOf<'Value Confirmation'>,
  sent: SentForm,
  options: CheckOptions,
): SentAnswer {
  if (sent.text(FIELD.answer) === 'no') return refusal(question, sent, false);
  const typed = sent.text(FIELD.value);
  const { value = null } = question;
  if (typed !== undefined && oneWay(typed) === oneWay(fieldText(value))) return { kind: 'answered', value: true };
  const { field, read } = confirmedField(question);
  const written = contentValue(field, sent, FIELD.value);
  const now = written === undefined ? undefined : read(written);
  if (now === undefined) return refused(question, 'is missing', FIELD.value);
  if (canonicalJson(now) === canonicalJson(value)) return { kind: 'answered', value: true };
  return checked(question, now, { options, field: FIELD.value });
}

function verification(question: Clarification, sent: SentForm): SentAnswer {
  if (sent.text(FIELD.answer) === 'no') return refusal(question, sent, false);
  return word(question, sent, { yes: true });
}

function word(question: Clarification, sent: SentForm, words: Readonly<Record<string, Json>>): SentAnswer {
  const answer = sent.text(FIELD.answer) ?? '';
  const value = Object.hasOwn(words, answer) ? words[answer] : undefined;
  return value === undefined
    ? refused(question, 'is missing', FIELD.answer)
    : checked(question, value, { options: {}, field: FIELD.answer });
}

/** A no needs its reason. */
function refusal(question: Clarification, sent: SentForm, value: Json): SentAnswer {
  const reason = (sent.text(FIELD.reason) ?? '').trim();
  return reason === ''
    ? refused(question, 'is no, without a reason', FIELD.reason)
    : { kind: 'answered', value, reason };
}

function approval(question: Approval, sent: SentForm, options: CheckOptions): SentAnswer {
  const answer = sent.text(FIELD.answer);
  if (answer === 'no') {
    const reason = sent.text(FIELD.reason) ?? '';
    return refusal(question, sent, noBecause(reason));
  }
  if (answer === FOR_THIS_RUN || answer === ALWAYS) return checked(question, answer, { options, field: FIELD.answer });
  if (answer !== 'yes' && answer !== LOOK) return refused(question, 'is missing', FIELD.answer);
  const read = sentArguments(question, sent);
  if ('problem' in read) return refused(question, read.problem, FIELD.args + read.name);
  const { args } = read;
  const isSame = canonicalJson(args) === canonicalJson(question.args ?? {});
  if (isSame && answer === LOOK) return { kind: 'unchanged' };
  if (isSame) return { kind: 'answered', value: true };
  const said = checked(question, yesWith(args), { options, field: firstChanged(question, args) });
  const digest = digestValue(args);
  if (said.kind === 'answered' && (answer === LOOK || sent.text(FIELD.reviewed) !== digest))
    return { kind: 'review', args, digest };
  return said;
}

function firstChanged({ args = {} }: Approval, now: JsonObject): string {
  const name = Object.keys(now).find((key) => canonicalJson(now[key] ?? null) !== canonicalJson(args[key] ?? null));
  return FIELD.args + (name ?? '');
}

function checked(
  question: Clarification,
  value: Json,
  { options, field }: { options: CheckOptions; field: string },
): SentAnswer {
  const said = checkAnswer(question, value, options);
  if (said.ok) return { kind: 'answered', value: said.value };
  return { kind: 'refused', problem: said.problem.replace(/^the answer /, ''), allowed: said.allowed, field };
}

/** An argument that can be changed before a call is made. */
export interface ArgumentField {
  name: string;
  schema: JsonSchema;
  /** Undefined for one that the call does not have. */
  value: Json | undefined;
  isRequired: boolean;
}

/** The arguments of a call, and those that it may have beside them. */
export function argumentFields({ args = {}, args_schema: schema = {} }: Approval): ArgumentField[] {
  const known = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = textsOf(schema['required']);
  return [...new Set([...Object.keys(args), ...Object.keys(known)])].map((name) => {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    const own = Object.hasOwn(known, name) ? known[name] : undefined;
    const fallback = value === undefined ? {} : { type: typeOfValue(value) };
    return { name, schema: isJsonObject(own) ? own : fallback, value, isRequired: required.includes(name) };
  });
}

/** A field whose text was left as it was keeps its value, whatever the text would be read as. */
function sentArguments(question: Approval, sent: SentForm): { args: JsonObject } | { problem: string; name: string } {
  const args: JsonObject = {};
  for (const { name, schema, value, isRequired } of argumentFields(question)) {
    const typed = sent.text(FIELD.args + name);
    const isSame = typed === undefined || (value !== undefined && oneWay(typed) === oneWay(fieldText(value)));
    if (isSame || (value === undefined && typed === '')) {
      if (value !== undefined) setOwn(args, name, value);
      continue;
    }
    if (typed === '' && !isRequired && value !== undefined && typeof value !== 'string') continue;
    const now = sentValue(schema, sent, FIELD.args + name);
    if (now === undefined) return { problem: `has ${JSON.stringify(typed)} as ${name}`, name };
    setOwn(args, name, now);
  }
  return { args };
}

/** The value of a field that was made for a schema; undefined when what was typed is not such a value. */
export function sentValue(schema: JsonSchema | undefined, sent: SentForm, name: string): Json | undefined {
  const { field, read } = fieldFor(schema);
  const typed = sent.text(name);
  const written = field['type'] === 'string' && typed !== undefined ? oneWay(typed) : contentValue(field, sent, name);
  return written === undefined ? undefined : read(written);
}

/** A value as the text of its field. */
export function fieldText(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return JSON.stringify(value);
}

/** Browsers bring back line ends of another kind, and replace what text cannot hold. */
function oneWay(text: string): string {
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\0', '\ufffd')
    .replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

/** What a form holds, as the values of its fields. A blank field is left out. */
function contentOf({ properties }: FormSchema, sent: SentForm): JsonObject {
  const content: JsonObject = {};
  for (const [name, field] of Object.entries(properties)) {
    const value = contentValue(field, sent, name);
    if (value !== undefined) setOwn(content, name, value);
  }
  return content;
}

function contentValue(field: FormField, sent: SentForm, name: string): Json | undefined {
  if (field['type'] === 'array') return sent.all(name);
  const text = sent.text(name);
  if (text === undefined || text.trim() === '') return undefined;
  if (field['type'] === 'boolean') return readYesNo(text) ?? text;
  if (field['type'] === 'number' || field['type'] === 'integer') return readNumber(text.trim()) ?? text;
  return oneWay(text);
}
