import type { CallLimits } from '../../domain/run/call-limits.js';
import { MODEL_ROLES } from '../../domain/values/model-roles.js';
import { shownUrl } from '../../domain/values/secret-names.js';
import type { Json } from '../../domain/values/json.js';
import type { ModelSettingsSource, Sourced } from '../../config/layer.js';
import type { Settings, SettingsSources } from '../../config/settings.js';
import { shownModel } from '../../models/providers/model-names.js';
import { shownStore } from '../../config/store-choice.js';

/** A setting that is in force, by the name that it has in a settings file: `tools.disable`, `approvals.send_*`. */
export interface SettingInForce {
  name: string;
  value: Json;
  /** The flag, variable or key that gave it. */
  source: string;
}

/**
 * All settings that are in force, in the order of the pages; `user` is where those are that only a user has. Addresses
 * are without what may be secret in them.
 */
export function settingsInForce(settings: Settings, user: SettingsSources['user']): SettingInForce[] {
  const { tools, mcp } = settings;
  return [
    ...ofModels(settings),
    ...one('planner', settings.planner),
    ...list('tools.modules', tools.modules),
    ...list('tools.enable', tools.enable),
    ...list('tools.disable', tools.disable),
    ...[...tools.describe].flatMap(([id, text]) => one(`tools.describe.${id}`, text)),
    ...one('tools.hosts', tools.hosts),
    ...one('tools.sandbox', tools.sandbox),
    ...[...tools.settings].flatMap(([id, values]) =>
      [...values].flatMap(([name, value]) => one(`tools.settings.${id}.${name}`, value)),
    ),
    ...settings.programs.map(({ id, value, source }) => ({ name: `programs.${id}`, value, source })),
    ...settings.http.map(({ id, value, source }) => ({ name: `http.${id}`, value, source })),
    ...[...settings.notify].flatMap(([name, target]) => one(`notify.${name}`, target)),
    ...list('mcp.enable', mcp.enable),
    ...list('mcp.believe_annotations', mcp.believeAnnotations),
    ...mcp.effects.map(({ glob, effect, source }) => ({ name: `mcp.effects.${glob}`, value: effect, source })),
    ...one('mcp.start_timeout_ms', mcp.startTimeoutMs),
    ...one('mcp.timeout_ms', mcp.timeoutMs),
    ...settings.approvals.map(({ glob, policy, origin }) => ({
      name: `approvals.${glob}`,
      value: typeof policy === 'string' ? policy : policy.map((each) => ({ ...each })),
      source: origin,
    })),
    ...list('allow_paths', settings.allowPaths),
    ...one('model_timeout_ms', settings.modelTimeoutMs),
    ...one('large_output_threshold_tokens', settings.largeOutputThresholdTokens),
    ...one('agent', settings.agent),
    ...one('reuse_plans', settings.reusePlans),
    ...one('examples', settings.examples),
    ...one('record_reasoning', settings.recordReasoning),
    ...one('shared_files', settings.sharedFiles),
    ...one('serve.public_url', settings.publicUrl),
    ...one('serve.users', settings.usersFile),
    ...one('serve.second_factor', settings.secondFactor),
    ...one('record_requests', settings.recordRequests),
    ...one('storage_dir', settings.storageDir),
    ...one('store', { ...settings.store, value: shownStore(settings.store.value) }),
    ...[...settings.callLimits].flatMap(([provider, limits]) => ofProvider(provider, limits)),
    ...[...settings.prices].map(([model, price]) => ({
      name: `prices.${model}`,
      value: { ...price },
      source: 'settings',
    })),
    ...[...settings.modelSettings].flatMap(([model, said]) => ofModel(model, said)),
    ...(settings.execEnv.length === 0 ? [] : [{ name: 'exec_env', value: settings.execEnv, source: 'settings' }]),
    ...(user === undefined ? [] : ofUserOnly(user)),
  ];
}

function ofModels(settings: Settings): SettingInForce[] {
  return [
    ...one('model', shown(settings.model, shownModel)),
    ...MODEL_ROLES.flatMap((role) => one(`models.${role}`, shown(settings.models[role], shownModel))),
    ...one('models.embeddings', settings.embeddings),
    ...MODEL_ROLES.flatMap((role) =>
      list(
        `fallbacks.${role}`,
        settings.fallbacks[role].map((name) => ({ ...name, value: shownModel(name.value) })),
      ),
    ),
    ...one('base_url', shown(settings.baseUrl, shownUrl)),
    ...one('api_key_env', settings.apiKeyEnv),
    ...one('api_key_file', settings.apiKeyFile),
    ...[...settings.keyCommands].map(([provider, { value, source }]) => ({
      name: `api_key_command.${provider}`,
      value: [...value],
      source,
    })),
  ];
}

function ofProvider(provider: string, limits: CallLimits): SettingInForce[] {
  const named = {
    requests_per_minute: limits.requestsPerMinute,
    tokens_per_minute: limits.tokensPerMinute,
    calls_at_once: limits.callsAtOnce,
  };
  return Object.entries(named).flatMap(([key, value]) =>
    value === undefined ? [] : [{ name: `limits.providers.${provider}.${key}`, value, source: 'settings' }],
  );
}

/** Headers are shown as they are written: with the names of their variables. */
function ofModel(model: string, said: readonly ModelSettingsSource[]): SettingInForce[] {
  const keys = new Set(said.flatMap(({ settings }) => Object.keys(settings)));
  return [...keys].flatMap((key) => {
    const strongest = said.find(({ settings }) => valueOf(settings, key) !== undefined);
    const value = strongest && valueOf(strongest.settings, key);
    if (strongest === undefined || value === undefined) return [];
    return [{ name: `model_settings.${model}.${key}`, value, source: `${strongest.source}.${key}` }];
  });
}

function valueOf(settings: Readonly<Record<string, Json | undefined>>, key: string): Json | undefined {
  return Object.hasOwn(settings, key) ? settings[key] : undefined;
}

function ofUserOnly({ path, settings }: NonNullable<SettingsSources['user']>): SettingInForce[] {
  const { trusted_origins: origins, trusted_owners: owners } = settings;
  return [
    ...(origins === undefined ? [] : [{ name: 'trusted_origins', value: origins.map(shownUrl), source: path }]),
    ...(owners === undefined ? [] : [{ name: 'trusted_owners', value: owners, source: path }]),
  ];
}

function one(name: string, setting: Sourced<Json> | undefined): SettingInForce[] {
  return setting === undefined ? [] : [{ name, value: setting.value, source: setting.source }];
}

function list(name: string, settings: Sourced<string>[]): SettingInForce[] {
  const sources = [...new Set(settings.map(({ source }) => source))];
  if (settings.length === 0) return [];
  return [{ name, value: settings.map(({ value }) => value), source: sources.join(', ') }];
}

function shown(setting: Sourced<string> | undefined, show: (text: string) => string): Sourced<string> | undefined {
  return setting === undefined ? undefined : { ...setting, value: show(setting.value) };
}
