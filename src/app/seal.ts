import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { homeFolder } from '../config/settings-file.js';
import { readTextFile } from '../documents/read-text-file.js';
import type { Environment } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import { digestText } from '../domain/values/digest.js';
import { isJsonObject, jsonOf, type Json } from '../domain/values/json.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { SEAL_VARIABLE } from '../domain/run/secret-answers.js';
import type { Seal, SealedFor } from '../executor/sealed-answers.js';

interface Key {
  id: string;
  bytes: Buffer;
}

const MAX_BYTES = 64 * 1024;
const CIPHER = 'aes-256-gcm';
const [KEY_BYTES, NONCE_BYTES] = [32, 12];

/** The seal of PORTIA_SEAL_KEY_FILE. Without it nothing can be opened. Throws `invalid-settings` for a file that cannot be used. */
export function openSeal(shell: Environment): Seal & { hasKey: boolean } {
  const keys = keysOf(shell);
  return {
    hasKey: keys.length > 0,
    close(value, about) {
      const [key] = keys;
      if (key === undefined) throw noKey();
      return close(JSON.stringify(value), about, key);
    },
    open(sealed, about) {
      const { id, nonce, tag, text } = partsOf(sealed);
      const key = keys.find((known) => known.id === id);
      if (key === undefined) throw keys.length === 0 ? noKey() : otherKey(id);
      return open({ nonce, tag, text }, about, key);
    },
  };
}

function keysOf(shell: Environment): Key[] {
  const name = shell[SEAL_VARIABLE]?.trim() ?? '';
  if (name === '') return [];
  const path = name.startsWith('~/') ? join(homeFolder(shell), name.slice(2)) : resolve(name);
  const file = readTextFile(path, MAX_BYTES);
  if (file.kind !== 'text') throw unusable(`${path} ${file.kind === 'missing' ? 'does not exist' : file.why}.`, path);
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new PortiaError('invalid-settings', `${SEAL_VARIABLE} cannot be used.`, {
      why: `Others can read ${path}.`,
      fix: `chmod 600 ${shellQuote(path)}`,
    });
  }
  const lines = file.text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const keys = lines.map((line) => Buffer.from(line, 'base64'));
  if (keys.length === 0 || keys.some(({ length }) => length !== KEY_BYTES)) {
    throw unusable(`${path} does not hold keys of ${KEY_BYTES} bytes in base64, one a line.`, path);
  }
  return keys.map((bytes) => ({ id: digestText(bytes).slice(0, 16), bytes }));
}

function close(text: string, about: SealedFor, { id, bytes }: Key): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, bytes, nonce).setAAD(boundTo(about));
  const closed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const written = { key: id, nonce, tag: cipher.getAuthTag(), text: closed };
  return JSON.stringify({ v: 1, ...mapToText(written) });
}

function mapToText({ key, ...parts }: { key: string; nonce: Buffer; tag: Buffer; text: Buffer }) {
  const { nonce, tag, text } = parts;
  return { key, nonce: nonce.toString('base64'), tag: tag.toString('base64'), text: text.toString('base64') };
}

function partsOf(sealed: string): { id: string; nonce: Buffer; tag: Buffer; text: Buffer } {
  const value = jsonOf(sealed);
  const part = (name: string): string => {
    const text = isJsonObject(value) ? value[name] : undefined;
    if (typeof text !== 'string') throw changed();
    return text;
  };
  const bytes = (name: string): Buffer => Buffer.from(part(name), 'base64');
  return { id: part('key'), nonce: bytes('nonce'), tag: bytes('tag'), text: bytes('text') };
}

function open({ nonce, tag, text }: { nonce: Buffer; tag: Buffer; text: Buffer }, about: SealedFor, key: Key): Json {
  let opened: string;
  try {
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: 16 });
    decipher.setAAD(boundTo(about)).setAuthTag(tag);
    opened = decipher.update(text, undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw changed();
  }
  return jsonOf(opened) ?? null;
}

/** What a sealed answer opens for: it is of no use with another run or question. */
function boundTo({ run, question }: SealedFor): Buffer {
  return Buffer.from(`portia sealed answer v1\n${run}\n${question}`);
}

const NEW_KEY = '(umask 077; openssl rand -base64 32 > seal.key)';

function noKey(): PortiaError {
  return new PortiaError('invalid-settings', `${SEAL_VARIABLE} is not set here.`, {
    why: 'Secret answers are sealed with the key in the file that it names.',
    fix: `export ${SEAL_VARIABLE}=FILE`,
  });
}

function otherKey(id: string): PortiaError {
  return new PortiaError('invalid-settings', `The file of ${SEAL_VARIABLE} does not have the key ${id}.`, {
    why: 'The answer was sealed with a key that is not in this file.',
    fix: 'Add that key to the file, on a line of its own.',
  });
}

function unusable(why: string, path: string): PortiaError {
  return new PortiaError('invalid-settings', `${SEAL_VARIABLE} cannot be used.`, {
    why,
    fix: NEW_KEY.replace('seal.key', () => shellQuote(path)),
  });
}

function changed(): PortiaError {
  return new PortiaError('invalid-settings', 'It was changed, or sealed for another run or question.', {
    why: 'Only the answer as it was sealed can be opened.',
  });
}
