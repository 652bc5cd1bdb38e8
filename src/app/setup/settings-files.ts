import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { badSettingsFile } from '../../config/invalid-settings.js';
import { PROJECT_FILE } from '../../config/project.js';
import { userSettingsPath } from '../../config/settings-file.js';
import {
  checkProjectSettings,
  checkUserSettings,
  projectSettingsSchema,
  type ProjectSettings,
  userSettingsSchema,
} from '../../config/settings-schema.js';
import { readSettingsJson } from '../../config/settings-text.js';
import type { Environment } from '../../domain/environment.js';
import type { Problem } from '../../domain/errors.js';
import { brokenRules } from '../../tools/broken-rules.js';
import { escapePointer, isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { writeFileSafely } from '../../storage/safe-write.js';

/** One of the two files that settings are written to. */
export interface SettingsFile {
  /** Absolute. */
  path: string;
  /** All settings that it can have. */
  names: string[];
  check(settings: Json): Problem[];
  /** What keeps settings from being written: also rules that can never be judged. In a file they only make portia ask. */
  checkNew(settings: Json): Problem[];
}

export function projectSettingsFile(root: string): SettingsFile {
  return fileOf(join(root, PROJECT_FILE), Object.keys(projectSettingsSchema.shape), checkProjectSettings);
}

export function userSettingsFile(shell: Environment): SettingsFile {
  return fileOf(userSettingsPath(shell), Object.keys(userSettingsSchema.shape), checkUserSettings);
}

function fileOf(
  path: string,
  keys: string[],
  check: typeof checkProjectSettings | typeof checkUserSettings,
): SettingsFile {
  return {
    path,
    names: keys.filter((key) => key !== '$schema'),
    check(settings) {
      const checked = check(settings);
      return checked.ok ? [] : checked.problems;
    },
    checkNew(settings) {
      const checked = check(settings);
      return checked.ok ? brokenRulesIn(checked.settings) : checked.problems;
    },
  };
}

function brokenRulesIn({ approvals = {} }: Pick<ProjectSettings, 'approvals'>): Problem[] {
  return Object.entries(approvals).flatMap(([glob, policy]) =>
    brokenRules([{ glob, policy, source: `approvals.${glob}` }]).map((message) => ({
      severity: 'error' as const,
      rule: 'broken-rule',
      message,
      pointer: `/approvals/${escapePointer(glob)}`,
    })),
  );
}

/** What the file says; the empty object without one. Throws a PortiaError `invalid-settings` for one that is broken. */
export function readSettingsOf({ path }: SettingsFile): JsonObject {
  const json = readSettingsJson(path);
  if (json === undefined) return {};
  if (isJsonObject(json.value)) return json.value;
  throw badSettingsFile(path, [
    { severity: 'error', rule: 'no-object', message: 'the file must hold one JSON object', pointer: '' },
  ]);
}

/** The settings of the project, as they are written and checked. Throws a PortiaError `invalid-settings`. */
export function readProjectSettings(root: string): {
  file: SettingsFile;
  written: JsonObject;
  settings: ProjectSettings;
} {
  const file = projectSettingsFile(root);
  const written = readSettingsOf(file);
  const checked = checkProjectSettings(written);
  if (!checked.ok) throw badSettingsFile(file.path, checked.problems);
  return { file, written, settings: checked.settings };
}

/** Writes it whole, with the permissions that it has. A new one can be read by its user only. */
export function writeSettingsText({ path }: Pick<SettingsFile, 'path'>, text: string): void {
  const mode = existsSync(path) ? statSync(path).mode & 0o777 : 0o600;
  writeFileSafely(path, text, { mode, withFolders: true });
}

/** A settings file as it is written. */
export function settingsText(settings: JsonObject): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}
