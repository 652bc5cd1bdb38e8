import jsonata from 'jsonata';

import { MAX_GIVEN_TEXT, MAX_MADE_LIST, MAX_MADE_TEXT, TOO_MUCH_FILLED, TOO_MUCH_GIVEN } from './expression-error.js';
import type { Json } from '../values/json.js';
import { isUnsafeWholeNumber, TOO_MANY_DIGITS } from '../values/whole-numbers.js';

// A list or text of hundreds of millions ends the process: V8 has no error for it.

const pad = jsonata('$pad($text, $width, $character)');
const number = jsonata('$number($value)');
const integer = jsonata('$parseInteger($text, $picture)');
const split = jsonata('$split($text, $separator, $limit)');

/** JSONata's `$pad`, for texts that it may make. */
export function padWithinLimits(text: unknown, width: number, character?: string): Promise<unknown> {
  if (Math.abs(width) > MAX_MADE_TEXT) throw codeAsError(TOO_MUCH_FILLED);
  return pad.evaluate(undefined, { text, width, character }) as Promise<unknown>;
}

/** JSONata's `$length`, which makes no list of the characters: that of a long text takes eight times its memory. */
export function lengthOfText(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let length = 0;
  for (let at = 0; at < text.length; length += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return length;
}

/** JSONata's `$split`, for lists that it may make. */
export function splitWithinLimits(text: unknown, separator: unknown, limit?: number): Promise<unknown> {
  const isMany = limit === undefined || limit > MAX_MADE_LIST;
  if (isMany && typeof text === 'string' && typeof separator === 'string' && partsOf(text, separator) > MAX_MADE_LIST) {
    throw codeAsError('D2015');
  }
  return split.evaluate(undefined, { text, separator, limit }) as Promise<unknown>;
}

const DECIMAL = /^-?\d+(?:\.\d+)?(?:[Ee][-+]?\d+)?$/;

/** JSONata's `$parseInteger`, which changes no whole number that is too long for it. */
export function integerKeepingDigits(text: unknown, picture: unknown): unknown {
  // Whatever the picture groups the digits with.
  const digits = typeof text === 'string' ? text.replaceAll(/[^\d-]/g, '') : '';
  if (isUnsafeWholeNumber(digits)) throw tooManyDigits(String(text));
  return integer.evaluate(undefined, { text, picture });
}

function tooManyDigits(text: string): Error {
  return new Error(`the text ${JSON.stringify(text)} ${TOO_MANY_DIGITS}: keep it as text`);
}

/** JSONata's `$number`, which changes no whole number that is too long for it. */
export function numberKeepingDigits(value: unknown): unknown {
  if (typeof value !== 'string') return number.evaluate(undefined, { value });
  if (isUnsafeWholeNumber(value)) throw tooManyDigits(value);
  // At once for what most texts are: a list may have a million of them.
  const known = DECIMAL.test(value) ? Number(value) : Number.NaN;
  return Number.isFinite(known) ? known : number.evaluate(undefined, { value });
}

/** In how many parts a separator cuts a text; stops counting when there are too many. */
function partsOf(text: string, separator: string): number {
  if (separator === '') return text.length;
  let parts = 1;
  for (let at = text.indexOf(separator); at >= 0 && parts <= MAX_MADE_LIST; parts += 1) {
    at = text.indexOf(separator, at + separator.length);
  }
  return parts;
}

/** Throws when a value has more text than an expression may give. */
export function refuseLongTexts(value: Json): void {
  let characters = 0;
  const pending: Json[] = [value];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    if (typeof item === 'string') characters += item.length;
    else if (typeof item === 'object' && item !== null) for (const child of Object.values(item)) pending.push(child);
    if (characters > MAX_GIVEN_TEXT) throw codeAsError(TOO_MUCH_GIVEN);
  }
}

/** As JSONata throws: it adds where in the expression that was. */
function codeAsError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
