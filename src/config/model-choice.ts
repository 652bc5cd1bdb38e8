import { PortiaError } from '../domain/errors.js';
import {
  parseExecName,
  parseModelName,
  programId,
  providerNamed,
  resolveModel,
  type ResolvedModel,
} from '../models/providers/model-names.js';
import { PROVIDERS, type ProviderName } from '../models/providers/providers.js';
import { originOf } from '../models/providers/base-url.js';
import type { RequestSettings } from '../models/providers/request-settings.js';
import { looksLikeKey, type ReadKeyFile } from './key-file.js';
import { mayReceiveKey, ownerOf, type KeyOwner } from './key-rule.js';
import { ORIGINS, type Sourced } from './layer.js';
import type { ModelRole } from '../domain/values/model-roles.js';
import { requestSettings } from './model-settings.js';
import { keyMissing, keyWithheld, noModel, providerWithoutModel, unknownProvider, unusableKey } from './no-model.js';
import { isModelRequested, type Settings } from './settings.js';
import type { FindVariable } from './variables.js';

/** Asked when a key or base URL is there and nobody named a model. */
const DEFAULT_MODEL = 'openai/gpt-4.1-mini';

export interface ModelKey {
  value: string;
  /** The variable or file that holds it. */
  name: string;
}

export type ModelChoice =
  | {
      kind: 'openai';
      /** `provider/name`, as recorded in plans and runs. */
      id: string;
      provider: ProviderName;
      modelName: string;
      baseUrl: string;
      /** Null: the request is sent without a key. */
      key: ModelKey | null;
      /** The program that prints the key, where nothing else holds it. */
      keyCommand: Sourced<readonly string[]> | undefined;
      /** Who named the model; undefined when it is the default one. */
      named: Sourced<string> | undefined;
      /** Who gave the base URL; undefined for the provider's own. */
      baseUrlFrom: Sourced<string> | undefined;
      request: RequestSettings;
      /** A key that is there and is not sent, because nobody said that it belongs to this origin. */
      withheld: WithheldKey | undefined;
    }
  | { kind: 'exec'; id: string; command: string; named: Sourced<string>; request: RequestSettings }
  /** `error` is a `no-model` (or `invalid-settings`) with its fix, to be thrown where a model is needed. */
  | { kind: 'none'; error: PortiaError };

export interface WithheldKey {
  name: string;
  /** Scheme, host and port. */
  origin: string;
}

export interface ModelSources {
  settings: Settings;
  find: FindVariable;
  readKeyFile: ReadKeyFile;
  /** Origins that the person trusts with keys. */
  trustedOrigins: readonly string[];
}

/** Which model a role asks, where it is, and with which key. Pure but for `readKeyFile`; never throws a PortiaError. */
export function chooseModel(role: ModelRole, sources: ModelSources): ModelChoice {
  const named = sources.settings.models[role];
  try {
    const command = named === undefined ? undefined : parseExecName(named.value);
    if (named !== undefined && command !== undefined) return chooseProgram(command, named, sources);
    return chooseEndpoint(role, named, sources);
  } catch (error) {
    if (error instanceof PortiaError) return { kind: 'none', error };
    throw error;
  }
}

/** Who makes the plan. Any model flag or setting means the model, also when it cannot be used. */
export function choosePlanner(settings: Settings, planning: ModelChoice): 'model' | 'offline' {
  if (settings.planner.value !== 'auto') return settings.planner.value;
  return planning.kind === 'none' && !isModelRequested(settings) ? 'offline' : 'model';
}

/** Whether the same is asked, with the same key. */
export function isSameChoice(one: ModelChoice, other: ModelChoice): boolean {
  return essence(one) === essence(other);
}

function essence(choice: ModelChoice): string {
  switch (choice.kind) {
    case 'none':
      return JSON.stringify([choice.kind, choice.error.code]);
    case 'exec':
      return JSON.stringify([choice.kind, choice.command]);
    case 'openai':
      return JSON.stringify([
        choice.kind,
        choice.id,
        choice.baseUrl,
        choice.key?.value,
        choice.keyCommand?.value,
        choice.request,
      ]);
  }
}

function chooseProgram(command: string, named: Sourced<string>, sources: ModelSources): ModelChoice {
  const id = programId(command);
  if (command.trim() !== '') return { kind: 'exec', id, command, named, request: requestTo(id, undefined, sources) };
  throw new PortiaError('invalid-settings', `${named.source} names no program after exec:.`, {
    why: 'exec: is followed by the command that answers as the model.',
    fix: `--model 'exec:./my-model.sh'`,
  });
}

