import type { ToolEffect } from '../domain/events.js';
import { builtinTools } from '../tools/builtin/builtin-tools.js';
import type { ToolRegistry } from '../tools/registry.js';
import type { Session } from './session.js';

/** The effect of every tool that is here, by id. */
export async function effectsOfTools(session: Session): Promise<Map<string, ToolEffect>> {
  return effectsOf(await session.services.tools());
}

export function effectsOf(registry: Pick<ToolRegistry, 'list'>): Map<string, ToolEffect> {
  return new Map(registry.list().map((tool) => [tool.id, tool.effect]));
}

/** The same without loading anything that is not a part of portia. */
export function effectsOfBuiltinTools(): Map<string, ToolEffect> {
  return new Map(builtinTools().map((tool) => [tool.id, tool.effect]));
}
