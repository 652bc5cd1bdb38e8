import { formSchemaOf } from '../../clarifications/elicit-answer.js';
import { argumentFields, confirmedField, FIELD, fieldText, LOOK } from '../../clarifications/page-form.js';
import { fieldFor } from '../../clarifications/form-field.js';
import { confirmedSchema } from '../../clarifications/response-schema.js';
import { ALWAYS, asksAboutCall, FOR_THIS_RUN, mayHoldForRun } from '../../domain/run/approval-answers.js';
import {
  isApproval,
  isUnknownOutcome,
  selectorName,
  type Approval,
  type Clarification,
  type ClarificationOf,
} from '../../domain/run/clarification.js';
import { SKIPPED } from '../../domain/run/readiness-questions.js';
import { answerSchema, asksForSecret } from '../../domain/run/secret-answers.js';
import { isHttpAddress } from '../../domain/values/http-address.js';
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import { valueChanges } from '../../domain/values/json-changes.js';
import { describeSchema } from '../../domain/values/schema-words.js';
import { namedTypesOf } from '../../domain/values/typed-text.js';
import { control } from './controls.js';
import { icon } from './icons.js';
import { markup, type Markup } from './markup.js';
import { button, fieldError, hidden, note } from './parts.js';
import { briefView, valueView } from './value-view.js';

/** What a form shows beside its question. */
export interface FormOptions {
  question: Clarification;
  /** Begins the ids of its elements. */
  id: string;
  /** What follows an answer that lets the run continue: a sentence. */
  next: string;
  /** What is done already and stays done when the run ends here; empty when that is nothing. */
  stays: string;
  /** `now`, or when the run continues. */
  when: string;
  /** Whether whoever sees it may answer this question and no more. */
  isAlone: boolean;
  /** Whether a yes of theirs can hold for all later runs. */
  mayKeep: boolean;
  typed?: Typed | undefined;
  /** A form around controls, which sends them as the answer. */
  form(controls: Markup): Markup;
}

/** What a person sent that was not taken as it is. */
export interface Typed {
  text(name: string): string | undefined;
  all(name: string): string[];
  /** What is wrong, at a field. */
  problem?: { field: string; sentence: string } | undefined;
  /** Arguments that were changed and are to be looked at. */
  review?: { args: JsonObject; digest: string } | undefined;
}

/** The controls with which a question is answered, each answer with what it brings about. */
export function questionForm(options: FormOptions): Markup {
  const error = isAnsweredByButtons(options.question) ? errorAt(FIELD.answer, options) : undefined;
  return markup`${error !== undefined && fieldError(`${options.id}-e`, error)}${controls(options)}`;
}

function isAnsweredByButtons({ category }: Clarification): boolean {
  return category === 'Action' || category === 'User Verification' || category === 'Value Confirmation';
}

function controls(options: FormOptions): Markup {
  const { question } = options;
  switch (question.category) {
    case 'Input':
      return fields(options, { send: 'Send the value', then: options.next });
    case 'Custom':
      return custom(question, options);
    case 'Multiple Choice':
      return isUnknownOutcome(question)
        ? outcome(question, options)
        : fields(options, { send: 'Choose', then: options.next });
    case 'Value Confirmation':
      return confirmation(question, options);
    case 'User Verification':
      return asksAboutCall(question) ? approval(question, options) : verification(question, options);
    case 'Action':
      return action(question, options);
  }
}

/** The heading of a card: what is asked. */
export function questionTitle(question: Clarification): string {
  if (asksAboutCall(question)) return `May ${question.tool_id} be called with these arguments?`;
  if (isUnknownOutcome(question) && 'tool_id' in question) return `Did ${String(question.tool_id)} take effect?`;
  return question.user_guidance;
}

function errorAt(field: string, { typed }: FormOptions): string | undefined {
  return typed?.problem?.field === field ? typed.problem.sentence : undefined;
}