function chooseEndpoint(role: ModelRole, named: Sourced<string> | undefined, sources: ModelSources): ModelChoice {
  const { settings } = sources;
  const name = fullName(named, settings);
  const baseUrlFrom = baseUrlFor(name, named, settings);
  const baseUrl = addressOf(name, baseUrlFrom, settings);
  const resolved = resolveModel({ name, baseUrl, shell: shellOnly(sources.find) });
  const { id, provider, modelName } = resolved;
  const place = { id, provider, modelName, baseUrl: resolved.baseUrl, baseUrlFrom };
  const request = requestTo(id, resolved.isOwnEndpoint ? undefined : baseUrlFrom, sources);
  const choice = {
    kind: 'openai',
    ...place,
    request,
    named,
    key: null,
    keyCommand: undefined,
    withheld: undefined,
  } as const;
  const found = findKey(resolved, baseUrlFrom, sources);
  if (found.kind === 'key') return { ...choice, key: found.key };
  const keyCommand = findKeyCommand(resolved, baseUrlFrom, sources);
  if (keyCommand !== undefined) return { ...choice, keyCommand };
  if (found.kind === 'withheld') return { ...choice, withheld: found.withheld };
  if (!needsKey(resolved, baseUrlFrom)) return choice;
  if (isModelRequested(settings)) throw keyMissing(resolved, named);
  throw noModel(role, otherKeys(sources.find));
}

/** The base URL; that of a provider's own variable is completed, because people write it without its path. */
function addressOf(name: string, baseUrl: Sourced<string> | undefined, settings: Settings): string | undefined {
  const { provider } = parseModelName(name);
  if (baseUrl === undefined || provider === undefined) return baseUrl?.value;
  const path = PROVIDERS[provider].baseUrlVariable?.path ?? '';
  const url = new URL(baseUrl.value);
  if (baseUrl === settings.providerBaseUrls.get(provider) && url.pathname === '/') url.pathname = path;
  return url.href;
}

function requestTo(id: string, baseUrl: Sourced<string> | undefined, sources: ModelSources): RequestSettings {
  const { settings, find, trustedOrigins } = sources;
  const { provider = '' } = parseModelName(id);
  // What is said of the model comes before what the same layer says of its provider.
  const said = [id, provider].flatMap((name) => settings.modelSettings.get(name) ?? []);
  const strongest = said.toSorted((one, other) => ORIGINS.indexOf(one.origin) - ORIGINS.indexOf(other.origin));
  return requestSettings(strongest, { find, baseUrl, trustedOrigins, timeoutMs: settings.modelTimeoutMs });
}

// A project must not choose whose account at a provider is asked: its prompts would be read there.
function shellOnly(find: FindVariable): (name: string) => string | undefined {
  return (name) => {
    const variable = find(name);
    return variable?.origin === 'shell' ? variable.value : undefined;
  };
}

function needsKey({ provider, isOwnEndpoint }: ResolvedModel, baseUrl: Sourced<string> | undefined): boolean {
  const { keyVariables, isKeyOptional } = PROVIDERS[provider];
  return (baseUrl === undefined || isOwnEndpoint) && keyVariables.length > 0 && isKeyOptional !== true;
}

// A base URL without a model name is asked for the default one: servers with a single model take any name.
function fullName(named: Sourced<string> | undefined, settings: Settings): string {
  const { provider, baseUrl } = settings;
  if (provider !== undefined) {
    const known = providerNamed(provider.value);
    if (known === undefined) throw unknownProvider(provider);
    if (named === undefined && baseUrl === undefined && known !== 'openai') throw providerWithoutModel(provider);
  }
  if (named === undefined)
    return baseUrl === undefined || isOpenAiUrl(baseUrl) ? DEFAULT_MODEL : bareName(DEFAULT_MODEL);
  const parsed = parseModelName(named.value);
  if (parsed.provider !== undefined) return named.value;
  if (provider !== undefined) return `${provider.value}/${named.value}`;
  // OPENAI_BASE_URL is another address of OpenAI's provider; a base_url may be anybody's.
  return baseUrl !== undefined && isOpenAiUrl(baseUrl) ? `openai/${named.value}` : named.value;
}

/**
 * The base URL that counts for a model: not when a model of another provider was named by a stronger layer, or
 * separately.
 */
function baseUrlFor(name: string, named: Sourced<string> | undefined, settings: Settings): Sourced<string> | undefined {
  const { baseUrl, providerBaseUrls, model } = settings;
  const { provider } = parseModelName(name);
  if (provider === undefined) return baseUrl;
  const own = providerBaseUrls.get(provider);
  if (baseUrl === undefined) return own;
  if (PROVIDERS[provider].baseUrl === undefined && own === undefined) return baseUrl;
  if (isOpenAiUrl(baseUrl)) return provider === 'openai' ? baseUrl : own;
  if (named !== undefined && isStronger(named, baseUrl)) return own;
  const isApart =
    model !== undefined && !isStronger(baseUrl, model) && parseModelName(model.value).provider !== provider;
  return isApart ? own : baseUrl;
}

type FoundKey = { kind: 'key'; key: ModelKey } | { kind: 'withheld'; withheld: WithheldKey } | { kind: 'none' };

