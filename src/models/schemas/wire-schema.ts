import { isJsonObject, type JsonSchema } from '../../domain/values/json.js';
import { changeParts, partAt } from '../../domain/values/schema-parts.js';
import { FormatRejected, type ModelRequest, type ResponseFormat } from '../model.js';
import type { SchemaDialect, SchemaDialects } from './schema-dialects.js';
import { spellKeywords, withoutNullBranch } from './spell-keywords.js';

/** The request with its schemas as the endpoint takes them. A value that fits them may not fit the schemas as they were. */
export function inDialect(request: ModelRequest, dialects: SchemaDialects): ModelRequest {
  const { tools, responseFormat } = request;
  // Arguments may be left out: functions are not asked to be strict.
  const ofTools = openly(dialects.tools);
  return {
    ...request,
    tools: tools?.map((tool) => ({ ...tool, parameters: spellSchema(tool.parameters, ofTools) })),
    responseFormat: responseFormat && formatIn(responseFormat, dialects.format),
  };
}

const openly = (dialect: SchemaDialect): SchemaDialect => ({ ...dialect, objects: 'as-written' });

function formatIn(format: ResponseFormat, dialect: SchemaDialect): ResponseFormat {
  if (format.kind === 'json_object') return format;
  const { schema, isWhole } = spell(format.schema, dialect);
  if (!isWhole || (dialect.needsNames === true && !namesAll(format.schema))) {
    throw new FormatRejected('this JSON Schema cannot be written for the endpoint');
  }
  if (dialect.objects !== 'complete') return { ...format, schema };
  if (isComplete(schema)) return { ...format, schema, strict: dialect.isStrict };
  return { ...format, schema: spellSchema(format.schema, openly(dialect)) };
}

/** The most parts that a schema may have once references are replaced by what they mean. */
const MAX_PARTS = 2_000;

interface Spelling {
  root: JsonSchema;
  dialect: SchemaDialect;
  /** References that are being replaced, from the outside in. */
  open: string[];
  /** Of the whole schema. */
  state: { parts: number; isWhole: boolean };
}

/** The schema in a dialect. */
export function spellSchema(schema: JsonSchema, dialect: SchemaDialect): JsonSchema {
  return spell(schema, dialect).schema;
}

/** `isWhole`: no reference had to be left out. */
function spell(schema: JsonSchema, dialect: SchemaDialect): { schema: JsonSchema; isWhole: boolean } {
  const state = { parts: 0, isWhole: true };
  const spelt = spellPart(schema, { root: schema, dialect, open: [], state });
  return { schema: spelt, isWhole: state.isWhole };
}

function spellPart(written: JsonSchema, outer: Spelling): JsonSchema {
  const { dialect, state } = outer;
  state.parts += 1;
  const { part, spelling } = resolve(written, outer);
  return changeParts(spellKeywords(part, dialect), (inner) => spellPart(inner, spelling));
}

/**
 * What a part means where the dialect has no references, or no branch for null; nothing of a reference that leads back to
 * itself or makes the schema too large.
 */
function resolve(written: JsonSchema, spelling: Spelling): { part: JsonSchema; spelling: Spelling } {
  const { root, dialect, open, state } = spelling;
  const part = dialect.types === 'nullable' ? withoutNullBranch(written) : written;
  if (dialect.references !== 'inlined') return { part, spelling };
  const { $ref: reference, $defs: _defs, definitions: _definitions, ...own } = part;
  if (typeof reference !== 'string') return { part: own, spelling };
  const target = open.includes(reference) || state.parts > MAX_PARTS ? undefined : partAt(root, reference);
  state.isWhole &&= target !== undefined;
  return target === undefined
    ? { part: own, spelling }
    : resolve({ ...target, ...own }, { ...spelling, open: [...open, reference] });
}

/** Whether every part says what it is, and every object which properties it has and that it has no others. */
function namesAll(schema: JsonSchema): boolean {
  const { properties } = schema;
  const hasNames = isJsonObject(properties) && Object.keys(properties).length > 0;
  const isObject = [schema['type']].flat().includes('object') || properties !== undefined;
  const isMap = schema['patternProperties'] !== undefined || isJsonObject(schema['additionalProperties']);
  if (isObject && (!hasNames || isMap || schema['additionalProperties'] === true)) return false;
  return SAYS_WHAT.some((keyword) => keyword in schema) && every(schema, namesAll);
}

const SAYS_WHAT = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref', 'properties', 'items'];

function every(schema: JsonSchema, test: (part: JsonSchema) => boolean): boolean {
  let holds = true;
  changeParts(schema, (part) => {
    holds &&= test(part);
    return part;
  });
  return holds;
}

/** Whether every object needs all that it names and takes nothing else, and every part says what it is. */
function isComplete(schema: JsonSchema): boolean {
  const { properties, required } = schema;
  const isObject = [schema['type']].flat().includes('object') || properties !== undefined;
  const names = isJsonObject(properties) ? Object.keys(properties) : [];
  const needsAll = Array.isArray(required) && names.every((name) => required.includes(name));
  if (isObject && !(schema['additionalProperties'] === false && needsAll)) return false;
  return SAYS_WHAT.some((keyword) => keyword in schema) && every(schema, isComplete);
}
