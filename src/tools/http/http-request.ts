import { VARIABLE_IN_TEXT } from '../../domain/environment.js';
import { asText, type Json, type JsonObject } from '../../domain/values/json.js';
import {
  fillSetting,
  fillSettings,
  NotFilled,
  templateValues,
  type Evaluate,
  type Filling,
} from '../setting-templates.js';
import type { HttpSettings } from './http-settings.js';

/** What a call sends. */
export interface HttpCall {
  url: URL;
  headers: Record<string, string>;
  body: string | undefined;
}

export interface CallValues {
  args: JsonObject;
  evaluate: Evaluate;
  variable(name: string): string | undefined;
}

/** The request of a call. Rejects with a NotFilled when the arguments do not make one. */
export async function httpCall(settings: HttpSettings, { args, evaluate, variable }: CallValues): Promise<HttpCall> {
  const withVariables = (encode: (text: string) => string) => (text: string) =>
    text.replaceAll(VARIABLE_IN_TEXT, (_all, name: string) => encode(variable(name) ?? ''));
  const filling: Filling = { values: templateValues(args), evaluate, plain: withVariables((text) => text) };
  const url = await filledUrl(settings, { ...filling, plain: withVariables(encodeURIComponent) });
  await addFields(url.searchParams, settings.query ?? {}, filling);
  const headers = await filledHeaders(settings.headers ?? {}, filling);
  if (settings.form !== undefined) {
    const fields = new URLSearchParams();
    await addFields(fields, settings.form, filling);
    return { url, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body: String(fields) };
  }
  const body = await fillSettings(settings.body ?? null, filling);
  if (body === undefined || body === null) return { url, headers, body: undefined };
  const isText = typeof body === 'string';
  return {
    url,
    headers: { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json', ...headers },
    body: isText ? body : JSON.stringify(body),
  };
}

/** A value stands for one part of the path, or for one value in the query: it cannot lead elsewhere. */
async function filledUrl({ url }: HttpSettings, filling: Filling): Promise<URL> {
  const filled = asText((await fillSetting(url, { ...filling, write: writePart })) ?? '');
  const [path = ''] = filled.split(/[?#]/);
  const segments = path.split('/').slice(3);
  if (segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) {
    throw new NotFilled('The path of url would have . or .. in it, which leads to another address.');
  }
  return new URL(filled);
}

function writePart(value: Json, before: string): string {
  const text = addressText(value);
  if (text === '' && !before.includes('?')) {
    throw new NotFilled('A part of the path of url would be empty, which makes another address.');
  }
  return encodeURIComponent(text);
}

/** A text as an address, or a form, can hold it. */
function addressText(value: Json): string {
  const text = asText(value);
  if (!/\p{Surrogate}/u.test(text)) return text;
  throw new NotFilled('The request would hold half of a character, which no address or form can.');
}

/** A list becomes one field for each of its items. */
async function addFields(fields: URLSearchParams, texts: Record<string, string>, filling: Filling): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    const value = (await fillSetting(text, filling)) ?? null;
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== null) fields.append(name, addressText(item));
    }
  }
}

async function filledHeaders(headers: Record<string, string>, filling: Filling): Promise<Record<string, string>> {
  const filled: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    const value = (await fillSetting(text, filling)) ?? null;
    if (value === null) continue;
    const written = asText(value);
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(written)) {
      throw new NotFilled(`The header ${name} would hold a line end or a sign that a header cannot hold.`);
    }
    // Names of headers are the same in capitals.
    filled[name.toLowerCase()] = written;
  }
  return filled;
}
