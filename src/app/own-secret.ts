import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { userSettingsPath } from '../config/settings-file.js';
import { readTextFile } from '../documents/read-text-file.js';
import type { Environment } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { writeFileSafely } from '../storage/safe-write.js';

/** Bytes of a secret that is made here; a longer file is not one. */
const BYTES = 32;
const MOST_BYTES = 4_096;

/**
 * A secret of this user in a file of the user's folder that nobody else can read, made when it is first needed. Throws
 * `storage-failed` when it cannot be kept, and `invalid-settings` for a file that is no secret.
 */
export function ownSecret(name: string, shell: Environment): { value: string; path: string } {
  const path = join(dirname(userSettingsPath(shell)), name);
  const before = readSecret(path);
  if (before !== undefined) return { value: before, path };
  const value = randomBytes(BYTES).toString('hex');
  try {
    writeFileSafely(path, `${value}\n`, { replace: false, withFolders: true });
  } catch (error) {
    // Another process made it at the same moment.
    const made = readSecret(path);
    if (made === undefined) throw error;
    return { value: made, path };
  }
  return { value, path };
}

/** The secret of a variable; undefined where it is empty or not set. Throws `invalid-settings` for one that can be guessed. */
export function secretOfVariable(name: string, shell: Environment): { value: string; path: string } | undefined {
  const value = shell[name]?.trim() ?? '';
  if (value === '') return undefined;
  if (value.length >= BYTES) return { value, path: name };
  throw new PortiaError('invalid-settings', `${name} cannot be used.`, {
    why: `It has ${value.length} characters, and a secret of fewer than ${BYTES} can be guessed.`,
    fix: `unset ${name}   # a secret is made and kept`,
  });
}

function readSecret(path: string): string | undefined {
  const file = readTextFile(path, MOST_BYTES);
  if (file.kind === 'missing') return undefined;
  const text = file.kind === 'text' ? file.text.trim() : '';
  const isOpen = (statSync(path).mode & 0o077) !== 0;
  if (text.length >= BYTES && !isOpen) return text;
  throw new PortiaError('invalid-settings', `${path} cannot be used.`, {
    why: isOpen ? 'Other users of this machine can read it.' : 'It holds no secret of at least 32 characters.',
    fix: isOpen ? `chmod 600 ${shellQuote(path)}` : `rm ${shellQuote(path)}   # another one is made`,
  });
}
