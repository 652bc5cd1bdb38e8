import { lstatSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { PortiaError } from '../domain/errors.js';
import { badSettingsFile } from './invalid-settings.js';
import { VARIABLE_NAME } from './layer.js';
import { readTextFile } from './read-text-file.js';
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
  /** What a person should know, e.g. a line of `.env` that is not used. Never holds a value. */
  warnings: string[];
}

export interface ProjectReader {
  /** Where the command was called. */
  cwd: string;
  /** Numeric id of the user; undefined where the system has none. */
  userId?: number | undefined;
}

/** The nearest folder upward that has an entry `portia.json`, else the folder itself. Absolute. */
export function findProjectRoot(cwd: string): string {
  const start = resolve(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    // Also a link to nowhere counts, so that reading it can say what is wrong.
    if (lstatSync(join(folder, PROJECT_FILE), { throwIfNoEntry: false }) !== undefined) return folder;
    if (folder === dirname(folder)) return start;
  }
}

/**
 * Reads `portia.json` and `.env`. Rejects with a PortiaError `invalid-settings` for a file that is there and cannot be
 * used, and for a project above `cwd` that belongs to another user.
 */
export async function readProject(root: string, reader: ProjectReader): Promise<Project> {
  const file = join(root, PROJECT_FILE);
  const json = readSettingsJson(file);
  if (json === undefined && lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
    throw new PortiaError('invalid-settings', `${file} is a link to a file that does not exist.`, {
      fix: `put the file there, or take the link away: rm ${file}`,
    });
  }
  if (json !== undefined && root !== resolve(reader.cwd)) refuseForeignOwner(file, json.ownerId, reader);
  const { dotenv, warnings } = await readDotenv(join(root, ENV_FILE));
  const settings = json === undefined ? undefined : await checkSettings(file, json.value);
  return { root, file: json === undefined ? undefined : file, settings, dotenv, warnings };
}

async function checkSettings(file: string, value: unknown): Promise<ProjectSettings> {
  // Loaded only with a file to check: zod costs more start-up time than the rest of most commands.
  const { checkProjectSettings } = await import('./settings-schema.js');
  const checked = checkProjectSettings(value);
  if (!checked.ok) throw badSettingsFile(file, checked.problems);
  return checked.settings;
}

// In a shared folder such as /tmp anybody could plant a project above the folder of somebody else.
function refuseForeignOwner(file: string, ownerId: number, { cwd, userId }: ProjectReader): void {
  if (userId === undefined || userId === 0 || ownerId === userId || ownerId === 0) return;
  throw new PortiaError('invalid-settings', `${file} belongs to another user and is not used.`, {
    why: `It lies above ${cwd}, and its settings could make portia load their code.`,
    fix: `portia -C ${dirname(file)} …   if you trust it\ntouch ${join(cwd, PROJECT_FILE)} && echo '{}' > ${join(cwd, PROJECT_FILE)}   to make ${cwd} a project of its own`,
  });
}

async function readDotenv(path: string): Promise<{ dotenv: Map<string, string>; warnings: string[] }> {
  const file = readTextFile(path, MAX_ENV_BYTES);
  if (file.kind === 'missing') return { dotenv: new Map(), warnings: [] };
  if (file.kind === 'unusable') {
    // Python keeps virtual environments in folders of this name.
    if (file.isFolder) return { dotenv: new Map(), warnings: [`${path} is a folder; no variables are read from it.`] };
    throw new PortiaError('invalid-settings', `${path} ${file.why}.`, {
      why: 'The variables of the project are read from it.',
      fix: `edit ${path}, or take it away`,
    });
  }
  const { parseEnv } = await import('node:util');
  const entries = Object.entries(parseEnv(file.text));
  const dotenv = new Map(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
  const unusable = [...dotenv.keys()].filter((name) => !VARIABLE_NAME.test(name));
  for (const name of unusable) dotenv.delete(name);
  // The text of such a line is not shown: it may be a key without its name.
  const warnings = unusable.length === 0 ? [] : [`${path} has lines that are not NAME=value; they are not used.`];
  return { dotenv, warnings };
}
