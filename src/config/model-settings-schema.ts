import * as z from 'zod';

import { VARIABLE_IN_TEXT } from '../domain/environment.js';
import type { Problem } from '../domain/errors.js';
import { escapePointer, type JsonObject } from '../domain/values/json.js';
import { json } from '../domain/values/schema-atoms.js';
import { fullModelName, providerNamed } from '../models/providers/model-names.js';
import { MODEL_APIS } from '../models/providers/providers.js';

/** US dollars per million tokens. */
export const priceSchema = z.strictObject({ input: z.number().min(0), output: z.number().min(0) });

/** What a request of one model has, beside what it asks. */
export const modelSettingsSchema = z.strictObject({
  temperature: z.number().min(0).optional(),
  /** The longest reply. */
  max_tokens: z.int().positive().optional(),
  reasoning_effort: z
    .string()
    .regex(/^[a-z]+$/, 'must be a word such as low, medium or high')
    .optional(),
  /** `${NAME}` in a value stands for that variable. */
  headers: z.record(z.string(), z.string()).optional(),
  /** Further fields of the request's JSON. */
  extra_body: z.record(z.string(), json).optional(),
  /** For one call with all its attempts. */
  timeout_ms: z.int().positive().optional(),
  /** Tokens of a request and its reply together. */
  context_window: z.int().positive().optional(),
  price: priceSchema.optional(),
  no_json_schema: z.boolean().optional(),
  no_tools: z.boolean().optional(),
  simple_plans: z.boolean().optional(),
  images: z.boolean().optional(),
  api: z.enum(MODEL_APIS).optional(),
});

export const MODEL_SETTINGS = Object.keys(modelSettingsSchema.shape);

export type FileModelSettings = z.infer<typeof modelSettingsSchema>;

/** Portia writes these itself. */
const OWN_HEADERS = ['connection', 'content-length', 'content-type', 'host', 'transfer-encoding'];
const OWN_FIELDS = ['input', 'messages', 'model', 'n', 'response_format', 'stream', 'tools'];

/** Settings that a program which stands for a model has, too. */
const OF_PROGRAMS: ReadonlySet<string> = new Set([
  ...['timeout_ms', 'context_window', 'price', 'no_tools', 'simple_plans', 'images'],
]);

/** What is wrong with `model_settings` beyond its form. Never quotes a value. */
export function modelSettingsProblems(models: Record<string, FileModelSettings>): Problem[] {
  return Object.entries(models).flatMap(([name, settings]) => [
    ...nameProblems(name, settings),
    ...programProblems(name, settings),
    ...Object.entries(settings.headers ?? {}).flatMap(([header, value]) => headerProblems(name, header, value)),
    ...bodyProblems(name, settings.extra_body ?? {}),
  ]);
}

function nameProblems(name: string, { price }: FileModelSettings): Problem[] {
  if (fullModelName(name) !== undefined) return [];
  if (providerNamed(name) !== undefined) {
    return price === undefined ? [] : [problem([name, 'price'], 'give a price for each model of the provider')];
  }
  const fix = name.includes('/')
    ? `write "custom/${name}"`
    : `write "openai/${name}", or another provider before the name`;
  return [problem([name], 'a model is named provider/name', fix)];
}

function programProblems(name: string, settings: FileModelSettings): Problem[] {
  if (!name.startsWith('exec/')) return [];
  const useless = Object.keys(settings).filter((key) => !OF_PROGRAMS.has(key));
  const fix = `settings of a program are ${[...OF_PROGRAMS].join(', ')}`;
  return useless.map((key) => problem([name, key], 'a program does not have this setting', fix));
}

function headerProblems(model: string, name: string, value: string): Problem[] {
  const path = [model, 'headers', name];
  if (!/^[\w-]+$/.test(name)) return [problem(path, 'is not the name of a header')];
  if (OWN_HEADERS.includes(name.toLowerCase())) return [problem(path, 'portia writes this header itself')];
  const literal = value.replaceAll(VARIABLE_IN_TEXT, '');
  if (literal.includes('${'))
    return [problem(path, 'a ${ is not closed, or does not name a variable', 'write ${NAME}')];
  if (!/^[\x20-\x7e]*$/.test(literal) || value.trim() === '') {
    return [problem(path, 'must have only visible ASCII characters and spaces')];
  }
  return [];
}

function bodyProblems(model: string, fields: JsonObject): Problem[] {
  return Object.keys(fields)
    .filter((field) => OWN_FIELDS.includes(field))
    .map((field) => problem([model, 'extra_body', field], 'portia writes this field itself'));
}

function problem(path: string[], message: string, fix?: string): Problem {
  const whole = ['model_settings', ...path];
  return {
    severity: 'error',
    rule: 'bad-value',
    message: `${whole.join('/')}: ${message}`,
    pointer: whole.map((part) => `/${escapePointer(part)}`).join(''),
    ...(fix !== undefined && { fix }),
  };
}