function fields(options: FormOptions, { send, then }: { send: string; then: string }): Markup {
  const { question, id, typed } = options;
  const { properties, required = [] } = formSchemaOf(question);
  const names = Object.keys(properties);
  const all = names.map((name) => {
    const schema = schemaOf(question, name);
    const isAlone = names.length === 1;
    return control(properties[name] ?? {}, {
      name,
      id: `${id}-${names.indexOf(name)}`,
      value: typed?.text(name),
      values: typed?.all(name) ?? [],
      isRequired: required.includes(name),
      isCode: isWrittenAsJson(schema, question),
      isSecret: asksForSecret(question),
      error: errorAt(name, options),
      ...(schema !== undefined && { hint: hintOf(schema) }),
      ...(isAlone ? { labelledBy: `${id}-t` } : { label: name }),
    });
  });
  return options.form(markup`${all}<div class="send">${button(send, { solid: true })}<p>${then}</p></div>`);
}

function hintOf(schema: JsonSchema): string {
  const words = describeSchema(schema);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function schemaOf(question: Clarification, name: string): JsonSchema | undefined {
  const schema = answerSchema(question);
  const properties = schema?.['properties'];
  const own = name !== FIELD.answer && isJsonObject(properties) ? properties[name] : undefined;
  return isJsonObject(own) ? own : schema;
}

function isWrittenAsJson(schema: JsonSchema | undefined, question: Clarification): boolean {
  if (schema === undefined) return question.category === 'Custom';
  const types = namedTypesOf(schema);
  return types.has('object') || types.has('array') || types.size > 1;
}

function custom(question: ClarificationOf<'Custom'>, options: FormOptions): Markup {
  const { schema: _schema, ...data } = question.data;
  const shown = Object.entries(data).map(
    ([name, value]) => markup`<div><h3 class="name">${name}</h3>${valueView(value)}</div>`,
  );
  const who = question.source;
  const then = who === null ? options.next : `Goes to ${who} unchanged.`;
  return markup`${shown}${fields(options, { send: 'Send the answer', then })}`;
}

function confirmation(question: ClarificationOf<'Value Confirmation'>, options: FormOptions): Markup {
  const { id, typed, next } = options;
  const { value = null } = question;
  const schema = confirmedSchema(question);
  const takes = schema === undefined ? '' : ` ${hintOf(schema)}`;
  const field = control(confirmedField(question).field, {
    name: FIELD.value,
    id: `${id}-v`,
    value: typed?.text(FIELD.value) ?? fieldText(value),
    isCode: isWrittenAsJson(schema, question) && typeof value === 'object',
    error: errorAt(FIELD.value, options),
    hint: `Leave it as it is to confirm, or put it right.${takes}`,
    labelledBy: `${id}-t`,
  });
  const confirm = button('Confirm the value', { name: FIELD.answer, value: 'value', solid: true });
  return markup`${options.form(markup`${field}<div class="way">${confirm}<p>${next}</p></div>`)}${noWay(options, 'Ends the run.')}`;
}

function verification(question: ClarificationOf<'User Verification'>, options: FormOptions): Markup {
  const yes = isApproval(question) ? 'Yes, make this call' : 'Yes';
  const agree = button(yes, { name: FIELD.answer, value: 'yes', solid: true });
  return markup`${isApproval(question) && callView(question)}${options.form(markup`<div class="way">${agree}<p>${options.next}</p></div>`)}${noWay(options, 'Ends the run.')}`;
}

/** The answer no, with the reason that it needs. */
function noWay(options: FormOptions, brings: string): Markup {
  const { id, stays, typed } = options;
  const error = errorAt(FIELD.reason, options);
  const reason = control(
    { type: 'string' },
    {
      name: FIELD.reason,
      id: `${id}-why`,
      value: typed?.text(FIELD.reason),
      error,
      hint: 'Needed. It is kept with the run.',
      label: 'Why not?',
      isLong: true,
      isRequired: true,
    },
  );
  const ends = brings.startsWith('Ends') ? 'Say no and end the run' : 'Say no';
  const no = button(ends, { name: FIELD.answer, value: 'no' });
  const why = options.form(markup`<div class="why">${reason}${no}</div>`);
  return markup`<div class="way"><details${error !== undefined && markup` open`}><summary class="btn">No…</summary>${why}</details><p>${brings} ${stays}</p></div>`;
}

function approval(question: Approval, options: FormOptions): Markup {
  const { typed, when, next } = options;
  const review = typed?.review;
  const changes = review === undefined ? [] : valueChanges(question.args ?? {}, review.args);
  const count = changes.length === 1 ? '1 change' : `${changes.length} changes`;
  const yes = review === undefined ? 'Yes, make this call' : `Yes, with ${count}`;
  const exactly =
    review === undefined ? `With exactly these arguments, ${when}.` : `With the changed arguments, ${when}.`;
  const no = question.by_agent === true ? 'It is told to the agent, which can take another way.' : 'Ends the run.';
  const isOnlyThis = question.args === undefined || review !== undefined || options.isAlone;
  const later = isOnlyThis ? undefined : moreOfYes(question, options);
  const changed = review !== undefined && markup`${changesView(changes)}${hidden(FIELD.reviewed, review.digest)}`;
  const agree = button(yes, { name: FIELD.answer, value: 'yes', solid: true, unchecked: true });
  const ways = markup`<div class="ways"><div class="way">${agree}<p>${exactly} ${next}</p></div>${later}</div>`;
  const call = callView(question, editView(question, options));
  return markup`${options.form(markup`${call}${changed}${ways}`)}${noWay(options, no)}`;
}

/** A yes that also holds for later calls. */
function moreOfYes(question: Approval, { mayKeep }: FormOptions): Markup {
  const keep =
    mayKeep &&
    question.may_keep === true &&
    markup`<div class="way">${button('Yes, always', { name: FIELD.answer, value: ALWAYS, unchecked: true })}<p>This call, and every call of ${question.tool_id} in this project, without a question.</p></div>`;
  if (!mayHoldForRun(question)) return markup`${keep}`;
  return markup`<div class="way">${button('Yes, in this run', { name: FIELD.answer, value: FOR_THIS_RUN, unchecked: true })}<p>This call, and later calls of ${question.tool_id} in this run, without a question.</p></div>${keep}`;
}

function changesView(changes: ReturnType<typeof valueChanges>): Markup {
  const rows = changes.map(
    ({ pointer, old, new: now }) =>
      markup`<tr><th scope="row" class="name">${pointer.slice(1)}</th><td>${old === undefined ? 'nothing' : valueView(old)}</td><td>${now === undefined ? 'nothing' : valueView(now)}</td></tr>`,
  );
  return markup`<div class="scroll changes" tabindex="0" role="region" aria-label="What you changed"><table><thead><tr><th scope="col">changed</th><th scope="col">asked</th><th scope="col">now</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

const EFFECTS = { read: 'changes nothing', idempotent: 'acts again under the same key', once: 'acts once' } as const;

/** The call that a question is about, in full; undefined where it is about none. */
export function askedCall(question: Clarification): Markup | undefined {
  if (isApproval(question)) return callView(question);
  return question.category === 'Multiple Choice' && isUnknownOutcome(question) ? callView(question) : undefined;
}

/** What a call would do, in full. */
function callView(question: ClarificationOf<'User Verification' | 'Multiple Choice'>, more?: Markup): Markup {
  const { tool_id: tool = '', args = {} } = question;
  const effect = question.category === 'User Verification' ? question.effect : undefined;
  const acts =
    effect !== undefined &&
    (effect === 'read'
      ? markup`<span class="meta">${EFFECTS.read}</span>`
      : markup`<span class="acts">${icon('bolt')}${EFFECTS[effect]}</span>`);
  const sends = question.category === 'User Verification' && question.sends === true;
  const rows = Object.entries(args).map(
    ([name, value]) => markup`<dt class="name">${name}</dt><dd>${valueView(value)}</dd>`,
  );
  return markup`<div class="call"><p><code>${tool}</code>${acts}${sends && markup`<span class="meta">the arguments leave the machine</span>`}</p>${rows.length === 0 ? markup`<p class="none">without arguments</p>` : markup`<dl>${rows}</dl>`}${more}</div>`;
}

/** The arguments as fields, from the schema of the tool. */
function editView(question: Approval, options: FormOptions): Markup | undefined {
  const { id, typed } = options;
  const all = argumentFields(question);
  if (all.length === 0) return undefined;
  const inputs = all.map(({ name, schema, value, isRequired }, index) =>
    control(fieldFor(schema).field, {
      name: FIELD.args + name,
      id: `${id}-a${index}`,
      value: typed?.text(FIELD.args + name) ?? (value === undefined ? '' : fieldText(value)),
      values: typed?.all(FIELD.args + name) ?? listed(value),
      isRequired: false,
      isCode: typeof value === 'object' || isWrittenAsJson(schema, question),
      error: errorAt(FIELD.args + name, options),
      label: markup`<span class="name">${name}</span>${!isRequired && value === undefined && markup` <span class="hint">not given</span>`}`,
    }),
  );
  const isOpen = typed?.review !== undefined || typed?.problem?.field.startsWith(FIELD.args) === true;
  return markup`<details${isOpen && markup` open`}><summary>Change the arguments first</summary><div class="edit">${inputs}<p class="hint">What you change is kept with your name, next to what was asked. You see old and new before the call is made.</p>${button('Look at the changes', { name: FIELD.answer, value: LOOK, unchecked: true })}</div></details>`;
}

function listed(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function outcome(question: ClarificationOf<'Multiple Choice'>, options: FormOptions): Markup {
  const { id, typed, when } = options;
  const still = question.still_acting;
  const ways = [
    {
      key: 'happened',
      word: 'It happened',
      hint: 'The call is not made again. What it gave is in the field below; left blank, you are asked for it next.',
    },
    {
      key: 'not_done',
      word: 'It did not happen',
      hint:
        still === undefined
          ? `The call is made ${when}, with the same key.`
          : `Taken from ${still.until} on, because ${still.host} may still make it. Then the call is made, with the same key.`,
    },
    { key: 'stop', word: 'Nobody can tell', hint: `The run ends. Nothing more is done. ${options.stays}` },
  ];
  const error = errorAt(FIELD.answer, options);
  const chosen = typed?.text(FIELD.answer);
  const items = ways.map(
    ({ key, word, hint }, index) =>
      markup`<label><input type="radio" name="${FIELD.answer}" value="${key}" required${key === chosen && markup` checked`}${index === 0 && error !== undefined && markup` autofocus`}><b>${word}</b><span class="hint">${hint}</span></label>`,
  );
  const result = control(
    { type: 'string' },
    {
      name: FIELD.result,
      id: `${id}-r`,
      value: typed?.text(FIELD.result),
      error: errorAt(FIELD.result, options),
      label: 'What it gave, if it happened',
      hint: 'JSON is taken as JSON, everything else as text.',
    },
  );
  const found = markup`<fieldset><legend class="sr">What you found</legend><div class="choices">${items}</div>${error !== undefined && fieldError(`${id}-e`, error)}</fieldset>`;
  const record = markup`<div class="send">${button('Record what I found')}</div>`;
  return markup`${callView(question)}${note('out', 'Look on the other side first.')}${options.form(markup`${found}${result}${record}`)}`;
}

function action(question: ClarificationOf<'Action'>, { next, form }: FormOptions): Markup {
  const url = question.action_url;
  const open = isHttpAddress(url)
    ? markup`<div class="way"><a class="btn" href="${url}" rel="noreferrer noopener" target="_blank">Open the page${icon('out')}</a><p>${addressView(url)}</p></div>`
    : markup`<p class="text">${url}</p>`;
  const skip =
    question.may_skip === true &&
    markup`<div class="way">${button('Continue without it', { name: FIELD.answer, value: SKIPPED })}<p>The run continues until a call needs it.</p></div>`;
  const done = button('I have done it', { name: FIELD.answer, value: 'done', solid: true });
  return form(markup`<div class="ways">${open}<div class="way">${done}<p>${next}</p></div>${skip}</div>`);
}

/** An address, with its host in front: it is what a person should look at. */
function addressView(url: string): Markup {
  const { host, pathname, search } = new URL(url);
  return markup`<b>${host}</b> <span class="mono meta">${briefView(`${pathname}${search}`, 60)}</span>`;
}

/** What kind of question it is, in a word. */
export function kindWord(question: Clarification): string {
  switch (question.category) {
    case 'Input':
      return 'Value';
    case 'Multiple Choice':
      return isUnknownOutcome(question) ? 'Outcome unknown' : 'Choice';
    case 'Value Confirmation':
      return 'Confirmation';
    case 'User Verification':
      return isApproval(question) ? 'Approval' : 'Consent';
    case 'Action':
      return 'Action';
    case 'Custom':
      return `Custom: ${selectorName(question)}`;
  }
}
