import type { JsonSchema } from '../../../domain/values/json.js';
import type { Tool } from '../../tool.js';
import type { DeclaredSchema, ToolDeclaration } from '../protocol.js';
import { thrownError } from './thrown-error.js';

/** The tools that a module exports, each once. */
export function toolsOf(exported: Record<string, unknown>): Tool[] {
  return [...new Set(Object.values(exported).flatMap(toolsIn))];
}

/** A module may export one tool, or several in a list. */
function toolsIn(exported: unknown): Tool[] {
  return (Array.isArray(exported) ? exported : [exported]).filter(isTool);
}

// By shape, because the module may have been given another copy of defineTool.
function isTool(value: unknown): value is Tool {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['id', 'name', 'description', 'effect', 'source'];
  const functions = ['inputSchema', 'parseArguments', 'run'];
  const has = (key: string, type: string) => typeof Reflect.get(value, key) === type;
  return texts.every((key) => has(key, 'string')) && functions.every((key) => has(key, 'function'));
}

/** What others need to know of a tool. */
export function declarationOf(tool: Tool): ToolDeclaration {
  const { id, name, description, effect, sends, isPublic, timeoutMs, env, allow, concurrent } = tool;
  return {
    id,
    name,
    description,
    effect,
    ...(sends !== undefined && { sends }),
    ...(isPublic !== undefined && { isPublic }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(env !== undefined && { env }),
    ...(allow !== undefined && { allow }),
    ...(concurrent !== undefined && { concurrent }),
    inputSchema: declared(() => tool.inputSchema()),
    outputSchema: declared(() => tool.outputSchema?.()),
    hasReadiness: tool.readiness !== undefined,
    hasInspect: tool.inspect !== undefined,
  };
}

function declared(schemaOf: () => JsonSchema): DeclaredSchema;
function declared(schemaOf: () => JsonSchema | undefined): DeclaredSchema | undefined;
function declared(schemaOf: () => JsonSchema | undefined): DeclaredSchema | undefined {
  try {
    const schema = schemaOf();
    return schema && { ok: true, schema };
  } catch (error) {
    return { ok: false, error: thrownError(error) };
  }
}
