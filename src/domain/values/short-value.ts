import { isJsonObject, type Json } from './json.js';

const MOST_CHARACTERS = 80;
const MOST_MEMBERS = 6;

/**
 * Enough of a value to recognise it among similar ones: the first members of an object or list, and the beginnings of
 * texts.
 */
export function shortValue(value: Json, depth = 0): Json {
  if (typeof value === 'string') return cutText(value);
  if (Array.isArray(value)) {
    if (depth > 0) return `… ${value.length} items`;
    return value.slice(0, MOST_MEMBERS).map((item) => shortValue(item, depth + 1));
  }
  if (!isJsonObject(value)) return value;
  if (depth > 1) return '…';
  const members = Object.entries(value).slice(0, MOST_MEMBERS);
  return Object.fromEntries(members.map(([name, member]) => [cutText(name), shortValue(member, depth + 1)]));
}

function cutText(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  // A character has one or two code units, and half of one must not be left.
  const characters = Array.from(text.slice(0, MOST_CHARACTERS * 2 + 2));
  return characters.length <= MOST_CHARACTERS ? text : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`;
}
