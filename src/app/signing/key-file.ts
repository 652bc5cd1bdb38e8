import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { dirname, join } from 'node:path';

import { userSettingsPath } from '../../config/settings-file.js';
import { readTextFile } from '../../documents/read-text-file.js';
import type { Environment } from '../../domain/environment.js';
import { messageOf, PortiaError } from '../../domain/errors.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import { writeFileSafely } from '../../storage/safe-write.js';
import { readPrivateKeys } from './key-text.js';

const MAX_BYTES = 256 * 1024;

/** The user's own keys are beside the user's settings: the first one signs, the others are earlier ones. */
export function keyFilePath(shell: Environment): string {
  return join(dirname(userSettingsPath(shell)), 'signing-key.pem');
}

/** Empty without a file. Throws `invalid-settings` for a file that is there and cannot be used. */
export function readKeyFile(path: string): KeyObject[] {
  const file = readTextFile(path, MAX_BYTES);
  if (file.kind === 'missing') return [];
  const keys = file.kind === 'unusable' ? [] : readPrivateKeys(file.text);
  if (keys.length > 0) return keys;
  throw new PortiaError('invalid-settings', `${path} ${file.kind === 'unusable' ? file.why : 'does not hold a key'}.`, {
    why: 'The key with which portia signs what you answer is read from it.',
    fix: `mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}   # the next answer makes another key`,
  });
}

/** Makes a key that signs from now on; the existing ones stay after it. Throws `storage-failed`. */
export function addKey(path: string, earlier: readonly KeyObject[] = []): KeyObject[] {
  const keys = [generateKeyPairSync('ed25519').privateKey, ...earlier];
  const text = keys.map((key) => key.export({ type: 'pkcs8', format: 'pem' }).toString()).join('');
  try {
    writeFileSafely(path, text, { replace: earlier.length > 0, withFolders: true });
  } catch (error) {
    // Another process made the first key at the same moment.
    const made = earlier.length > 0 ? [] : readIfUsable(path);
    if (made.length > 0) return made;
    throw error;
  }
  return keys;
}

function readIfUsable(path: string): KeyObject[] {
  try {
    return readKeyFile(path);
  } catch {
    return [];
  }
}

/** Why no key file can be used, in a few words. */
export function whyNoKey(error: unknown): string {
  if (!(error instanceof PortiaError)) return messageOf(error);
  return [error.message, error.details.why].filter((text) => text !== undefined).join(' ');
}
