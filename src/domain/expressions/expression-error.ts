import { slipIn } from './expression-slips.js';
import { toJson, type Json } from '../values/json.js';
import { cutText } from '../values/cut-text.js';

/** Why portia does not evaluate a text as an expression, and where. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly source: string;
  /** 1-based character. */
  readonly position: number;
  readonly endless: boolean = false;

  constructor(message: string, source: string, position: number) {
    super(message);
    this.source = source;
    this.position = position;
  }

  /** The same about the whole of a text in which the expression begins at `start`. */
  within(text: string, start: number): ExpressionError {
    return new ExpressionError(this.message, text, start + this.position);
  }
}

/** A field without a value to take it from; most likely a name without its `$`. */
export class RootlessFieldError extends ExpressionError {
  readonly field: string;

  constructor(field: string, source: string, position: number) {
    super(`${field} is a field without a value to take it from; did you mean $${field}?`, source, position);
    this.field = field;
  }

  override within(text: string, start: number): RootlessFieldError {
    return new RootlessFieldError(this.field, text, start + this.position);
  }
}

/** An evaluation exceeded its time or its depth of calls: most likely it would never end. */
export class EndlessExpressionError extends ExpressionError {
  override readonly endless = true;
}

/** What an expression gave, as JSON. Throws ExpressionError when it is nothing or not JSON. */
export function resultAsJson(result: unknown, source: string): Json {
  if (result === undefined) throw new ExpressionError('gives nothing', source, 1);
  const json = toJson(result);
  if (!json.ok) throw new ExpressionError(noJson(json.problem), source, 1);
  return json.value;
}

/** The message for an expression whose result has that problem. */
export function noJson(problem: string): string {
  return `gives what JSON cannot hold: ${problem}`;
}

/** A sentence for people; `source` is the expression as they wrote it. */
export function describeFailure({ message, position }: ExpressionError, source: string): string {
  const shown = cutText(source, 120);
  const joint = CONTINUES.test(message) ? ' ' : ': ';
  return `The expression ${JSON.stringify(shown)}${joint}${message} (character ${position}).`;
}

/** Messages whose subject is the expression; the others are complete sentences. */
const CONTINUES = /^(is|gives|takes|makes|nests|fills|ended|could|uses) /;

/** Names that a message lists. */
const MAX_NAMES = 50;

/** A sentence that lists the names that exist, given without `$`. */
export function namesInScope(names: Iterable<string>): string {
  const all = Array.from(names, (name) => `$${name}`);
  const more = all.length > MAX_NAMES ? ` and ${all.length - MAX_NAMES} more` : '';
  return `Names in scope: ${all.length === 0 ? 'none' : all.slice(0, MAX_NAMES).join(', ')}${more}.`;
}

/** How many items a list made by an expression may have. */
export const MAX_MADE_LIST = 1_000_000;

/** How many characters an expression may pad a text to, and how many all texts that it gives may have. */
export const MAX_MADE_TEXT = 10_000_000;
export const MAX_GIVEN_TEXT = 64_000_000;

/** Codes beside JSONata's own: a text is longer than that. */
export const TOO_MUCH_FILLED = 'filled';
export const TOO_MUCH_GIVEN = 'given';

/** JSONata's codes for a list that is too long; its messages name the length that was wanted as the limit. */
const TOO_LONG = new Set<unknown>(['D2014', 'D2015']);

/** JSONata's code for too much time. */
const TOO_SLOW = 'D1012';

/** Codes that no well-meant plan causes; `D1011` is JSONata's for too many calls within calls. */
const ENDLESS = new Set<unknown>(['D1011', TOO_SLOW, TOO_MUCH_FILLED, TOO_MUCH_GIVEN, ...TOO_LONG]);

/** JSONata throws plain objects and errors with a code and a position. */
export function asExpressionError(error: unknown, source: string): ExpressionError {
  if (error instanceof ExpressionError) return error;
  const raw = typeof error === 'object' && error !== null ? (error as { message?: unknown; position?: unknown }) : {};
  const position = typeof raw.position === 'number' ? raw.position : source.length;
  const shown = Math.max(1, Math.min(position, source.length));
  const Failure = ENDLESS.has(codeOf(error)) || isTextTooLong(error) ? EndlessExpressionError : ExpressionError;
  const slip = isSyntaxError(error) ? slipIn(source) : undefined;
  return new Failure(slip ?? describe(error, raw.message), source, shown);
}

function describe(error: unknown, message: unknown): string {
  // A text of brackets only can exhaust the stack of the parser.
  if (error instanceof RangeError && /call stack/i.test(error.message)) return 'nests too deeply';
  if (codeOf(error) === TOO_SLOW) {
    return `takes longer than ${String((error as { value?: unknown }).value)} ms; most likely it never ends`;
  }
  if (TOO_LONG.has(codeOf(error))) {
    return `makes a list of more than ${MAX_MADE_LIST.toLocaleString('en')} items`;
  }
  if (codeOf(error) === TOO_MUCH_FILLED) {
    return `fills a text up to more than ${MAX_MADE_TEXT.toLocaleString('en')} characters`;
  }
  if (codeOf(error) === TOO_MUCH_GIVEN || isTextTooLong(error)) {
    return `makes more than ${MAX_GIVEN_TEXT.toLocaleString('en')} characters of text`;
  }
  const text = typeof message === 'string' ? message : String(error);
  return isTextAdded(error) ? `${text}; texts are joined with &` : text;
}

/** JSONata's codes for a side of an operator that is not a number. */
const NOT_A_NUMBER = new Set<unknown>(['T2001', 'T2002']);

function isTextAdded(error: unknown): boolean {
  const { token, value } = (error ?? {}) as { token?: unknown; value?: unknown };
  return NOT_A_NUMBER.has(codeOf(error)) && token === '+' && typeof value === 'string';
}

/** V8's own limit. */
function isTextTooLong(error: unknown): boolean {
  return error instanceof RangeError && /string length/i.test(error.message);
}

/** JSONata's codes for what does not parse. */
function isSyntaxError(error: unknown): boolean {
  return /^S0[0-4]/.test(String(codeOf(error)));
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}
