import { ExpressionError, parseExpression, type Expression } from './expression.js';
import type { Json } from './json.js';

/** A text of a plan, cut into what is written as it is and what is evaluated. */
export type TemplatePart = { kind: 'text'; text: string } | { kind: 'expression'; expression: Expression };

/** Closing braces that are tried for one expression; a text with more is not written by a person. */
const MAX_CANDIDATES = 200;

/**
 * Parses `text {{ expression }} text`. An expression ends at the first `}}` where its own syntax ends, so braces and
 * `}}` inside it are fine. `{{{{` writes two braces. Throws an ExpressionError whose position is in the whole text.
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    if (open === -1) break;
    literal += text.slice(at, open);
    if (text.startsWith('{{{{', open)) {
      literal += '{{';
      at = open + 4;
      continue;
    }
    const { expression, end } = readExpression(text, open);
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
    parts.push({ kind: 'expression', expression });
    at = end;
  }
  literal += text.slice(at);
  if (literal !== '') parts.push({ kind: 'text', text: literal });
  return parts;
}

function readExpression(text: string, open: number): { expression: Expression; end: number } {
  const start = open + 2;
  let first: ExpressionError | undefined;
  let close = text.indexOf('}}', start);
  if (close === -1) throw new ExpressionError('{{ is never closed by }}; write {{{{ for two braces', text, open + 1);
  for (let tries = 0; close !== -1 && tries < MAX_CANDIDATES; tries += 1) {
    try {
      return { expression: parseExpression(text.slice(start, close)), end: close + 2 };
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      first ??= error;
    }
    close = text.indexOf('}}', close + 1);
  }
  throw new ExpressionError(first?.message ?? 'is no expression', text, start + (first?.position ?? 1));
}

/** The one expression that the whole text is, or undefined when there is text around it or several. */
export function wholeExpression(parts: TemplatePart[]): Expression | undefined {
  const [only] = parts;
  return parts.length === 1 && only?.kind === 'expression' ? only.expression : undefined;
}

/** Every expression in a JSON value of a plan, with the pointer of the string that holds it. */
export function templatesIn(value: Json, pointer = ''): { pointer: string; text: string }[] {
  if (typeof value === 'string') return value.includes('{{') ? [{ pointer, text: value }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => templatesIn(child, `${pointer}/${escapePointer(key)}`));
}

/** One reference token of a JSON pointer (RFC 6901). */
export function escapePointer(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}
