import { canonicalJson, type Json, type JsonSchema } from '../../domain/values/json.js';
import type { CheckValue } from '../../tools/json-schema.js';

/** JSON Schemas that were made ready, so that values can be checked without waiting. */
export interface SchemaChecks {
  /** Rejects with a PortiaError `invalid-input` for a value that is not a schema. */
  prepare(schemas: Iterable<JsonSchema>): Promise<void>;
  /** What is wrong with the value; nothing for a schema that was not prepared. */
  validate(schema: JsonSchema, value: Json): string[];
}

export function createSchemaChecks(): SchemaChecks {
  const checks = new Map<string, CheckValue>();
  return {
    async prepare(schemas) {
      for (const schema of schemas) {
        const key = canonicalJson(schema);
        if (checks.has(key)) continue;
        const { compileSchema } = await import('../../tools/json-schema.js');
        checks.set(key, await compileSchema(schema));
      }
    },
    validate(schema, value) {
      const problems = checks.get(canonicalJson(schema))?.(value) ?? [];
      return problems.map(({ pointer, message }) => `${pointer} ${message}`.trimStart());
    },
  };
}
