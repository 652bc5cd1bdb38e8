import { join } from 'node:path';

import { badSettingsFile } from '../../config/invalid-settings.js';
import { readServerFile, SERVER_FILE, type ServerEntries } from '../../config/server-file.js';
import { readSettingsJson } from '../../config/settings-text.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { escapePointer, isJsonObject, textsOf, type JsonObject } from '../../domain/values/json.js';
import type { ServerEntry } from '../../tools/mcp/server-entry.js';
import { readServerEntry } from '../../tools/mcp/server-settings.js';
import { projectSettingsFile, readSettingsOf, settingsText, writeSettingsText } from './settings-files.js';

/** All servers that `.mcp.json` of the project names, used or not. Rejects as `readServerFile` does. */
export async function namedServers(root: string): Promise<ServerEntries> {
  return readServerFile(root, async () => {});
}

/** Adds a server to `.mcp.json` and to those that `portia.json` uses; the rest of both files stays as it is. */
export async function addServer(root: string, name: string, entry: ServerEntry): Promise<void> {
  const checked = readServerEntry(entry, `/mcpServers/${escapePointer(name)}`);
  if (!checked.ok) {
    throw new PortiaError('usage', `The server ${name} cannot be added.`, {
      why: checked.problems.map(({ message }) => message).join('\n'),
      fix: portia('mcp', '--help'),
    });
  }
  const servers = Object.fromEntries(await namedServers(root));
  writeServers(root, { ...servers, [name]: entry });
  changeMcpSettings(root, (mcp) => ({ ...mcp, enable: [...new Set([...textsOf(mcp['enable']), name])] }));
}

/** Takes a server out of both files. */
export async function removeServer(root: string, name: string): Promise<void> {
  const { [name]: _removed, ...others } = Object.fromEntries(await namedServers(root));
  writeServers(root, others);
  changeMcpSettings(root, (mcp) => without(without(mcp, 'enable', name), 'believe_annotations', name));
}

/** From now on the tools of the server are what they say of themselves. */
export function believeServer(root: string, name: string): void {
  changeMcpSettings(root, (mcp) => ({
    ...mcp,
    believe_annotations: [...new Set([...textsOf(mcp['believe_annotations']), name])],
  }));
}

function writeServers(root: string, servers: JsonObject): void {
  const path = join(root, SERVER_FILE);
  const value = readSettingsJson(path)?.value;
  const document = isJsonObject(value) ? value : {};
  writeSettingsText({ path }, settingsText({ ...document, mcpServers: servers }));
}

function changeMcpSettings(root: string, change: (mcp: JsonObject) => JsonObject): void {
  const file = projectSettingsFile(root);
  const { mcp: before, ...settings } = readSettingsOf(file);
  const mcp = change(isJsonObject(before) ? before : {});
  const after = Object.keys(mcp).length === 0 ? settings : { ...settings, mcp };
  const problems = file.check(after);
  if (problems.length > 0) throw badSettingsFile(file.path, problems);
  writeSettingsText(file, settingsText(after));
}

function without(mcp: JsonObject, key: string, name: string): JsonObject {
  const { [key]: list, ...rest } = mcp;
  const left = textsOf(list).filter((one) => one !== name);
  return left.length === 0 ? rest : { ...rest, [key]: left };
}