function findKey(resolved: ResolvedModel, baseUrl: Sourced<string> | undefined, sources: ModelSources): FoundKey {
  const explicit = findNamedKey(resolved, baseUrl, sources);
  if (explicit !== undefined) return { kind: 'key', key: explicit };
  const known = resolved.provider === 'custom' ? ['OPENAI_API_KEY'] : resolved.keyVariables;
  const variable = known.map(sources.find).find((found) => found !== undefined);
  if (variable === undefined) return { kind: 'none' };
  const { name, value, origin } = variable;
  const owner = ownerOf(origin);
  const isAllowed =
    baseUrl === undefined ||
    resolved.isOwnEndpoint ||
    mayReceiveKey(baseUrl, { owner, namedBy: 'convention' }, sources.trustedOrigins);
  if (!isAllowed) return { kind: 'withheld', withheld: { name, origin: originOf(baseUrl.value) } };
  return { kind: 'key', key: usableKey(name, value) };
}

/** The program for the key of a provider; throws a PortiaError when its key must not be sent. */
function findKeyCommand(
  { provider, isOwnEndpoint }: ResolvedModel,
  baseUrl: Sourced<string> | undefined,
  { settings: { keyCommands }, trustedOrigins }: ModelSources,
): Sourced<readonly string[]> | undefined {
  const command = keyCommands.get(provider);
  if (command === undefined || baseUrl === undefined || isOwnEndpoint) return command;
  const owner = command.origin === 'project' ? 'project' : 'person';
  if (mayReceiveKey(baseUrl, { owner, namedBy: command.origin }, trustedOrigins)) return command;
  throw keyWithheld({ ...command, value: command.source }, baseUrl);
}

/** What holds or prints the key; null where none is sent. */
export function nameOfKey({ key, keyCommand }: Extract<ModelChoice, { kind: 'openai' }>): string | null {
  return key?.name ?? keyCommand?.source ?? null;
}

/** The key that `api_key_env` or `api_key_file` names; a PortiaError when it cannot be had or must not be sent. */
function findNamedKey(
  resolved: ResolvedModel,
  baseUrl: Sourced<string> | undefined,
  sources: ModelSources,
): ModelKey | undefined {
  const { settings, find, readKeyFile, trustedOrigins } = sources;
  const naming = settings.apiKeyEnv ?? settings.apiKeyFile;
  if (naming === undefined || !isMeantFor(resolved, baseUrl, settings)) return undefined;
  const found = settings.apiKeyEnv === undefined ? keyFromFile(naming, readKeyFile) : keyFromVariable(naming, find);
  const offer = { owner: found.owner, namedBy: naming.origin };
  if (baseUrl !== undefined && !mayReceiveKey(baseUrl, offer, trustedOrigins)) throw keyWithheld(naming, baseUrl);
  return usableKey(naming.value, found.value);
}

// With several providers in use, the named key belongs to the provider of the model for all roles.
function isMeantFor(resolved: ResolvedModel, baseUrl: Sourced<string> | undefined, settings: Settings): boolean {
  if (settings.baseUrl !== undefined) return baseUrl === settings.baseUrl;
  const names = settings.model === undefined ? Object.values(settings.models) : [settings.model];
  const providers = new Set(names.flatMap((name) => (name === undefined ? [] : providerOf(name, settings))));
  const [only] = providers;
  return resolved.provider === (providers.size === 1 ? only : 'openai');
}

function providerOf(name: Sourced<string>, settings: Settings): string {
  const provider = settings.provider === undefined ? undefined : providerNamed(settings.provider.value);
  return parseModelName(name.value).provider ?? provider ?? 'openai';
}

function keyFromVariable(naming: Sourced<string>, find: FindVariable): { value: string; owner: KeyOwner } {
  const variable = find(naming.value);
  if (variable === undefined) throw unusableKey(naming, `The variable ${naming.value} is not set.`);
  return { value: variable.value, owner: ownerOf(variable.origin) };
}

// Only a file named by the project can be the project's: what a person names is the person's.
function keyFromFile(naming: Sourced<string>, readKeyFile: ReadKeyFile): { value: string; owner: KeyOwner } {
  const file = readKeyFile(naming.value);
  if (file.kind === 'unusable') throw unusableKey(naming, `The file ${naming.value} ${file.why}.`);
  return { value: file.value, owner: naming.origin === 'project' ? file.owner : 'person' };
}

function usableKey(name: string, value: string): ModelKey {
  const key = value.trim();
  if (looksLikeKey(key)) return { name, value: key };
  throw new PortiaError('invalid-settings', `${name} holds no usable key.`, {
    why: 'A key has only visible ASCII characters and no spaces.',
    fix: `export ${name}=…   # the key as the provider shows it`,
  });
}

function otherKeys(find: FindVariable): { provider: string; variable: string }[] {
  return Object.entries(PROVIDERS).flatMap(([provider, { keyVariables }]) =>
    keyVariables.filter((name) => find(name) !== undefined).map((variable) => ({ provider, variable })),
  );
}

function isOpenAiUrl(baseUrl: Sourced<string>): boolean {
  return baseUrl.origin === 'shell' || baseUrl.origin === 'dotenv';
}

function isStronger(a: Sourced<string>, b: Sourced<string>): boolean {
  return ORIGINS.indexOf(a.origin) < ORIGINS.indexOf(b.origin);
}

function bareName(name: string): string {
  return parseModelName(name).modelName;
}
