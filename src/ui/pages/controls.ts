import type { FormField } from '../../clarifications/elicitation.js';
import { asText, isJsonObject, textsOf, type Json } from '../../domain/values/json.js';
import { exact, markup, type Inlay, type Markup } from './markup.js';
import { fieldError } from './parts.js';

/** One field of a form. */
export interface ControlOptions {
  name: string;
  /** Unique in the page. */
  id: string;
  /** What stands in it: what was typed before, or what is known. */
  value?: string | undefined;
  /** Several of a list. */
  values?: readonly string[];
  isRequired?: boolean;
  /** JSON is typed: in the font of code, in several lines. */
  isCode?: boolean;
  isSecret?: boolean;
  /** Prose, in several lines. */
  isLong?: boolean;
  /** What is wrong with what was typed. */
  error?: string | undefined;
  /** What is taken, below the field. */
  hint?: Inlay;
  /** Above it; undefined where the question itself is the label, by `labelledBy`. */
  label?: Inlay;
  labelledBy?: string;
}

/** Options that are seen at once. */
const MOST_RADIOS = 7;
/** Options that a list can be scrolled through for. */
const MOST_LISTED = 50;
/** Characters of a text that fits one line. */
const ONE_LINE = 80;

/** A field with its label, its hint and what is wrong with it. */
export function control(field: FormField, options: ControlOptions): Markup {
  const listed = optionsOf(field);
  if (listed !== undefined && listed.length <= MOST_RADIOS) return radios(listed, options);
  if (field['type'] === 'boolean') return radios(YES_NO, options);
  if (field['type'] === 'array') return checks(field, options);
  const { id, label } = options;
  return markup`<div class="field">${label !== undefined && markup`<label for="${id}">${label}</label>`}${single(field, listed, options)}${below(options)}</div>`;
}

interface Option {
  key: string;
  title: string;
}

const YES_NO: readonly Option[] = [
  { key: 'yes', title: 'Yes' },
  { key: 'no', title: 'No' },
];

function optionsOf({ enum: keys, oneOf }: FormField): Option[] | undefined {
  if (Array.isArray(keys)) return textsOf(keys).map((key) => ({ key, title: key }));
  if (!Array.isArray(oneOf)) return undefined;
  return oneOf.filter(isJsonObject).map(({ const: key, title }) => ({ key: textOf(key), title: textOf(title) }));
}

function textOf(value: Json | undefined): string {
  return asText(value ?? '');
}

function below({ id, error, hint }: ControlOptions): Markup {
  return markup`${error !== undefined && fieldError(`${id}-e`, error)}${hint !== undefined && markup`<p class="hint" id="${`${id}-h`}">${hint}</p>`}`;
}

/** What every control says of itself. */
function said({ id, name, isRequired, error, hint, label, labelledBy }: ControlOptions): Markup {
  const described = [...(error === undefined ? [] : [`${id}-e`]), ...(hint === undefined ? [] : [`${id}-h`])].join(' ');
  return markup` id="${id}" name="${name}"${isRequired === true && markup` required`}${label === undefined && labelledBy !== undefined && markup` aria-labelledby="${labelledBy}"`}${described !== '' && markup` aria-describedby="${described}"`}${error !== undefined && markup` aria-invalid="true" autofocus`}`;
}

function single(field: FormField, listed: readonly Option[] | undefined, options: ControlOptions): Markup {
  const { value = '', isCode, isLong, isSecret } = options;
  if (listed !== undefined) return listed.length <= MOST_LISTED ? select(listed, options) : suggested(listed, options);
  if (isSecret === true) return markup`<input type="password" autocomplete="off"${said(options)}>`;
  if (field['type'] === 'number' || field['type'] === 'integer') return number(field, options);
  if (isCode === true || isLong === true || value.length > ONE_LINE || value.includes('\n')) {
    const rows = Math.min(20, Math.max(2, value.split('\n').length + 1));
    // The first line end of a text area is not a part of its text.
    return markup`<textarea${isCode === true && markup` class="code-field"`} rows="${rows}" spellcheck="false"${said(options)}>
${exact(value)}</textarea>`;
  }
  const type = TYPES[textOf(field['format'])] ?? 'text';
  return markup`<input type="${type}" value="${value}" autocomplete="off"${limits(field)}${said(options)}>`;
}

const TYPES: Readonly<Record<string, string>> = { email: 'email', uri: 'url', date: 'date' };

function limits({ minLength, maxLength }: FormField): Markup {
  return markup`${typeof minLength === 'number' && markup` minlength="${minLength}"`}${typeof maxLength === 'number' && markup` maxlength="${maxLength}"`}`;
}

function number({ type, minimum, maximum }: FormField, options: ControlOptions): Markup {
  const [least, most] = [minimum, maximum].map((limit) => (typeof limit === 'number' ? limit : undefined));
  return markup`<input class="short" type="number" inputmode="${type === 'integer' ? 'numeric' : 'decimal'}" step="${type === 'integer' ? '1' : 'any'}" value="${options.value ?? ''}"${least !== undefined && markup` min="${least}"`}${most !== undefined && markup` max="${most}"`}${said(options)}>`;
}

function select(listed: readonly Option[], options: ControlOptions): Markup {
  const { value } = options;
  const items = listed.map(
    ({ key, title }) => markup`<option value="${key}"${key === value && markup` selected`}>${exact(title)}</option>`,
  );
  return markup`<select${said(options)}><option value=""></option>${items}</select>`;
}

function suggested(listed: readonly Option[], options: ControlOptions): Markup {
  const list = `${options.id}-l`;
  const items = listed.map(
    ({ key, title }) => markup`<option value="${key}">${title !== key && exact(title)}</option>`,
  );
  return markup`<input type="text" list="${list}" value="${options.value ?? ''}" autocomplete="off"${said(options)}><datalist id="${list}">${items}</datalist>`;
}

function radios(listed: readonly Option[], options: ControlOptions): Markup {
  const { name, id, value, isRequired, error } = options;
  const items = listed.map(
    ({ key, title }, index) =>
      markup`<label><input type="radio" name="${name}" value="${key}"${index === 0 && markup` id="${id}"`}${isRequired === true && markup` required`}${key === value && markup` checked`}${index === 0 && error !== undefined && markup` autofocus`}><span>${title}</span></label>`,
  );
  return grouped(items, options);
}

function checks(field: FormField, options: ControlOptions): Markup {
  const items = isJsonObject(field['items']) ? (optionsOf(field['items']) ?? []) : [];
  const boxes = items.map(
    ({ key, title }, index) =>
      markup`<label><input type="checkbox" name="${options.name}" value="${key}"${index === 0 && markup` id="${options.id}"`}${options.values?.includes(key) === true && markup` checked`}><span>${title}</span></label>`,
  );
  return grouped(boxes, options);
}

function grouped(items: Markup[], options: ControlOptions): Markup {
  const { label, labelledBy, error, hint, id } = options;
  const described = [...(error === undefined ? [] : [`${id}-e`]), ...(hint === undefined ? [] : [`${id}-h`])].join(' ');
  return markup`<fieldset class="field"${label === undefined && labelledBy !== undefined && markup` aria-labelledby="${labelledBy}"`}${described !== '' && markup` aria-describedby="${described}"`}>${label !== undefined && markup`<legend>${label}</legend>`}<div class="choices">${items}</div>${below(options)}</fieldset>`;
}
