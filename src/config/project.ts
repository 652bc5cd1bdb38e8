import { lstatSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { PortiaError } from '../domain/errors.js';
import { badSettingsFile } from './invalid-settings.js';
import { VARIABLE_NAME } from '../domain/environment.js';
import { readTextFile } from '../documents/read-text-file.js';
import type { ServerEntry } from '../tools/mcp/server-entry.js';
import type { RefuseOthers } from './project-owner.js';
import { checkServers, otherKeyHint, readServerFile, SERVER_FILE } from './server-file.js';
import type { ProjectSettings } from './settings-schema.js';
import { readSettingsJson } from './settings-text.js';

export const PROJECT_FILE = 'portia.json';
const ENV_FILE = '.env';
const MAX_ENV_BYTES = 256 * 1024;

export interface Project {
  /** Absolute. */
  root: string;
  /** Absolute path of `portia.json`; undefined when there is none. */
  file: string | undefined;
  settings: ProjectSettings | undefined;
  /** Variables of `.env`. They never reach the environment of this process or its children. */
  dotenv: ReadonlyMap<string, string>;
  /** Servers of `.mcp.json` that are used. */
  servers: ReadonlyMap<string, ServerEntry>;
  /** What a person should know, e.g. a line of `.env` that is not used. Never holds a value. */
  warnings: string[];
}

export interface ProjectReader {
  /** Where the command was called. */
  cwd: string;
  refuseOthers: RefuseOthers;
  /** Servers that the user's own settings enable in every project. */
  enabled: readonly string[];
}

/** The nearest folder upward that has an entry `portia.json`, else the folder itself. Absolute. */
export function findProjectRoot(cwd: string): string {
  const start = resolve(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    // A link to nowhere counts, too, so that reading it can say what is wrong.
    if (isThere(join(folder, PROJECT_FILE))) return folder;
    if (folder === dirname(folder)) return start;
  }
}

/** A project whose files are not read. */
export function withoutFiles(root: string): Project {
  return { root, file: undefined, settings: undefined, dotenv: new Map(), servers: new Map(), warnings: [] };
}

/**
 * Reads `portia.json`, `.env` and the servers of `.mcp.json` that are used. Rejects with a PortiaError `invalid-settings`
 * for a file that is there and cannot be used, and with `project-untrusted` before anything is read of a project that
 * belongs to another user.
 */
export async function readProject(root: string, { cwd, refuseOthers, enabled }: ProjectReader): Promise<Project> {
  const file = join(root, PROJECT_FILE);
  const envFile = join(root, ENV_FILE);
  const hasFile = isThere(file);
  const hasEnv = isThere(envFile) && !isFolder(envFile);
  // A folder without these files is not a project: nothing in it is used unless somebody asks for it.
  const files = [...(hasFile ? [file] : []), ...(hasEnv ? [envFile] : [])];
  if (files.length > 0) await refuseOthers([root, resolve(cwd), ...files]);
  const json = hasFile ? readSettingsJson(file) : undefined;
  if (json === undefined && hasFile) {
    throw new PortiaError('invalid-settings', `${file} is a link to a file that does not exist.`, {
      fix: `put the file there, or remove the link: rm ${file}`,
    });
  }
  // Where several users may write, a file may have replaced the one that was checked.
  if (json !== undefined) await refuseOthers([], [{ path: file, ownerId: json.ownerId }]);
  const { dotenv, warnings } = hasEnv ? await readDotenv(envFile, refuseOthers) : withoutDotenv(envFile);
  const settings = json === undefined ? undefined : await checkSettings(file, json.value);
  const used = await readServers(root, { refuseOthers, enabled, own: settings?.mcp?.enable ?? [] });
  return {
    root,
    file: json === undefined ? undefined : file,
    settings,
    dotenv,
    servers: used.servers,
    warnings: [...warnings, ...used.warnings],
  };
}

/** `own` are the servers that the project itself enables. */
async function readServers(
  root: string,
  { refuseOthers, enabled, own }: Omit<ProjectReader, 'cwd'> & { own: readonly string[] },
): Promise<Pick<Project, 'servers' | 'warnings'>> {
  if (enabled.length === 0 && own.length === 0) return { servers: new Map(), warnings: [] };
  const all = await readServerFile(root, refuseOthers);
  const used = new Map([...all].filter(([name]) => enabled.includes(name) || own.includes(name)));
  const hint = all.size === 0 ? otherKeyHint(root) : undefined;
  const warnings = own
    .filter((name) => !all.has(name))
    .map((name) => [`portia.json mcp.enable: ${SERVER_FILE} has no server ${name}.`, hint].filter(Boolean).join(' '));
  return { servers: await checkServers(used, join(root, SERVER_FILE)), warnings };
}

async function checkSettings(file: string, value: unknown): Promise<ProjectSettings> {
  // Loaded only with a file to check: zod costs more start-up time than the rest of most commands.
  const { checkProjectSettings } = await import('./settings-schema.js');
  const checked = checkProjectSettings(value);
  if (!checked.ok) throw badSettingsFile(file, checked.problems);
  return checked.settings;
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Python keeps virtual environments in folders that are called `.env`. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

interface Dotenv {
  dotenv: Map<string, string>;
  warnings: string[];
}

function withoutDotenv(path: string): Dotenv {
  return { dotenv: new Map(), warnings: isFolder(path) ? [`${path} is a folder; no variables are read from it.`] : [] };
}

async function readDotenv(path: string, refuseOthers: RefuseOthers): Promise<Dotenv> {
  const file = readTextFile(path, MAX_ENV_BYTES);
  if (file.kind === 'missing' || (file.kind === 'unusable' && file.isFolder)) return withoutDotenv(path);
  if (file.kind === 'unusable') {
    throw new PortiaError('invalid-settings', `${path} ${file.why}.`, {
      why: 'The variables of the project are read from it.',
      fix: `edit ${path}, or remove it`,
    });
  }
  await refuseOthers([], [{ path, ownerId: file.ownerId }]);
  const { parseEnv } = await import('node:util');
  const entries = Object.entries(parseEnv(file.text));
  const dotenv = new Map(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
  const unusable = [...dotenv.keys()].filter((name) => !VARIABLE_NAME.test(name));
  for (const name of unusable) dotenv.delete(name);
  // The text of such a line is not shown: it may be a key without its name.
  const warnings = unusable.length === 0 ? [] : [`${path} has lines that are not NAME=value; they are not used.`];
  return { dotenv, warnings };
}
