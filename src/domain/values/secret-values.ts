import { isJsonObject, type Json, type JsonSchema } from './json.js';
import { bareName } from './names.js';

/** Schemas that nest deeper than this hold no secret that anybody wrote. */
const MAX_DEPTH = 64;

/** Whether a value of this schema, or a part of it, is a secret: `format: password` or `writeOnly: true`. */
export function isSecretSchema(schema: JsonSchema | undefined): boolean {
  return schema !== undefined && holdsSecret(schema, MAX_DEPTH);
}

const PARTS = ['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions'];

function holdsSecret(schema: Json | undefined, depth: number): boolean {
  if (depth === 0 || !isJsonObject(schema)) return false;
  if (schema['format'] === 'password' || schema['writeOnly'] === true) return true;
  const inLists = LISTS.flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []));
  const inMaps = MAPS.flatMap((key) => (isJsonObject(schema[key]) ? Object.values(schema[key]) : []));
  const parts = [...PARTS.map((key) => schema[key]), ...inLists, ...inMaps];
  return parts.some((part) => holdsSecret(part, depth - 1));
}

/** A text without the line end that an editor or `echo` puts behind a secret in a file. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** The placeholder for a secret wherever it is recorded or shown. */
export function shownSecret(name: string): string {
  return `‹secret ${bareName(name)}›`;
}

/** The name in the placeholder for a secret. In a plan inside another, it is the name that the secret has there. */
export function nameOfSecret(shown: Json): string | undefined {
  return typeof shown === 'string' ? /^‹secret ([^]+)›$/.exec(shown)?.[1] : undefined;
}
