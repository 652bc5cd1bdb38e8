import { asText, type Json } from './json.js';

/** A name alone in single braces; `{{ name }}`, `{ name }` and JSON do not count. */
const PLACEHOLDER = /(?<!\{)\{([\p{L}_][\p{L}\p{N}_]*)\}(?!\})/gu;

export interface Filled {
  text: string;
  /** The names without a value, each once. Their placeholders are still in the text. */
  missing: string[];
}

/** Fills each `{name}` of a text with its value: a text as it is, any other as JSON. Braces in a value fill nothing. */
export function fillPlaceholders(text: string, values: Readonly<Record<string, Json>>): Filled {
  const missing = new Set<string>();
  const filled = text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) return asText(value);
    missing.add(name);
    return placeholder;
  });
  return { text: filled, missing: [...missing] };
}
