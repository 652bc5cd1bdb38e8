import { ALWAYS, asksAboutCall, FOR_THIS_RUN, mayHoldForRun, noBecause } from '../domain/run/approval-answers.js';
import {
  isApproval,
  isUnknownOutcome,
  selectorName,
  type Approval,
  type Clarification,
  type ClarificationOf,
  type ValueSource,
} from '../domain/run/clarification.js';
import { describeSources } from '../domain/run/value-sources.js';
import { SKIPPED } from '../domain/run/readiness-questions.js';
import { answerSchema, asksForSecret } from '../domain/run/secret-answers.js';
import { happenedWith, RESULT } from '../domain/run/unknown-outcome.js';
import { assertNever } from '../domain/errors.js';
import { isHttpAddress } from '../domain/values/http-address.js';
import { cutText } from '../domain/values/cut-text.js';
import {
  asText,
  canonicalJson,
  isJsonObject,
  textsOf,
  type Json,
  type JsonObject,
  type JsonSchema,
} from '../domain/values/json.js';
import { oneLine, printable } from '../domain/values/printable.js';
import {
  readElicitationResult,
  type Elicitation,
  type ElicitationModes,
  type FormElicitation,
  type FormField,
  type FormSchema,
} from './elicitation.js';
import { ANY_VALUE, fieldFor, listField, type ValueField } from './form-field.js';
import { allowedAnswers, checkAnswer, type CheckOptions } from './parse-answer.js';
import { confirmedSchema } from './response-schema.js';

/** What became of a question that a client was asked to put to a person. */
export type Heard =
  | { kind: 'answered'; value: Json }
  /** Nobody answered. A client may decline by itself, so declining is never a no: a form has a "no" of its own. */
  | { kind: 'open'; why: 'declined' | 'cancelled' | 'silent' }
  /** `problem` follows "the answer". */
  | { kind: 'refused'; problem: string; allowed: string };

/**
 * The elicitations that put a question to a person, by a key that is unique in the run. Undefined when the client cannot
 * show them, and for a secret, which must not be given to a form.
 */
export function elicitationsOf(
  question: Clarification,
  modes: ElicitationModes,
): Record<string, Elicitation> | undefined {
  if (asksForSecret(question)) return undefined;
  const { id } = question;
  const url = question.category === 'Action' ? addressOf(question) : undefined;
  if (url === undefined) return modes.form ? { [id]: formOf(question) } : undefined;
  const needsForm = question.category === 'Action' && question.require_confirmation;
  if (!modes.url || (needsForm && !modes.form)) return undefined;
  const visit: Elicitation = { mode: 'url', message: textOf(question), url };
  return needsForm ? { [id]: visit, [doneKey(id)]: formOf(question) } : { [id]: visit };
}

/** What a person answered, from the results that a client sent by the keys of `elicitationsOf`. Believes none of them. */
export function hearAnswer(
  question: Clarification,
  results: Readonly<Record<string, unknown>>,
  options: CheckOptions = {},
): Heard {
  const { id } = question;
  const isVisit = question.category === 'Action' && addressOf(question) !== undefined;
  const key = isVisit && question.require_confirmation ? doneKey(id) : id;
  const result = Object.hasOwn(results, key) ? readElicitationResult(results[key]) : undefined;
  if (result === undefined) return { kind: 'open', why: 'silent' };
  if (result.action !== 'accept') {
    return { kind: 'open', why: result.action === 'decline' ? 'declined' : 'cancelled' };
  }
  const said = isVisit && key === id ? { value: true } : askingOf(question).read(result.content ?? {});
  if ('problem' in said) return { kind: 'refused', problem: said.problem, allowed: allowedAnswers(question) };
  const checked = checkAnswer(question, said.value, options);
  if (checked.ok) return { kind: 'answered', value: checked.value };
  return { kind: 'refused', problem: checked.problem.replace(/^the answer /, ''), allowed: checked.allowed };
}

function doneKey(id: string): string {
  return `${id}.done`;
}

function addressOf({ action_url: url }: ClarificationOf<'Action'>): string | undefined {
  return isHttpAddress(url) ? url : undefined;
}

/** The name of the field in each form that has one only. */
const ANSWER = 'answer';

type Said = { value: Json } | { problem: string };

