import type { ToolEffect } from '../domain/values/tool-effects.js';
import { builtinTools } from '../tools/builtin/builtin-tools.js';
import type { ToolRegistry } from '../tools/registry.js';
import type { Tool } from '../tools/tool.js';

/** The effect of each tool, by id. */
export function effectsOf(registry: Pick<ToolRegistry, 'list'>): Map<string, ToolEffect> {
  return new Map(registry.list().map((tool) => [tool.id, tool.effect]));
}

/** Ids of the tools that send their arguments to another machine. */
export function sendersOf(tools: readonly Tool[]): Set<string> {
  return new Set(tools.filter(({ sends }) => sends === true).map(({ id }) => id));
}

/** The same without loading anything that is not a part of portia. */
export function effectsOfBuiltinTools(): Map<string, ToolEffect> {
  return new Map(builtinTools().map((tool) => [tool.id, tool.effect]));
}
