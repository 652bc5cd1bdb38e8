import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

import type { Environment } from '../domain/environment.js';
import { badSettingsFile } from './invalid-settings.js';
import type { UserSettings } from './settings-schema.js';
import { readSettingsJson } from './settings-text.js';

const FILE_NAME = 'config';

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

/** `portia` in XDG_CACHE_HOME, else in `~/.cache`: what can be made again. Absolute. */
export function userCacheFolder(shell: Environment): string {
  const { XDG_CACHE_HOME: xdg } = shell;
  const isXdgUsable = xdg !== undefined && isAbsolute(xdg);
  return join(isXdgUsable ? xdg : join(homeFolder(shell), '.cache'), 'portia');
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
