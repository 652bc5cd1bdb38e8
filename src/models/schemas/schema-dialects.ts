import { parseModelName } from '../providers/model-names.js';
import type { ProviderName } from '../providers/providers.js';

/** What a provider takes of JSON Schema. */
export interface SchemaDialect {
  /** Keywords that are sent; all others are told in the description. Undefined: all are sent. */
  keywords?: ReadonlySet<string>;
  /** Values of `format` that are sent; undefined: all. */
  formats?: ReadonlySet<string>;
  /** Whether `$ref` is sent, without anything beside it, or what it refers to in its place. */
  references: 'sent' | 'alone' | 'inlined';
  /** How several types are written: as a list, as branches of `anyOf`, or with `nullable`. */
  types: 'list' | 'branches' | 'nullable';
  /** Whether objects say that they take no other properties, and that they need all of theirs. */
  objects: 'as-written' | 'closed' | 'complete';
  /** Whether a schema is refused in which an object does not name its properties, or a part does not say what it is. */
  needsNames?: boolean;
  /** Whether `enum` may hold other values than texts. */
  enums: 'any' | 'texts';
  /** Whether it keeps to a schema whose objects are all complete, when it is asked to be `strict`. */
  isStrict?: boolean;
}

const BASIC = [
  ...['type', 'title', 'description', 'properties', 'required', 'additionalProperties'],
  ...['items', 'enum', 'anyOf', '$ref', '$defs', 'definitions'],
];

const AS_WRITTEN: SchemaDialect = { references: 'sent', types: 'list', objects: 'as-written', enums: 'any' };

const OPENAI: SchemaDialect = {
  keywords: new Set([...BASIC, 'const']),
  references: 'alone',
  types: 'list',
  objects: 'complete',
  enums: 'any',
  isStrict: true,
};

const GEMINI: SchemaDialect = {
  keywords: new Set([
    ...['type', 'title', 'description', 'properties', 'required', 'items', 'enum', 'anyOf', 'nullable', 'format'],
    ...['minimum', 'maximum', 'minItems', 'maxItems', 'minLength', 'maxLength', 'pattern'],
  ]),
  formats: new Set(['date-time', 'int32', 'int64', 'float', 'double']),
  references: 'inlined',
  types: 'nullable',
  objects: 'as-written',
  needsNames: true,
  enums: 'texts',
};

const ANTHROPIC: SchemaDialect = {
  keywords: new Set([...BASIC, 'const', 'default', 'format']),
  formats: new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']),
  references: 'sent',
  types: 'branches',
  objects: 'closed',
  needsNames: true,
  enums: 'any',
};

/** Keywords that say how long, how many or how large something may be. */
const SIZES = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minContains', 'maxContains'];
const NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const COMMON = [...BASIC, ...NUMBERS, 'const', 'default', 'format', 'pattern'];

/**
 * What replies are described in, by provider; all others take schemas as they are written. From their documentation of
 * structured outputs.
 */
const DIALECTS: Partial<Record<ProviderName, SchemaDialect>> = {
  openai: OPENAI,
  azure: OPENAI,
  anthropic: ANTHROPIC,
  bedrock: ANTHROPIC,
  google: GEMINI,
  groq: { ...OPENAI, isStrict: false },
  cerebras: { ...OPENAI, references: 'inlined' },
  xai: { ...AS_WRITTEN, keywords: new Set([...COMMON, 'oneOf']) },
  fireworks: { ...AS_WRITTEN, keywords: new Set([...COMMON.filter((name) => name !== 'pattern'), 'allOf']) },
  together: { ...AS_WRITTEN, keywords: new Set([...COMMON, ...SIZES, 'oneOf', 'allOf']) },
};

/** What every server takes that takes schemas at all. */
export const PLAINEST_DIALECT: SchemaDialect = { ...GEMINI, formats: new Set() };

/** Providers behind which others are. */
const GATEWAYS: ReadonlySet<ProviderName | undefined> = new Set<ProviderName>([
  ...(['openrouter', 'vercel', 'cloudflare', 'litellm', 'github', 'vertex'] as const),
]);

/** Who made a model, by its name at a gateway. */
const MAKERS: readonly [RegExp, ProviderName][] = [
  [/gemini/, 'google'],
  [/claude/, 'anthropic'],
  [/^(openai|azure)\//, 'openai'],
  [/^x-?ai\//, 'xai'],
  [/^groq\//, 'groq'],
  [/^cerebras\//, 'cerebras'],
];

/** How the arguments of functions and the formats of replies are described. */
export interface SchemaDialects {
  tools: SchemaDialect;
  format: SchemaDialect;
}

/** The dialects of a model called `provider/name`; behind a gateway, those of who made the model. */
export function dialectsOf(modelId: string): SchemaDialects {
  const { provider, modelName } = parseModelName(modelId);
  const maker = GATEWAYS.has(provider) ? MAKERS.find(([name]) => name.test(modelName))?.[1] : provider;
  const format = (maker === undefined ? undefined : DIALECTS[maker]) ?? AS_WRITTEN;
  return {
    // The others take any schema of arguments, as long as they need not keep to it.
    tools: maker === 'google' ? format : AS_WRITTEN,
    // Groq takes `strict` for these models only.
    format: maker === 'groq' && /gpt-oss/.test(modelName) ? { ...format, isStrict: true } : format,
  };
}
