import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Environment } from '../domain/environment.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { shellCommand } from '../domain/values/shell-quote.js';
import { userSettingsPath } from './settings-file.js';
import { readSettingsJson } from './settings-text.js';
import { openUserFile } from './user-file.js';

/** What the user said about one project, kept in a file of its own beside the user's settings. */
export interface TrustRecord {
  /** Real path of the project's root. */
  root: string;
  /** The folder, also when it changes; or exactly the content that was shown. */
  mode: 'folder' | 'content';
  /** What was listed, each as one text. */
  items: string[];
  /** SHA-256 of each file that was listed, by its path from the root. */
  files: Record<string, string>;
  /** When, as ISO 8601. */
  trusted_at: string;
}

/** What the user said about the project at a real path; undefined when nothing. Throws `invalid-settings`. */
export function readTrustRecord(root: string, shell: Environment): TrustRecord | undefined {
  const record = readRecord(recordPath(root, shell));
  return record?.root === root ? record : undefined;
}

/** All projects that the user trusts, sorted by path. */
export function listTrustRecords(shell: Environment): TrustRecord[] {
  const folder = recordFolder(shell);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => /^[0-9a-f]+\.json$/.test(name));
  const records = files.flatMap((name) => readRecord(join(folder, name)) ?? []);
  return records.sort((one, other) => (one.root < other.root ? -1 : 1));
}

/** Keeps what the user said. Rejects with a PortiaError `storage-failed` when it cannot be written. */
export async function writeTrustRecord(record: TrustRecord, shell: Environment): Promise<void> {
  const path = recordPath(record.root, shell);
  try {
    const file = await openUserFile(path, { isOurs: true });
    file.store = { ...record };
  } catch (error) {
    throw notWritten(path, messageOf(error), error);
  }
  // conf's writer can put a truncated file in place on a full disk and report success.
  const written = readTrustRecord(record.root, shell);
  if (JSON.stringify(written) !== JSON.stringify(record)) {
    throw notWritten(path, 'The file does not hold what was written.');
  }
}

/** Forgets what the user said; false when there was nothing. */
export function removeTrustRecord(root: string, shell: Environment): boolean {
  const path = recordPath(root, shell);
  if (!existsSync(path)) return false;
  try {
    rmSync(path);
  } catch (error) {
    throw notWritten(path, messageOf(error), error);
  }
  return true;
}

function recordFolder(shell: Environment): string {
  return join(dirname(userSettingsPath(shell)), 'trusted');
}

function recordName(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 32);
}

function recordPath(root: string, shell: Environment): string {
  return join(recordFolder(shell), `${recordName(root)}.json`);
}

function readRecord(path: string): TrustRecord | undefined {
  const json = readSettingsJson(path);
  if (json === undefined) return undefined;
  const record = toRecord(json.value);
  if (record !== undefined) return record;
  throw new PortiaError('invalid-settings', `${path} does not say which project is trusted.`, {
    why: 'portia trust writes this file, and something else has changed it.',
    fix: shellCommand(['rm', path]),
  });
}

function toRecord(value: Json): TrustRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const { root, mode, items, files, trusted_at: trustedAt } = value;
  if (typeof root !== 'string' || typeof trustedAt !== 'string') return undefined;
  if (mode !== 'folder' && mode !== 'content') return undefined;
  if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) return undefined;
  if (!isJsonObject(files) || !isRecordOfTexts(files)) return undefined;
  return { root, mode, items, files, trusted_at: trustedAt };
}

function isRecordOfTexts(object: Record<string, Json>): object is Record<string, string> {
  return Object.values(object).every((value) => typeof value === 'string');
}

function notWritten(path: string, why: string, cause?: unknown): PortiaError {
  return new PortiaError('storage-failed', `${path} could not be written.`, {
    why,
    fix: [
      `make ${dirname(path)} writable and free some space, or set PORTIA_CONFIG_DIR to another folder`,
      'export PORTIA_TRUST_PROJECT=1   # where nothing can be kept, as in a container',
    ].join('\n'),
    cause,
  });
}
