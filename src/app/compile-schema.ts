import type { JsonSchema } from '../domain/values/json.js';
import type { CheckValue, CompileAllowance } from '../tools/json-schema.js';
import { thisProcess } from './this-process.js';

/** Compiles the schemas of one plan. Large ones share one time limit, which counts the time that this process works. */
export function createSchemaCompiler(): (schema: JsonSchema) => Promise<CheckValue> {
  let allowance: CompileAllowance | undefined;
  return async (schema) => {
    const tools = await import('../tools/json-schema.js');
    allowance ??= tools.compileAllowance();
    return tools.compileSchema(schema, { cpuTime: thisProcess().cpuTime, allowance });
  };
}

/** Compiles one schema that belongs to no plan. */
export async function compileSchema(schema: JsonSchema): Promise<CheckValue> {
  return createSchemaCompiler()(schema);
}
