import { cutText } from '../../domain/values/cut-text.js';
import { asText, type Json, type JsonObject } from '../../domain/values/json.js';
import { markup, type Markup } from '../pages/markup.js';

/** Characters of one argument. */
const MOST = 80;

/** The arguments of a call on a line, each with its name, the longer ones cut. */
export function argumentsText(args: JsonObject): Markup {
  return markup`${Object.entries(args).map(
    ([name, value], index) =>
      markup`${index > 0 && ', '}<span class="meta">${name}</span> ${cutText(textOf(value), MOST)}`,
  )}`;
}

function textOf(value: Json): string {
  const text = typeof value === 'object' ? JSON.stringify(value) : asText(value);
  return text.replaceAll(/\s+/g, ' ').trim();
}
