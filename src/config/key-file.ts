import { realpathSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';

import { messageOf } from '../domain/errors.js';
import type { KeyOwner } from './key-rule.js';
import { readTextFile } from '../documents/read-text-file.js';

const MAX_KEY_BYTES = 4096;

export type KeyFile = { kind: 'key'; value: string; owner: KeyOwner } | { kind: 'unusable'; why: string };
export type ReadKeyFile = (path: string) => KeyFile;

/** Reads files that hold one key. Inside the project, links resolved, the key is the project's; elsewhere the person's. */
export function createKeyFileReader(projectRoot: string): ReadKeyFile {
  return (path) => {
    const file = readTextFile(path, MAX_KEY_BYTES);
    if (file.kind === 'missing') return { kind: 'unusable', why: 'does not exist' };
    if (file.kind === 'unusable') return file;
    const value = file.text.trim();
    if (!looksLikeKey(value)) return { kind: 'unusable', why: 'does not hold one key on one line' };
    try {
      return {
        kind: 'key',
        value,
        owner: isInside(realpathSync(path), realpathSync(projectRoot)) ? 'project' : 'person',
      };
    } catch (error) {
      return { kind: 'unusable', why: `cannot be read (${messageOf(error)})` };
    }
  };
}

/** Whether the text can stand in an HTTP header: visible ASCII without spaces. */
export function looksLikeKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
