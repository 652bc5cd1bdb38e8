import type { JsonSchema } from './json.js';
import { nearestName } from './nearest-name.js';
import { changeParts } from './schema-parts.js';

const MEANT =
  'type enum const properties required items prefixItems additionalProperties patternProperties propertyNames ' +
  'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format minItems maxItems ' +
  'uniqueItems contains minContains maxContains minProperties maxProperties anyOf oneOf allOf dependentRequired ' +
  'dependentSchemas unevaluatedItems unevaluatedProperties title description default examples readOnly writeOnly ' +
  'deprecated definitions $ref $defs $schema $id';

const KEYWORDS: ReadonlySet<string> = new Set(MEANT.split(' '));

/** Too short, or too rarely meant, to be offered for another word. */
const OTHERS: ReadonlySet<string> = new Set(['not', 'if', 'then', 'else', 'id', 'note', 'example', 'nullable']);

/**
 * The words of a schema, at any depth, that are most likely misspelt keywords, each with what was meant: JSON Schema
 * ignores what it does not know, so the schema would take more than its author wrote.
 */
export function misspeltKeywords(schema: JsonSchema): { word: string; near: string }[] {
  const found: { word: string; near: string }[] = [];
  const visit = (part: JsonSchema): JsonSchema => {
    for (const word of Object.keys(part)) {
      const near = KEYWORDS.has(word) || OTHERS.has(word) ? undefined : nearestName(word, KEYWORDS);
      if (near !== undefined) found.push({ word, near });
    }
    return changeParts(part, visit);
  };
  visit(schema);
  return found;
}
