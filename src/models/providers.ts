import { PortiaError } from '../domain/errors.js';
import { requireBaseUrl } from './base-url.js';
import { shellQuote } from '../domain/values/shell-quote.js';

export const PROVIDER_NAMES = [
  'openai',
  'azure',
  'anthropic',
  'google',
  'mistral',
  'groq',
  'openrouter',
  'ollama',
  'lmstudio',
  'llamacpp',
  'custom',
] as const;

export type ProviderName = (typeof PROVIDER_NAMES)[number];

export interface Provider {
  /** Where its OpenAI-compatible endpoint is; undefined when each user has another one. */
  baseUrl?: string;
  /** Environment variables that hold its key, the first that is set counts; empty when it needs none. */
  keyVariables: readonly string[];
  /** A base URL as it looks like, for providers without a fixed one. */
  exampleBaseUrl?: string;
}

export const PROVIDERS: Readonly<Record<ProviderName, Provider>> = {
  openai: { baseUrl: 'https://api.openai.com/v1', keyVariables: ['OPENAI_API_KEY'] },
  azure: {
    exampleBaseUrl: 'https://RESOURCE.openai.azure.com/openai/v1',
    keyVariables: ['AZURE_OPENAI_API_KEY'],
  },
  anthropic: { baseUrl: 'https://api.anthropic.com/v1', keyVariables: ['ANTHROPIC_API_KEY'] },
  google: {
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  },
  mistral: { baseUrl: 'https://api.mistral.ai/v1', keyVariables: ['MISTRAL_API_KEY'] },
  groq: { baseUrl: 'https://api.groq.com/openai/v1', keyVariables: ['GROQ_API_KEY'] },
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', keyVariables: ['OPENROUTER_API_KEY'] },
  ollama: { baseUrl: 'http://127.0.0.1:11434/v1', keyVariables: [] },
  lmstudio: { baseUrl: 'http://127.0.0.1:1234/v1', keyVariables: [] },
  llamacpp: { baseUrl: 'http://127.0.0.1:8080/v1', keyVariables: [] },
  custom: { exampleBaseUrl: 'http://127.0.0.1:8000/v1', keyVariables: [] },
};

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

/** Splits at the first slash when what stands before it is a known provider. */
export function parseModelName(name: string): ModelName {
  const slash = name.indexOf('/');
  const provider = slash < 0 ? undefined : BY_NAME.get(name.slice(0, slash).toLowerCase());
  return { provider, modelName: provider === undefined ? name : name.slice(slash + 1) };
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

/** A model's name for messages: of a program its name only, because its arguments may hold secrets. */
export function shownModel(name: string): string {
  const command = parseExecName(name);
  return command === undefined ? name : `exec:${nameProgram(command)}`;
}

/**
 * Where a model is and which key it takes. A name without a known provider means OpenAI, or with a base URL the
 * provider whose endpoint that is, else `custom`. A base URL wins over the provider's own.
 * Throws a PortiaError: `invalid-settings` for an unknown name or an invalid base URL, `no-model` when the base URL is missing.
 */
export function resolveModel(wanted: { name: string; baseUrl?: string | undefined }): ResolvedModel {
  const { modelName, ...parsed } = parseModelName(wanted.name.trim());
  if (modelName === '') throw emptyName(wanted.name);
  const base = wanted.baseUrl === undefined ? undefined : requireBaseUrl(wanted.baseUrl);
  const provider = parsed.provider ?? (base === undefined ? 'openai' : providerAt(base));
  const { baseUrl: ownBaseUrl, keyVariables } = PROVIDERS[provider];
  const baseUrl = base === undefined ? ownBaseUrl : spellBaseUrl(base);
  if (baseUrl === undefined) throw missingBaseUrl(provider, modelName);
  const isOwnEndpoint = ownBaseUrl !== undefined && new URL(ownBaseUrl).origin === new URL(baseUrl).origin;
  return {
    id: `${provider}/${modelName}`,
    provider,
    modelName,
    baseUrl,
    keyVariables: [...keyVariables],
    isOwnEndpoint,
  };
}

/** Whether requests to this address stay on this machine. */
export function isLoopback(baseUrl: string): boolean {
  const host = new URL(baseUrl).hostname;
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

// Without the slashes at its end, so that the path of a request can be put behind it.
function spellBaseUrl(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}${url.search}`;
}

function providerAt(url: URL): ProviderName {
  const own = PROVIDER_NAMES.find((name) => {
    const { baseUrl } = PROVIDERS[name];
    return baseUrl !== undefined && new URL(baseUrl).origin === url.origin;
  });
  return own ?? 'custom';
}

function emptyName(name: string): PortiaError {
  return new PortiaError('invalid-settings', `"${name}" names no model.`, {
    why: 'A model is written as provider/name.',
    fix: `--model openai/gpt-4.1\nProviders: ${PROVIDER_NAMES.join(', ')}`,
  });
}

function missingBaseUrl(provider: ProviderName, modelName: string): PortiaError {
  const example = PROVIDERS[provider].exampleBaseUrl ?? '';
  return new PortiaError('no-model', `${provider}/${modelName} needs a base URL.`, {
    why: `The provider ${provider} has no address that is the same for everybody.`,
    fix: `--model ${shellQuote(`${provider}/${modelName}`)} --base-url ${example}`,
  });
}
