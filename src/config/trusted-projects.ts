import type { Environment } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { shellCommand } from '../domain/values/shell-quote.js';
import { ProjectRecords } from './project-records.js';

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
  const records = recordsOf(shell);
  const record = readRecord(records, records.path(root));
  return record?.root === root ? record : undefined;
}

/** All projects that the user trusts, sorted by path. */
export function listTrustRecords(shell: Environment): TrustRecord[] {
  const records = recordsOf(shell);
  const found = records.paths().flatMap((path) => readRecord(records, path) ?? []);
  return found.sort((one, other) => (one.root < other.root ? -1 : 1));
}

/** Keeps what the user said. Rejects with a PortiaError `storage-failed` when it cannot be written. */
export async function writeTrustRecord(record: TrustRecord, shell: Environment): Promise<void> {
  return recordsOf(shell).write(record.root, record, INSTEAD);
}

/** Forgets what the user said; false when there was nothing. */
export function removeTrustRecord(root: string, shell: Environment): boolean {
  return recordsOf(shell).remove(root, INSTEAD);
}

const INSTEAD = 'export PORTIA_TRUST_PROJECT=1   # where nothing can be kept, as in a container';

function recordsOf(shell: Environment): ProjectRecords {
  return new ProjectRecords('trusted', shell);
}

function readRecord(records: ProjectRecords, path: string): TrustRecord | undefined {
  const json = records.read(path);
  if (json === undefined) return undefined;
  const record = toRecord(json);
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