/** The form of a question, and what its content says. */
interface Asking {
  schema: FormSchema;
  read(content: JsonObject): Said;
}

/** The fields of the form of a question. */
export function formSchemaOf(question: Clarification): FormSchema {
  return askingOf(question).schema;
}

function formOf(question: Clarification): FormElicitation {
  return { mode: 'form', message: textOf(question), requestedSchema: formSchemaOf(question) };
}

function askingOf(question: Clarification): Asking {
  switch (question.category) {
    case 'Input':
      return oneField(question, fieldFor(answerSchema(question)), answerSchema(question));
    case 'Multiple Choice':
      return isUnknownOutcome(question) ? outcome(question) : oneField(question, listField(question.options));
    case 'Value Confirmation':
      return confirmation(question);
    case 'User Verification':
      return verification(question);
    case 'Action':
      return oneField(question, wordField(actionWords(question)));
    case 'Custom':
      return custom(question);
    default:
      return assertNever(question);
  }
}

function actionWords({ may_skip: maySkip }: ClarificationOf<'Action'>): Record<string, string> {
  return { done: 'It is done', ...(maySkip === true && { [SKIPPED]: 'Continue until a call needs it' }) };
}

function oneField(question: Clarification, { field, read }: ValueField, schema?: JsonSchema): Asking {
  return {
    schema: formSchema({ [ANSWER]: labelled(field, selectorName(question), schema) }, [ANSWER]),
    read: (content) => saidIn(content, ANSWER, read),
  };
}

function saidIn(content: JsonObject, name: string, read: (value: Json) => Json | undefined): Said {
  const written = Object.hasOwn(content, name) ? content[name] : undefined;
  if (written === undefined || written === null) return { problem: `has no "${name}"` };
  const value = read(written);
  return value === undefined ? { problem: `is ${cutText(JSON.stringify(written), 60)}` } : { value };
}

function labelled(field: FormField, title: string, schema?: JsonSchema): FormField {
  const description = schema?.['description'];
  const said = typeof description === 'string' ? { description: oneLine(description) } : {};
  return { title: oneLine(title), ...said, ...field };
}

function formSchema(properties: Record<string, FormField>, required: string[]): FormSchema {
  return { type: 'object', properties, required };
}

const OTHER = 'other';
const VALUE = 'value';

function confirmation(question: ClarificationOf<'Value Confirmation'>): Asking {
  const words = wordField({ yes: 'Yes, use it', no: 'No, end the run', [OTHER]: 'Use the other value' });
  const schema = confirmedSchema(question);
  const replacement = fieldFor(schema);
  const name = selectorName(question);
  return {
    schema: formSchema(
      {
        [ANSWER]: labelled(words.field, name),
        [VALUE]: labelled(replacement.field, `Another ${name}`, schema),
      },
      [ANSWER],
    ),
    read(content) {
      const word = saidIn(content, ANSWER, words.read);
      const other = saidIn(content, VALUE, replacement.read);
      if ('problem' in word) return word;
      if (word.value === OTHER) return other;
      const isSame = 'value' in other && canonicalJson(other.value) === canonicalJson(question.value ?? null);
      return isBlank(content[VALUE]) || isSame ? word : { problem: 'also gives another value' };
    },
  };
}

function verification(question: ClarificationOf<'User Verification'>): Asking {
  if (asksAboutCall(question)) return approval(question);
  const yes = isApproval(question) ? 'Yes, make this call' : 'Yes';
  return oneField(question, wordField({ yes, no: 'No, end the run' }));
}

const REASON = 'reason';

function approval(question: Approval): Asking {
  const words = wordField({
    yes: 'Yes, make this call',
    ...(mayHoldForRun(question) && {
      [FOR_THIS_RUN]: `Yes, and all calls of ${oneLine(question.tool_id)} in this run`,
    }),
    ...(question.may_keep === true && {
      [ALWAYS]: `Yes, and all calls of ${oneLine(question.tool_id)} in this project`,
    }),
    no: 'No',
  });
  const description = question.by_agent === true ? 'It is told to the agent; without it a no ends the run' : undefined;
  const reason = { type: 'string', ...(description !== undefined && { description }) } as const;
  return {
    schema: formSchema(
      { [ANSWER]: labelled(words.field, selectorName(question)), [REASON]: labelled(reason, 'Why not') },
      [ANSWER],
    ),
    read(content) {
      const word = saidIn(content, ANSWER, words.read);
      if ('problem' in word || isBlank(content[REASON])) return word;
      if (word.value !== 'no') return { problem: 'gives a reason for a no, and is a yes' };
      const why = saidIn(content, REASON, (value) => (typeof value === 'string' ? value : undefined));
      return 'problem' in why ? why : { value: noBecause(asText(why.value)) };
    },
  };
}

