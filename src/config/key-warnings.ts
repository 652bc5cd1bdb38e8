import { shownUrl } from '../domain/values/secret-names.js';
import { isLoopback } from '../models/providers/providers.js';
import { nameOfKey, type ModelChoice } from './model-choice.js';

/** A key with the address that it goes to. */
export interface SentKey {
  name: string;
  url: string;
}

/** The keys that models get with every request. */
export function keysOfModels(choices: readonly ModelChoice[]): SentKey[] {
  return choices.flatMap((choice) => {
    const name = choice.kind === 'openai' ? nameOfKey(choice) : null;
    return choice.kind === 'openai' && name !== null ? [{ name, url: choice.baseUrl }] : [];
  });
}

/** A warning for every command: keys that anybody on the network path can read. */
export function unencryptedKeyWarnings(keys: readonly SentKey[]): string[] {
  const open = keys.filter(({ url }) => url.startsWith('http://') && !isLoopback(url));
  const warnings = open.map(
    ({ name, url }) =>
      `${name} goes to ${shownUrl(url)} unencrypted: anybody on the network path can read it. Use an https:// address.`,
  );
  return [...new Set(warnings)];
}
