import type { HttpSettings } from './http-settings.js';

/** A variable in a text of settings: `${NAME}`. */
export const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Names of the variables that a request sends. What a template makes holds none. */
export function variablesIn({ url, query, headers, body }: HttpSettings): string[] {
  const written = JSON.stringify([url, query, headers, body]).replaceAll(/\{\{[^]*?\}\}/g, '');
  return [...new Set(Array.from(written.matchAll(VARIABLE), ([, name = '']) => name))];
}
