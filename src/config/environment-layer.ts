import { baseUrlProblem } from '../models/providers/base-url.js';
import { PROVIDER_NAMES, PROVIDERS } from '../models/providers/providers.js';
import { badSetting } from './invalid-settings.js';
import type { Format, Layer, LogLevel, Sourced } from './layer.js';
import { FORMATS } from './layer.js';
import { readStoreChoice } from './store-choice.js';

/** The Python SDK's names for levels stay usable. */
const LEVELS: ReadonlyMap<string, LogLevel> = new Map([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warning'],
  ['warning', 'warning'],
  ['error', 'error'],
  ['critical', 'error'],
]);

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['on', true],
  ['0', false],
  ['false', false],
  ['no', false],
  ['off', false],
]);

type Find = (name: string) => string | undefined;

/**
 * The variables of the shell or of `.env` that portia knows. An empty one counts as not set.
 * Throws a PortiaError `invalid-settings` that names the variable.
 */
export function readEnvironmentLayer(
  origin: 'shell' | 'dotenv',
  find: Find,
  resolvePath: (path: string) => string,
): Layer {
  const read = <T>(name: string, convert: (text: string, source: string) => T): Sourced<T> | undefined => {
    const value = find(name)?.trim();
    if (value === undefined || value === '') return undefined;
    const source = origin === 'dotenv' ? `${name} in .env` : name;
    return { value: convert(value, source), origin, source };
  };
  const text = (name: string) => read(name, (value) => value);
  return {
    origin,
    // PORTIA_MODEL is the short spelling and is what people set for one command, so it wins over the Python SDK's name.
    model: text('PORTIA_MODEL') ?? text('PORTIA_DEFAULT_MODEL'),
    roles: {
      planning: text('PORTIA_PLANNING_MODEL'),
      execution: text('PORTIA_EXECUTION_MODEL'),
      introspection: text('PORTIA_INTROSPECTION_MODEL'),
      summarizer: text('PORTIA_SUMMARIZER_MODEL'),
    },
    provider: text('PORTIA_LLM_PROVIDER'),
    baseUrl: read('OPENAI_BASE_URL', toBaseUrl),
    providerBaseUrls: PROVIDER_NAMES.flatMap((provider) => {
      const { baseUrlVariable } = PROVIDERS[provider];
      if (baseUrlVariable === undefined) return [];
      const baseUrl = read(baseUrlVariable.name, toBaseUrl);
      return baseUrl === undefined ? [] : [[provider, baseUrl]];
    }),
    storageDir: read('PORTIA_STORAGE_DIR', resolvePath),
    store: read('PORTIA_STORE', (value, source) => readStoreChoice(value, source, resolvePath)),
    logLevel: read('PORTIA_LOG_LEVEL', (value, source) => lookUp(value, source, LEVELS)),
    format: read('PORTIA_FORMAT', toFormat),
    noPrompt: read('PORTIA_NO_PROMPT', (value, source) => lookUp(value, source, SWITCHES)),
    largeOutputThresholdTokens: read('PORTIA_LARGE_OUTPUT_THRESHOLD_TOKENS', toCount),
  };
}

function lookUp<T>(value: string, source: string, known: ReadonlyMap<string, T>): T {
  const found = known.get(value.toLowerCase());
  if (found !== undefined) return found;
  const names = [...known.keys()];
  throw badSetting(source, `it must be one of ${names.join(', ')}`, fixFor(source, names[0] ?? ''));
}

function toFormat(value: string, source: string): Format {
  return lookUp(value, source, new Map(FORMATS.map((format) => [format, format])));
}

function toBaseUrl(value: string, source: string): string {
  const problem = baseUrlProblem(value);
  if (problem === undefined) return value;
  throw badSetting(source, `the URL ${problem}`, fixFor(source, 'http://localhost:11434/v1'));
}

function toCount(value: string, source: string): number {
  const count = /^[0-9]+$/.test(value) ? Number(value) : 0;
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw badSetting(source, 'it must be a whole number above 0', fixFor(source, '1000'));
}

function fixFor(source: string, value: string): string {
  const [name, , file] = source.split(' ');
  return file === undefined ? `export ${name}=${value}` : `write ${name}=${value} into ${file}`;
}
