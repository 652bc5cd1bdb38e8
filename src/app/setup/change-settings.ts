import { MODEL_SETTINGS } from '../../config/model-settings-schema.js';
import { isJsonObject, setOwn, type Json, type JsonObject } from '../../domain/values/json.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import type { Problem } from '../../domain/errors.js';
import { parseJson } from '../../documents/parse-json.js';

/** A settings file after a change, or why the value does not fit. */
export type ChangedSettings = { ok: true; settings: JsonObject } | { ok: false; problems: Problem[] };

/** Settings whose next name is everything that follows: globs and models have dots of their own. */
const MAPS = ['approvals', 'model_settings', 'prices', 'tools.describe'];

/** A setting of a model: `model_settings.openai/gpt-4.1.headers.x-title`. The names of models have dots, too. */
const OF_MODEL = new RegExp(`^(model_settings)\\.(.+?)\\.(${MODEL_SETTINGS.join('|')})(?:\\.(.+))?$`);

function pathOfModel(name: string): string[] | undefined {
  const [, prefix = '', model = '', key = '', rest] = OF_MODEL.exec(name) ?? [];
  if (key !== '')
    return [prefix, model, key, ...(rest === undefined ? [] : key === 'headers' ? [rest] : rest.split('.'))];
  const end = name.lastIndexOf('.');
  const isMisspelt = name.startsWith('model_settings.') && nearestName(name.slice(end + 1), MODEL_SETTINGS);
  return isMisspelt ? ['model_settings', name.slice('model_settings.'.length, end), name.slice(end + 1)] : undefined;
}

/** The names on the way to a setting: `tools.settings.my_tool.url` is four, `approvals.send.*` two. */
function settingPath(name: string): string[] {
  const ofModel = pathOfModel(name);
  if (ofModel !== undefined) return ofModel;
  const map = MAPS.find((prefix) => name.startsWith(`${prefix}.`));
  return map === undefined ? name.split('.') : [...map.split('.'), name.slice(map.length + 1)];
}

/**
 * Puts a value into the settings: as JSON when it is valid JSON that fits, else as text, and as a list where the
 * setting takes one. `check` says what is wrong with the resulting settings.
 */
export function changeSettings(
  settings: JsonObject,
  change: { name: string; words: string[] },
  check: (settings: JsonObject) => Problem[],
): ChangedSettings {
  let first: Problem[] | undefined;
  for (const value of readings(change.words)) {
    const changed = withSetting(settings, settingPath(change.name), value);
    const problems = check(changed);
    if (problems.length === 0) return { ok: true, settings: changed };
    first ??= problems;
  }
  return { ok: false, problems: first ?? [] };
}

/** The settings without one; the same when it was not there. */
export function withoutSetting(settings: JsonObject, name: string): JsonObject {
  return withSetting(settings, settingPath(name), undefined);
}

/** What a person may mean by the words, the most likely first. */
function readings(words: string[]): Json[] {
  const [word = ''] = words;
  if (words.length !== 1) return [words];
  const json = parseJson(word);
  return [...(json.ok ? [json.value] : []), word, [word]];
}

function withSetting(settings: JsonObject, [name = '', ...rest]: string[], value: Json | undefined): JsonObject {
  const old = Object.hasOwn(settings, name) ? settings[name] : undefined;
  const next = rest.length === 0 ? value : withSetting(isJsonObject(old) ? old : {}, rest, value);
  if (next === undefined || (value === undefined && isJsonObject(next) && Object.keys(next).length === 0)) {
    return Object.fromEntries(Object.entries(settings).filter(([key]) => key !== name));
  }
  // In its old place, so that a file keeps its order.
  const changed: JsonObject = {};
  for (const [key, kept] of Object.entries(settings)) setOwn(changed, key, key === name ? next : kept);
  if (old === undefined) setOwn(changed, name, next);
  return changed;
}
