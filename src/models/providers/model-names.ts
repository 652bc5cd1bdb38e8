import { PortiaError } from '../../domain/errors.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import { originOf, requireBaseUrl } from './base-url.js';
import { isLoopback, PROVIDER_NAMES, PROVIDERS, type ProviderName } from './providers.js';

/** How the Python SDK spells some providers; its settings keep working. */
const ALIASES: ReadonlyMap<string, ProviderName> = new Map([
  ['mistralai', 'mistral'],
  ['azure-openai', 'azure'],
]);

const BY_NAME: ReadonlyMap<string, ProviderName> = new Map([
  ...PROVIDER_NAMES.map((name) => [name, name] as const),
  ...ALIASES,
]);

export interface ModelName {
  /** Undefined when the name does not begin with a known provider. */
  provider: ProviderName | undefined;
  /** What the endpoint calls the model; may contain slashes. */
  modelName: string;
}

export interface ResolvedModel {
  /** `provider/name`, as recorded in plans and runs. */
  id: string;
  provider: ProviderName;
  modelName: string;
  baseUrl: string;
  /** Variables that may hold the key; empty for local providers and unknown endpoints. */
  keyVariables: string[];
  /** Whether `baseUrl` has the origin of the provider itself, to which the key of `keyVariables` belongs. */
  isOwnEndpoint: boolean;
}

/** The provider of this name, also as the Python SDK spells it. */
export function providerNamed(name: string): ProviderName | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** Splits at the first slash when what stands before it is a known provider. */
export function parseModelName(name: string): ModelName {
  const slash = name.indexOf('/');
  const provider = slash < 0 ? undefined : providerNamed(name.slice(0, slash));
  return { provider, modelName: provider === undefined ? name : name.slice(slash + 1) };
}

/** The name as models have it in settings, plans and runs: `provider/name` or `exec/PROGRAM`; undefined for others. */
export function fullModelName(name: string): string | undefined {
  const { provider, modelName } = parseModelName(name);
  if (provider === undefined) return /^exec\/./.test(name) ? name : undefined;
  return modelName === '' ? undefined : `${provider}/${modelName}`;
}

/** The program of `exec:COMMAND`; undefined for every other model name. */
export function parseExecName(name: string): string | undefined {
  return name.startsWith('exec:') ? name.slice('exec:'.length) : undefined;
}

/** The name of the program that a command starts: its arguments may hold secrets, and this is shown and stored. */
export function nameProgram(command: string): string {
  const words = command.trim().split(/\s+/);
  const program = words.find((word) => !/^[A-Za-z_]\w*=/.test(word)) ?? '';
  const name =
    program
      .split('/')
      .at(-1)
      ?.replace(/[^\w.-]/g, '') ?? '';
  return name === '' ? 'command' : name;
}

/** The name of a program as a model, as recorded in plans and runs. */
export function programId(command: string): string {
  return `exec/${nameProgram(command)}`;
}

/** A model's name for messages: of a program its name only, because its arguments may hold secrets. */
export function shownModel(name: string): string {
  const command = parseExecName(name);
  return command === undefined ? name : `exec:${nameProgram(command)}`;
}

export interface WantedModel {
  name: string;
  /** Wins over the provider's own address. */
  baseUrl?: string | undefined;
  /** A variable of the shell, for the addresses that contain some. Default: none is set. */
  shell?: FindText | undefined;
}

type FindText = (variable: string) => string | undefined;

/**
 * Where a model is and which key it takes. A name without a known provider means OpenAI, or with a base URL the
 * provider whose endpoint that is, else `custom`. A base URL wins over the provider's own.
 * Throws a PortiaError: `invalid-settings` for an unknown name or an invalid base URL, `no-model` when the base URL or a
 * variable in it is missing.
 */
