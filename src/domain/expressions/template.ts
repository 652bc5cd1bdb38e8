import { ExpressionError } from './expression-error.js';
import { parseExpression, type Expression } from './expression.js';
import { escapePointer, type Json } from '../values/json.js';

/** A text of a plan, cut into plain parts and expressions. */
export type TemplatePart = { kind: 'text'; text: string } | { kind: 'expression'; expression: Expression };

/**
 * Parses `text {{ expression }} text`. An expression ends at the first `}}` that is not inside its own strings, quoted
 * names, comments or braces. `{{{{` writes two braces. Throws an ExpressionError whose position is in the whole text.
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let at = 0;
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', at)) {
    literal += text.slice(at, open);
    if (text.startsWith('{{{{', open)) {
      literal += '{{';
      at = open + 4;
      continue;
    }
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
    const end = endOfExpression(text, open + 2);
    if (end === undefined) throw unclosed(text, open);
    parts.push({ kind: 'expression', expression: parseAt(text, open + 2, end) });
    at = end + 2;
  }
  literal += text.slice(at);
  if (literal !== '') parts.push({ kind: 'text', text: literal });
  return parts;
}

/** What JSONata reads as one piece, so that braces in it mean nothing; then single braces, and everything between. */
const PIECE = /"[^"\\]*(?:\\[^][^"\\]*)*"|'[^'\\]*(?:\\[^][^'\\]*)*'|`[^`]*`|\/\*[^]*?(?:\*\/|$)|[{}]|[^"'`/{}]+|\//y;

/** What comes before a regular expression; anywhere else a slash divides. */
const BEFORE_REGEXP = /(?:^|[([{,:;?=<>&|~+\-*%^!@#]|\b(?:and|or|in))\s*$/;
const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\]|\\.)*\])+\/[im]*/y;

/** The place of the `}}` that ends the expression beginning at `start`; undefined when there is none. */
function endOfExpression(text: string, start: number): number | undefined {
  let depth = 0;
  PIECE.lastIndex = start;
  for (let piece = PIECE.exec(text)?.[0]; piece !== undefined; piece = PIECE.exec(text)?.[0]) {
    const at = PIECE.lastIndex - piece.length;
    if (piece === '/') PIECE.lastIndex = endOfRegExp(text, at, start);
    else if (piece === '{') depth += 1;
    else if (piece !== '}') continue;
    else if (depth > 0) depth -= 1;
    else if (text[at + 1] === '}') return at;
  }
  return undefined;
}

/** Where the regular expression ends that begins at a slash; behind the slash when that is not what it means. */
function endOfRegExp(text: string, at: number, start: number): number {
  REGEXP.lastIndex = at;
  const isRegExp = BEFORE_REGEXP.test(text.slice(Math.max(start, at - 20), at)) && REGEXP.test(text);
  return isRegExp ? REGEXP.lastIndex : at + 1;
}

function parseAt(text: string, start: number, end: number): Expression {
  try {
    return parseExpression(text.slice(start, end));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw error.within(text, start);
  }
}

function unclosed(text: string, open: number): ExpressionError {
  const close = text.lastIndexOf('}}');
  if (close < open + 2)
    return new ExpressionError('{{ is never closed by }}; write {{{{ for two braces', text, open + 1);
  // A string, a brace or a regular expression swallowed the end: JSONata says which.
  try {
    parseAt(text, open + 2, close);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  return new ExpressionError('{{ is not closed by }} outside of its strings and braces', text, open + 1);
}

/** What `when`, `over` and `options` may be: an expression, or exactly one template around it. */
export function parseBareOrTemplate(text: string): Expression {
  const trimmed = text.trim();
  const whole = trimmed.startsWith('{{') ? wholeExpression(parseTemplate(trimmed)) : undefined;
  return whole ?? parseExpression(text);
}

/** The one expression that the whole text is, or undefined when there is text around it or several. */
export function wholeExpression(parts: TemplatePart[]): Expression | undefined {
  const [only] = parts;
  return parts.length === 1 && only?.kind === 'expression' ? only.expression : undefined;
}

/** The name that an expression is and nothing else, without `$`. */
export function variableOnly(source: string): string | undefined {
  return /^\s*\$([\p{L}_][\p{L}\p{N}_]*)\s*$/u.exec(source)?.[1];
}

/** Every text with an expression in a JSON value of a plan, with the pointer of the string that holds it. */
export function templatesIn(value: Json, pointer = ''): { pointer: string; text: string }[] {
  if (typeof value === 'string') return value.includes('{{') ? [{ pointer, text: value }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => templatesIn(child, `${pointer}/${escapePointer(key)}`));
}

const NAME_AND_PATH = String.raw`([\p{L}_][\p{L}\p{N}_]*)(?:\s*|([.[][^{}]*))`;

/** `${x}`, `${x.y}`, `{ $x }`, `{ $x[0] }`: as other languages fill in values. */
const LIKELY = new RegExp(String.raw`\$\{\s*\$?${NAME_AND_PATH}\}|(?<!\{)\{\s*\$${NAME_AND_PATH}\}(?!\})`, 'gu');

interface LikelyTemplate {
  pointer: string;
  /** Without `$`. */
  name: string;
  /** What follows the name: a path. */
  path: string;
  written: string;
}

/** Plain text that looks as if a value should be filled in. */
export function likelyTemplates(value: Json, pointer: string): LikelyTemplate[] {
  if (typeof value === 'string') {
    if (!value.includes('{')) return [];
    const text = value.replaceAll(/\{\{[^]*?\}\}/g, '');
    return [...text.matchAll(LIKELY)].map(([written, one, oneEnd, other, otherEnd]) => {
      return { pointer, name: one ?? other ?? '', path: (oneEnd ?? otherEnd ?? '').trim(), written };
    });
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => likelyTemplates(child, `${pointer}/${escapePointer(key)}`));
}
