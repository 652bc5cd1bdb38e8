import { digestValue } from '../../domain/values/digest.js';
import { isJsonObject, toJson, type JsonObject, type JsonSchema } from '../../domain/values/json.js';

/** A tool as a server lists it. */
export interface ListedTool {
  name: string;
  title: string | undefined;
  description: string;
  inputSchema: JsonSchema;
  outputSchema: JsonSchema | undefined;
  /** What the server says of it. */
  annotations: JsonObject;
  /** All of it, as it was listed. */
  definition: JsonObject;
  /** Of the definition, and of the server that it is of. */
  digest: string;
}

/** What a server lists, and which one it says that it is. */
export interface ToolList {
  /** Its name and version. */
  server: string;
  /** By their names. */
  tools: ReadonlyMap<string, ListedTool>;
}

const MOST_DESCRIPTION = 16_384;

/** The name of a tool that can be a part of an id. */
const TOOL_NAME = /^[^\s,\p{C}]{1,128}$/u;

/** The tools that a server lists. What is not a tool is left out, and of two with one name the second. */
export function toolList(server: string, list: readonly unknown[]): ToolList {
  const tools = new Map<string, ListedTool>();
  for (const item of list) {
    const read = toJson(item);
    const tool = read.ok ? listedTool(server, read.value) : undefined;
    if (tool !== undefined && !tools.has(tool.name)) tools.set(tool.name, tool);
  }
  return { server, tools };
}

/** A tool of a list; undefined for what is none. */
function listedTool(server: string, definition: unknown): ListedTool | undefined {
  if (!isJsonObject(definition)) return undefined;
  const { name, title, description, inputSchema, outputSchema, annotations } = definition;
  if (typeof name !== 'string' || !TOOL_NAME.test(name)) return undefined;
  const own = isJsonObject(annotations) ? annotations : {};
  return {
    name,
    title: textOf(title) ?? textOf(own['title']),
    description: (textOf(description) ?? '').slice(0, MOST_DESCRIPTION),
    inputSchema: isJsonObject(inputSchema) ? inputSchema : { type: 'object' },
    outputSchema: isJsonObject(outputSchema) ? outputSchema : undefined,
    annotations: own,
    definition,
    digest: digestValue([server, definition]),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
