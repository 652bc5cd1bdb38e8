import { canonicalJson, type Json, type JsonSchema } from '../../domain/values/json.js';
import type { CheckValue } from '../../tools/json-schema.js';
import { createSchemaCompiler } from '../compile-schema.js';
import type { ValidateValue } from './check-inputs.js';

/** JSON Schemas that are compiled, so that values can be checked without waiting. */
export interface SchemaChecks {
  /** Rejects with a PortiaError `invalid-input` for a value that is not a schema. */
  prepare(schemas: Iterable<JsonSchema>): Promise<void>;
  /** What is wrong with the value; nothing for a schema that was not prepared. */
  validate: ValidateValue;
  /** As `validate`, for values that are given together: after one that took too long, the others are not checked. */
  validateTogether(): ValidateValue;
}

export function createSchemaChecks(): SchemaChecks {
  const checks = new Map<string, CheckValue>();
  const compile = createSchemaCompiler();
  const check = (schema: JsonSchema, value: Json) => checks.get(canonicalJson(schema))?.(value) ?? [];
  return {
    async prepare(schemas) {
      for (const schema of schemas) {
        const key = canonicalJson(schema);
        if (!checks.has(key)) checks.set(key, await compile(schema));
      }
    },
    validate: (schema, value) => check(schema, value).map(describe),
    validateTogether() {
      let isTooSlow = false;
      return (schema, value) => {
        // It could take as long, and there may be hundreds.
        if (isTooSlow) return ['is not checked, because a value before it takes too long'];
        const problems = check(schema, value);
        isTooSlow = problems.some((problem) => problem.isTooSlow);
        return problems.map(describe);
      };
    },
  };
}

function describe({ pointer, message }: ReturnType<CheckValue>[number]): string {
  return `${pointer} ${message}`.trimStart();
}
