import type { ToolEffect } from '../domain/events.js';
import type { Session } from './session.js';

/** The effect of every tool that is here, by id. */
export async function effectsOfTools(session: Session): Promise<Map<string, ToolEffect>> {
  const registry = await session.services.tools();
  return new Map(registry.list().map((tool) => [tool.id, tool.effect]));
}
