import type { ModelTool } from '../../models/model.js';
import type { Tool } from '../../tools/tool.js';

/** Longest name of a function that every endpoint takes. */
const MAX_NAME = 64;

/** The tools by the names under which a model calls them: distinct, and none that is `taken`. */
export function nameFunctions(tools: Tool[], taken: readonly string[]): Map<string, Tool> {
  const named = new Map<string, Tool>();
  for (const tool of tools) {
    const plain = tool.id.replaceAll(/[^A-Za-z0-9_-]/g, '_');
    let name = plain.slice(0, MAX_NAME);
    for (let number = 2; named.has(name) || taken.includes(name); number += 1) {
      const ending = `_${number}`;
      name = `${plain.slice(0, MAX_NAME - ending.length)}${ending}`;
    }
    named.set(name, tool);
  }
  return named;
}

export function toFunction(name: string, tool: Tool): ModelTool {
  return { name, description: tool.description, parameters: tool.inputSchema() };
}
