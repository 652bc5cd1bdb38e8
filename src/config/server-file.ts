import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import type { Problem } from '../domain/errors.js';
import { escapePointer, isJsonObject, type Json } from '../domain/values/json.js';
import type { ServerEntry } from '../tools/mcp/server-entry.js';
import { badSettingsFile } from './invalid-settings.js';
import type { RefuseOthers } from './project-owner.js';
import { readSettingsJson } from './settings-text.js';

/** The file of a project that names MCP servers, as other agents read it, too. */
export const SERVER_FILE = '.mcp.json';

/** The servers of a project, by name, as the file has them. */
export type ServerEntries = ReadonlyMap<string, Json>;

/**
 * All servers that `.mcp.json` in a folder names; none without the file. Rejects with a PortiaError `invalid-settings`
 * for a file that cannot be used, and as `refuseOthers` does. The entries themselves are not checked.
 */
export async function readServerFile(root: string, refuseOthers: RefuseOthers): Promise<ServerEntries> {
  const path = join(root, SERVER_FILE);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return new Map();
  await refuseOthers([root, path]);
  const json = readSettingsJson(path);
  if (json === undefined) return new Map();
  // Where several users may write, a file may have replaced the one that was checked.
  await refuseOthers([], [{ path, ownerId: json.ownerId }]);
  const { value } = json;
  if (!isJsonObject(value)) throw badSettingsFile(path, [problem('', 'the file must hold one JSON object')]);
  const { mcpServers: servers = {} } = value;
  if (isJsonObject(servers)) return new Map(Object.entries(servers));
  throw badSettingsFile(path, [problem('/mcpServers', 'mcpServers: must be an object, with a server under each name')]);
}

/** Why the file names no server although it seems to: what to do, in sentences. Undefined for all other files. */
export function otherKeyHint(root: string): string | undefined {
  const value = readSettingsJson(join(root, SERVER_FILE))?.value;
  if (!isJsonObject(value) || value['mcpServers'] !== undefined || !isJsonObject(value['servers'])) return undefined;
  return `${SERVER_FILE} names servers under "servers", as VS Code does. Portia reads "mcpServers": rename that key.`;
}

function problem(pointer: string, message: string): Problem {
  return { severity: 'error', rule: 'bad-value', message, pointer };
}

/** The same servers, once they are found to be right. Rejects with `invalid-settings`, with all that is wrong. */
export async function checkServers(entries: ServerEntries, file: string): Promise<Map<string, ServerEntry>> {
  if (entries.size === 0) return new Map();
  const { readServerEntry } = await import('../tools/mcp/server-settings.js');
  const read = [...entries].map(
    ([name, value]) => [name, readServerEntry(value, `/mcpServers/${escapePointer(name)}`)] as const,
  );
  const problems = read.flatMap(([, checked]) => (checked.ok ? [] : checked.problems));
  if (problems.length > 0) throw badSettingsFile(file, problems);
  return new Map(read.flatMap(([name, checked]) => (checked.ok ? [[name, checked.entry] as const] : [])));
}
