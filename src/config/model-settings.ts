import { VARIABLE_IN_TEXT } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import type { RequestSettings } from '../models/providers/request-settings.js';
import { mayReceiveKey, ownerOf } from './key-rule.js';
import type { ModelSettingsSource, Sourced } from './layer.js';
import type { FileModelSettings } from './model-settings-schema.js';
import { modelTimeoutMs } from './model-timeout.js';
import { headerWithheld } from './no-model.js';
import type { FindVariable } from './variables.js';

export interface RequestSources extends HeaderSources {
  /** What the settings say for all models. */
  timeoutMs: Sourced<number> | undefined;
}

export interface HeaderSources {
  find: FindVariable;
  /** Who gave the base URL; undefined where the model is asked at its provider's own address. */
  baseUrl: Sourced<string> | undefined;
  /** Origins that the person trusts with keys. */
  trustedOrigins: readonly string[];
}

/** What the strongest source says that says anything, of all that is said of a model. */
export function modelSetting<Key extends keyof FileModelSettings>(
  said: readonly ModelSettingsSource[],
  key: Key,
): Sourced<NonNullable<FileModelSettings[Key]>> | undefined {
  for (const { origin, source, settings } of said) {
    const value = settings[key];
    if (value !== undefined) return { value, origin, source: `${source}.${key}` };
  }
  return undefined;
}

/**
 * All that is said of the requests to a model, the strongest source first.
 * Throws a PortiaError `no-model` when a header needs a variable that is not set or must not be sent there.
 */
export function requestSettings(said: readonly ModelSettingsSource[], sources: RequestSources): RequestSettings {
  const headers = modelSetting(said, 'headers');
  return {
    temperature: modelSetting(said, 'temperature')?.value,
    maxTokens: modelSetting(said, 'max_tokens')?.value,
    reasoningEffort: modelSetting(said, 'reasoning_effort')?.value,
    headers: headers === undefined ? {} : fillHeaders(headers, sources),
    extraBody: modelSetting(said, 'extra_body')?.value ?? {},
    timeoutMs: modelTimeoutMs(modelSetting(said, 'timeout_ms'), sources.timeoutMs),
    contextWindow: modelSetting(said, 'context_window')?.value,
    noJsonSchema: modelSetting(said, 'no_json_schema')?.value ?? false,
    noTools: modelSetting(said, 'no_tools')?.value ?? false,
    simplePlans: modelSetting(said, 'simple_plans')?.value ?? false,
    takesImages: modelSetting(said, 'images')?.value ?? true,
    api: modelSetting(said, 'api')?.value,
  };
}

/** Names of the variables that headers take their values from. */
export function headerVariables(said: readonly ModelSettingsSource[]): string[] {
  const values = said.flatMap(({ settings }) => Object.values(settings.headers ?? {}));
  return values.flatMap((value) => Array.from(value.matchAll(VARIABLE_IN_TEXT), ([, name = '']) => name));
}

function fillHeaders(headers: Sourced<Record<string, string>>, sources: HeaderSources): Record<string, string> {
  const filled = Object.entries(headers.value).map(([name, value]): [string, string] => {
    const text = value.replaceAll(VARIABLE_IN_TEXT, (_place, variable: string) =>
      valueFor(variable, { ...headers, source: `${headers.source}.${name}` }, sources),
    );
    return [name.toLowerCase(), text];
  });
  return Object.fromEntries(filled);
}

/** Who wrote the header for this model also said where the model is. */
function isOfOnePerson(header: Sourced<unknown>, baseUrl: Sourced<string>): boolean {
  return header.origin === 'user' && ['flag', 'shell', 'user'].includes(baseUrl.origin);
}

/** A variable in a header is a key: it goes only to a server to which its owner sends it. */
function valueFor(name: string, header: Sourced<unknown>, { find, baseUrl, trustedOrigins }: HeaderSources): string {
  const variable = find(name);
  if (variable === undefined) {
    throw new PortiaError('no-model', `${header.source} needs ${name}, which is not set.`, {
      why: 'The header takes its value from this variable of the shell or of .env.',
      fix: `export ${name}=…`,
    });
  }
  const offer = { owner: ownerOf(variable.origin), namedBy: header.origin };
  const isAllowed =
    baseUrl === undefined || isOfOnePerson(header, baseUrl) || mayReceiveKey(baseUrl, offer, trustedOrigins);
  if (!isAllowed) throw headerWithheld(header.source, name, baseUrl);
  const value = variable.value.trim();
  if (/^[\x20-\x7e]*$/.test(value)) return value;
  throw new PortiaError('invalid-settings', `${name} cannot be sent in a header.`, {
    why: 'A header has only visible ASCII characters and spaces.',
    fix: `export ${name}=…`,
  });
}
