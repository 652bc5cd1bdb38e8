import type { Json, JsonObject } from '../domain/values/json.js';
import type { Tool } from './tool.js';

/** A tool that does nothing but give `value`. It keeps what the planner and the argument check see of the original. */
export function createStub(replaced: Tool | string, value: Json): Tool {
  const known: StubbedTool = typeof replaced === 'string' ? unknownTool(replaced) : replaced;
  return {
    id: known.id,
    name: known.name,
    description: known.description,
    effect: 'read',
    source: 'stub',
    inputSchema: () => known.inputSchema(),
    ...(known.prepare === undefined ? {} : { prepare: async () => known.prepare?.() }),
    parseArguments: (args) => known.parseArguments(args),
    // A clone, because the caller may keep and change what it gets.
    run: async () => ({ kind: 'output', value: structuredClone(value) }),
  };
}

type StubbedTool = Pick<Tool, 'id' | 'name' | 'description' | 'inputSchema' | 'prepare' | 'parseArguments'>;

/** A stub for a tool whose definition is not known: it takes any arguments. */
function unknownTool(id: string): StubbedTool {
  return {
    id,
    name: id,
    description: `Stands in for ${id} with a fixed result.`,
    inputSchema: () => ({ type: 'object', properties: {} }),
    parseArguments: (args) => ({ ok: true, args }),
  };
}

/** The tools with every one that does not only read replaced by one that says what it would have done. */
export function dryRun(tools: Tool[]): Tool[] {
  return tools.map((tool) => (tool.effect === 'read' ? tool : createDryStub(tool)));
}

function createDryStub(tool: Tool): Tool {
  const stub = createStub(tool, null);
  const value = (args: JsonObject): Json => ({
    dry_run: true,
    tool_id: tool.id,
    not_called_with: structuredClone(args),
  });
  return { ...stub, run: async (_context, args) => ({ kind: 'output', value: value(args) }) };
}