export function resolveModel(wanted: WantedModel): ResolvedModel {
  const base = wanted.baseUrl === undefined ? undefined : requireBaseUrl(wanted.baseUrl);
  const { provider, modelName } = placeOf(wanted.name.trim(), base);
  if (modelName === '') throw emptyName(wanted.name);
  const id = `${provider}/${modelName}`;
  const own = ownBaseUrl(provider, wanted.shell ?? (() => undefined));
  if (base === undefined && own.missing.length > 0) throw missingVariables(id, own.missing);
  const baseUrl = base === undefined ? own.url : spellBaseUrl(base);
  if (baseUrl === undefined) throw missingBaseUrl(provider, modelName);
  const { keyVariables, baseUrl: pattern } = PROVIDERS[provider];
  const isOwnEndpoint = [own.url, pattern].some((url) => hasOrigin(url, originOf(baseUrl)));
  return { id, provider, modelName, baseUrl, keyVariables: [...keyVariables], isOwnEndpoint };
}

/** Whose model it is, and what the endpoint calls it. */
function placeOf(name: string, base: URL | undefined): { provider: ProviderName; modelName: string } {
  const { provider, modelName } = parseModelName(name);
  const at = base === undefined ? undefined : providerAt(base);
  if (provider === undefined) return { provider: at ?? (base === undefined ? 'openai' : 'custom'), modelName };
  // Gateways have models of other providers, under names that begin with these.
  const isAtGateway = at !== undefined && at !== provider && provider !== 'openai' && !isLoopback(base?.href ?? '');
  return isAtGateway ? { provider: at, modelName: name } : { provider, modelName };
}

/** What of the address of a provider only the user can say, and has not; alternatives in one text, with `or`. */
export function missingInAddress(provider: ProviderName, shell: FindText): string[] {
  const { baseUrl, baseUrlVariable } = PROVIDERS[provider];
  if (baseUrl === undefined) return [baseUrlVariable === undefined ? '--base-url' : baseUrlVariable.name];
  return ownBaseUrl(provider, shell).missing;
}

/** The provider's own address with the variables of the shell in it, and those that are missing. */
function ownBaseUrl(provider: ProviderName, shell: FindText): { url: string | undefined; missing: string[] } {
  const { baseUrl } = PROVIDERS[provider];
  const missing: string[] = [];
  const url = baseUrl?.replace(PLACE, (_place, names: string) => {
    const value = names.split('|').map(shell).find(isPartOfAddress);
    if (value === undefined) missing.push(names.replace('|', ' or '));
    return value ?? '';
  });
  return { url: missing.length === 0 ? url : undefined, missing };
}

const PLACE = /\{([A-Z_|]+)\}/g;

// Nothing that could lead to another host or path.
function isPartOfAddress(value: string | undefined): value is string {
  return value !== undefined && /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(value);
}

// Without the slashes at its end, so that the path of a request can be put behind it.
function spellBaseUrl(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}${url.search}`;
}

function providerAt(url: URL): ProviderName | undefined {
  return PROVIDER_NAMES.find((name) => hasOrigin(PROVIDERS[name].baseUrl, url.origin));
}

// An address with a variable in its host has no origin of its own.
function hasOrigin(url: string | undefined, origin: string): boolean {
  return url !== undefined && !/^[^/]*\/\/[^/]*\{/.test(url) && originOf(url) === origin;
}

function emptyName(name: string): PortiaError {
  return new PortiaError('invalid-settings', `"${name}" is not the name of a model.`, {
    why: 'A model is written as provider/name.',
    fix: `--model openai/gpt-4.1\nProviders: ${PROVIDER_NAMES.join(', ')}`,
  });
}

function missingBaseUrl(provider: ProviderName, modelName: string): PortiaError {
  const { exampleBaseUrl = '', baseUrlVariable } = PROVIDERS[provider];
  const name = `${provider}/${modelName}`;
  const withFlag = `--model ${shellQuote(name)} --base-url ${exampleBaseUrl}`;
  return new PortiaError('no-model', `${name} needs a base URL.`, {
    why: `The provider ${provider} has no address that is the same for everybody.`,
    fix: baseUrlVariable === undefined ? withFlag : `export ${baseUrlVariable.name}=${exampleBaseUrl}\nor ${withFlag}`,
  });
}

function missingVariables(id: string, missing: string[]): PortiaError {
  const names = missing.join(' and ');
  return new PortiaError('no-model', `${id} needs ${names}.`, {
    why: `Its address contains ${names}. The shell must set that to letters, digits, - and _ only.`,
    fix: missing.map((name) => `export ${name.split(' ')[0]}=…`).join('\n'),
  });
}
