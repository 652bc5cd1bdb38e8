import type { JsonSchema } from '../domain/values/json.js';
import type { CheckValue, CompileAllowance } from '../tools/json-schema.js';
import { thisProcess } from './this-process.js';

/** Compiles the schemas of one plan. Large ones have one time together, which counts what this process works. */
export function createSchemaCompiler(): (schema: JsonSchema) => Promise<CheckValue> {
  let allowance: CompileAllowance | undefined;
  return async (schema) => {
    const tools = await import('../tools/json-schema.js');
    allowance ??= tools.compileAllowance();
    return tools.compileSchema(schema, { cpuTime: thisProcess().cpuTime, allowance });
  };
}

/** Compiles one schema that stands alone. */
export async function compileSchema(schema: JsonSchema): Promise<CheckValue> {
  return createSchemaCompiler()(schema);
}
