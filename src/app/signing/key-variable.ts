import type { KeyObject } from 'node:crypto';
import { join, resolve } from 'node:path';

import { readTextFile } from '../../documents/read-text-file.js';
import { homeFolder } from '../../config/settings-file.js';
import type { Environment } from '../../domain/environment.js';
import { PortiaError } from '../../domain/errors.js';
import { readPrivateKeys } from './key-text.js';

/** From the shell only: a project must not say who its user is. */
export const KEY_VARIABLE = 'PORTIA_SIGNING_KEY';

const MAX_BYTES = 64 * 1024;

/**
 * The keys in PORTIA_SIGNING_KEY: a value, or `@FILE`. Undefined when it is not set. Throws `invalid-settings` when it
 * cannot be used; the message never has anything of the value but the name of a file.
 */
export function keysOfVariable(shell: Environment): KeyObject[] | undefined {
  const value = shell[KEY_VARIABLE]?.trim();
  if (value === undefined || value === '') return undefined;
  const keys = readPrivateKeys(value.startsWith('@') ? textOf(value.slice(1), shell) : value);
  if (keys.length > 0) return keys;
  throw unusable(
    value.startsWith('@') ? `${value.slice(1)} does not hold an Ed25519 key.` : 'It is not an Ed25519 key.',
  );
}

function textOf(name: string, shell: Environment): string {
  const path = name.startsWith('~/') ? join(homeFolder(shell), name.slice(2)) : resolve(name);
  const file = readTextFile(path, MAX_BYTES);
  if (file.kind === 'text') return file.text;
  throw unusable(`${path} ${file.kind === 'missing' ? 'does not exist' : file.why}.`);
}

function unusable(why: string): PortiaError {
  return new PortiaError('invalid-settings', `${KEY_VARIABLE} cannot be used.`, {
    why: `${why} A key is expected in PEM, or its 32 bytes in base64, or the name of a file with it after @.`,
    fix: `openssl genpkey -algorithm ed25519 -out signing-key.pem\nexport ${KEY_VARIABLE}=@signing-key.pem`,
  });
}
