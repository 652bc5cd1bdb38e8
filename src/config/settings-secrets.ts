import { advice, portia } from '../domain/next-step.js';
import type { Problem } from '../domain/errors.js';
import { escapePointer, isJsonObject, type Json } from '../domain/values/json.js';
import { isSecretName, secretInUrl } from '../domain/values/secret-names.js';
import type { HttpSettings } from '../tools/http/http-settings.js';
import type { FileModelSettings } from './model-settings-schema.js';

/** The parts of settings in which a secret might be written. */
interface Settings {
  tools?: { settings?: Record<string, Record<string, Json>> | undefined } | undefined;
  http?: Record<string, HttpSettings> | undefined;
  model_settings?: Record<string, FileModelSettings> | undefined;
}

/** Secrets that are written out in settings. Messages never quote them. */
export function secretProblems({ tools, http, model_settings: models }: Settings): Problem[] {
  const settings = Object.entries(tools?.settings ?? {}).flatMap(([tool, values]) =>
    Object.entries(values).flatMap(([name, value]) => secretsIn(value, ['tools', 'settings', tool, name], false)),
  );
  return [
    ...settings.map(withVariableOfTool),
    ...Object.entries(http ?? {}).flatMap(secretsOfHttp),
    ...Object.entries(models ?? {}).flatMap(secretsOfModel),
  ];
}

interface FoundSecret {
  path: string[];
  what: string;
}

/** Texts and numbers below a name that means a secret, and addresses that hold one. */
function secretsIn(value: Json, path: string[], isBelowSecret: boolean): FoundSecret[] {
  const isSecret = isBelowSecret || isSecretName(path.at(-1) ?? '');
  if (Array.isArray(value)) return value.flatMap((item, index) => secretsIn(item, [...path, String(index)], isSecret));
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([name, item]) => secretsIn(item, [...path, name], isSecret));
  }
  if (isSecret && (typeof value === 'string' || typeof value === 'number')) {
    return [{ path, what: 'keys do not belong in a settings file' }];
  }
  const inUrl = typeof value === 'string' && URL.canParse(value) ? secretInUrl(new URL(value)) : undefined;
  return inUrl === undefined ? [] : [{ path, what: `the address ${inUrl}, which does not belong in a settings file` }];
}

/** Headers that hold a secret whatever they are called elsewhere. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie']);

function secretsOfHttp([id, { url, query = {}, headers = {}, body = null, form = {} }]: [
  string,
  HttpSettings,
]): Problem[] {
  const own = (key: string, value: Json) => secretsIn(withoutFilled(value), ['http', id, key], false);
  const secret = Object.entries(headers).filter(([name]) => SECRET_HEADERS.has(name.toLowerCase()));
  const found = [
    ...own('url', url),
    ...own('query', query),
    ...own('headers', headers),
    ...own('body', body),
    ...own('form', form),
    ...secret.flatMap(([name, value]) => secretsIn(withoutFilled(value), ['http', id, 'headers', name], true)),
  ];
  return found.map((secretFound) => ({
    ...secretInFile(secretFound),
    fix: 'put it into .env or the shell, and write the name of its variable here, as ${TICKETS_TOKEN}',
  }));
}

/** What is filled in at a call is not written in the file. */
function withoutFilled(value: Json): Json {
  if (typeof value === 'string') return isFilled(value) ? {} : value;
  if (Array.isArray(value)) return value.map(withoutFilled);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutFilled(item)]));
}

function secretsOfModel([name, { headers = {}, extra_body: body = {} }]: [string, FileModelSettings]): Problem[] {
  const path = ['model_settings', name];
  const secret = Object.entries(headers).filter(
    ([header, value]) => SECRET_HEADERS.has(header.toLowerCase()) || /^(bearer|basic)\s/i.test(value),
  );
  const found = [
    ...secretsIn(withoutFilled(headers), [...path, 'headers'], false),
    ...secret.flatMap(([header, value]) => secretsIn(withoutFilled(value), [...path, 'headers', header], true)),
    ...secretsIn(body, [...path, 'extra_body'], false),
  ];
  const fix = 'put it into .env or the shell, and write the name of its variable in headers, as {"x-key": "${NAME}"}';
  return found.map((secretFound) => ({ ...secretInFile(secretFound), fix }));
}

const isFilled = (text: string): boolean => /\$\{\w+\}|\{\{/.test(text);

function withVariableOfTool(found: FoundSecret): Problem {
  return {
    ...secretInFile(found),
    fix: advice`put the key into .env or the shell, under the name that \`${portia('tools', 'describe')}\` shows`,
  };
}

function secretInFile({ path, what }: FoundSecret): Problem {
  return { severity: 'error', rule: 'secret-in-file', message: `${path.join('/')}: ${what}`, pointer: pointerTo(path) };
}

export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${escapePointer(String(part))}`).join('');
}