/** What happened to a call, and what it gave, as far as that is known. */
function outcome(question: ClarificationOf<'Multiple Choice'>): Asking {
  const words = wordField({
    happened: 'It took effect',
    not_done: 'It did not take effect: make the call now',
    stop: 'End the run',
  });
  const result = { type: 'string', description: 'If it took effect: JSON, or text' };
  return {
    schema: formSchema(
      { [ANSWER]: labelled(words.field, selectorName(question)), [RESULT]: labelled(result, 'What the call gave') },
      [ANSWER],
    ),
    read(content) {
      const word = saidIn(content, ANSWER, words.read);
      if ('problem' in word || isBlank(content[RESULT])) return word;
      if (word.value !== 'happened') return { problem: 'gives a result of a call that did not take effect' };
      const given = saidIn(content, RESULT, ANY_VALUE.read);
      return 'problem' in given ? given : { value: happenedWith(given.value) };
    },
  };
}

function wordField(words: Record<string, string>): ValueField {
  return listField(Object.keys(words), Object.values(words));
}

/** Whether a field was left as it was, which clients say in several ways. */
function isBlank(written: Json | undefined): boolean {
  return written === undefined || written === null || written === '';
}

function custom(question: ClarificationOf<'Custom'>): Asking {
  const schema = answerSchema(question);
  if (schema === undefined) return oneField(question, ANY_VALUE);
  return flatForm(schema) ?? oneField(question, fieldFor(schema), schema);
}

/** An object of values that a form can hold is the form itself. */
function flatForm({ type, properties, required }: JsonSchema): Asking | undefined {
  if (type !== 'object' || !isJsonObject(properties)) return undefined;
  const fields = Object.entries(properties).map(([name, schema]) => ({ name, schema }));
  const typed = fields.flatMap(({ name, schema }) =>
    isJsonObject(schema) ? [{ name, schema, valueField: fieldFor(schema) }] : [],
  );
  if (typed.length < fields.length || typed.length === 0) return undefined;
  const names = textsOf(required);
  return {
    schema: formSchema(
      Object.fromEntries(typed.map(({ name, schema, valueField }) => [name, labelled(valueField.field, name, schema)])),
      names,
    ),
    read(content) {
      const value: JsonObject = {};
      for (const { name, valueField } of typed) {
        if (!names.includes(name) && isBlank(content[name])) continue;
        const said = saidIn(content, name, valueField.read);
        if ('problem' in said) return said;
        value[name] = said.value;
      }
      return { value };
    },
  };
}

/** The question with all that an answer agrees to, as a form can show it. */
function textOf(question: Clarification): string {
  return [printable(question.user_guidance), ...detailsOf(question)].join('\n');
}

function detailsOf(question: Clarification): string[] {
  switch (question.category) {
    case 'User Verification':
      if (question.tool_id === undefined) return [];
      return [oneLine(question.tool_id), ...valueLines(question.args ?? {}, question.sources)];
    case 'Multiple Choice':
      return question.tool_id === undefined ? [] : [oneLine(question.tool_id), ...valueLines(question.args ?? {})];
    case 'Value Confirmation':
      return valueLines({ [question.argument_name]: question.value ?? null });
    case 'Custom': {
      const { schema: _schema, ...data } = question.data;
      return valueLines(data);
    }
    case 'Action':
      return addressOf(question) === undefined ? [printable(question.action_url)] : [];
    case 'Input':
      return [];
    default:
      return assertNever(question);
  }
}

function valueLines(values: JsonObject, sources: Record<string, ValueSource[]> = {}): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const from = sources[name] ?? [];
    const line = `  ${oneLine(name)}: ${printable(JSON.stringify(value))}`;
    return from.length === 0 ? [line] : [line, `    from ${oneLine(describeSources(from))}`];
  });
}
