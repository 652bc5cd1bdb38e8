import { VARIABLE_IN_TEXT } from '../../domain/environment.js';
import type { HttpSettings } from './http-settings.js';

/** Names of the variables that a request sends. What a template makes holds none. */
export function variablesIn({ url, query, headers, body, form }: HttpSettings): string[] {
  const written = JSON.stringify([url, query, headers, body, form]).replaceAll(/\{\{[^]*?\}\}/g, '');
  return [...new Set(Array.from(written.matchAll(VARIABLE_IN_TEXT), ([, name = '']) => name))];
}
