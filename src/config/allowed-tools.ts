import type { Environment } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { shellCommand } from '../domain/values/shell-quote.js';
import { ProjectRecords } from './project-records.js';

/** A tool, as it is, that the user lets be called without a question. */
export interface AllowedTool {
  tool_id: string;
  /** Null for portia's own tools, which change only with portia. */
  fingerprint: string | null;
  /** When, as ISO 8601. */
  allowed_at: string;
}

/** The tools of one project, kept in a file of its own beside the user's settings. */
export interface AllowedTools {
  /** Real path of the project's root. */
  root: string;
  tools: AllowedTool[];
}

/** Those of the project at a real path. Throws `invalid-settings`. */
export function readAllowedTools(root: string, shell: Environment): AllowedTool[] {
  const records = new ProjectRecords('allowed', shell);
  const record = readRecord(records, records.path(root));
  return record?.root === root ? record.tools : [];
}

/** Those of all projects, sorted by path. Throws `invalid-settings`. */
export function listAllowedTools(shell: Environment): AllowedTools[] {
  const records = new ProjectRecords('allowed', shell);
  const found = records.paths().flatMap((path) => readRecord(records, path) ?? []);
  return found.sort((one, other) => (one.root < other.root ? -1 : 1));
}

/** Keeps them; without any, nothing is kept. Rejects with a PortiaError `storage-failed` when they cannot be written. */
export async function writeAllowedTools({ root, tools }: AllowedTools, shell: Environment): Promise<void> {
  const records = new ProjectRecords('allowed', shell);
  if (tools.length === 0) records.remove(root, INSTEAD);
  else await records.write(root, { root, tools }, INSTEAD);
}

const INSTEAD = 'answer with yes, or with run, where nothing can be kept';

function readRecord(records: ProjectRecords, path: string): AllowedTools | undefined {
  const json = records.read(path);
  if (json === undefined) return undefined;
  const record = toRecord(json);
  if (record !== undefined) return record;
  throw new PortiaError('invalid-settings', `${path} does not say which tools are allowed.`, {
    why: 'portia writes this file when a call is always allowed, and something else has changed it.',
    fix: shellCommand(['rm', path]),
  });
}

function toRecord(value: Json): AllowedTools | undefined {
  if (!isJsonObject(value) || typeof value['root'] !== 'string' || !Array.isArray(value['tools'])) return undefined;
  const tools = value['tools'].map(toTool);
  return tools.every((tool) => tool !== undefined) ? { root: value['root'], tools } : undefined;
}

function toTool(value: Json): AllowedTool | undefined {
  if (!isJsonObject(value)) return undefined;
  const { tool_id, fingerprint = null, allowed_at } = value;
  if (typeof tool_id !== 'string' || typeof allowed_at !== 'string') return undefined;
  return fingerprint === null || typeof fingerprint === 'string' ? { tool_id, fingerprint, allowed_at } : undefined;
}
