import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import type { Environment } from '../domain/environment.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import { baseUrlProblem, originOf } from './base-url.js';
import { badSettingsFile } from './invalid-settings.js';
import type { UserSettings } from './settings-schema.js';
import { readSettingsJson } from './settings-text.js';

const FILE_NAME = 'config';
const TRUSTED_ORIGINS = 'trusted_origins';

/** The folder that `~` means. */
export function homeFolder(shell: Environment): string {
  const home = shell.HOME;
  return home !== undefined && isAbsolute(home) ? home : homedir();
}

/**
 * `config.json` in PORTIA_CONFIG_DIR, else in `portia` of XDG_CONFIG_HOME, else in `~/.config/portia`. Absolute.
 * Takes the shell's variables only: a project's `.env` must not bring its own list of trusted origins.
 */
export function userSettingsPath(shell: Environment): string {
  const { PORTIA_CONFIG_DIR: own, XDG_CONFIG_HOME: xdg } = shell;
  const isXdgUsable = xdg !== undefined && isAbsolute(xdg);
  const folder = join(isXdgUsable ? xdg : join(homeFolder(shell), '.config'), 'portia');
  return join(own === undefined || own === '' ? folder : resolve(own), `${FILE_NAME}.json`);
}

/** The user's own settings; undefined without a file. A PortiaError `invalid-settings` for one that cannot be used. */
export async function readUserSettings(
  shell: Environment,
): Promise<{ path: string; settings: UserSettings } | undefined> {
  const path = userSettingsPath(shell);
  // Read here and not by conf, which takes 150 ms to load and says nothing of where a file is wrong.
  const json = readSettingsJson(path);
  if (json === undefined) return undefined;
  const { checkUserSettings } = await import('./settings-schema.js');
  const checked = checkUserSettings(json.value);
  if (!checked.ok) throw badSettingsFile(path, checked.problems);
  return { path, settings: checked.settings };
}

/** Origins that may get keys of this person although a project names them. */
export async function trustedOrigins(shell: Environment): Promise<string[]> {
  const user = await readUserSettings(shell);
  return (user?.settings.trusted_origins ?? []).map(originOf);
}

/**
 * Remembers that keys may go to the origin of this URL. Nothing else in the user's settings changes.
 * Rejects with a PortiaError `invalid-settings` when the file is damaged (it is left as it is) and `storage-failed`
 * when it cannot be written.
 */
export async function trustOrigin(baseUrl: string, shell: Environment): Promise<void> {
  const problem = baseUrlProblem(baseUrl);
  if (problem !== undefined) throw new PortiaError('usage', `This URL ${problem}.`);
  const known = await trustedOrigins(shell);
  const origin = originOf(baseUrl);
  if (known.includes(origin)) return;
  const path = userSettingsPath(shell);
  try {
    await writeSetting(path, [...known, origin]);
  } catch (error) {
    throw notWritten(path, messageOf(error), error);
  }
  // conf's writer can put a truncated file in place on a full disk and report success.
  const isThere = existsSync(path) && (await trustedOrigins(shell)).includes(origin);
  if (!isThere) throw notWritten(path, 'The file does not hold what was written.');
}

async function writeSetting(path: string, origins: string[]): Promise<void> {
  const { default: Conf } = await import('conf');
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const conf = new Conf<Record<string, unknown>>({
    projectName: 'portia',
    projectSuffix: '',
    cwd: dirname(path),
    configName: FILE_NAME,
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    clearInvalidConfig: false,
  });
  conf.set(TRUSTED_ORIGINS, origins);
}

function notWritten(path: string, why: string, cause?: unknown): PortiaError {
  return new PortiaError('storage-failed', `${path} could not be written.`, {
    why,
    fix: `make ${dirname(path)} writable and free some space, or set PORTIA_CONFIG_DIR to another folder`,
    cause,
  });
}
