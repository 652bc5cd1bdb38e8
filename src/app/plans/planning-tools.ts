import { effectiveTools, type EffectiveTool } from '../../tools/registry.js';
import type { Services } from '../services.js';

/** What a new plan may use, as these globs narrow it. Rejects with `not-found` for a glob that names no tool. */
export async function planningTools(
  services: Pick<Services, 'planner' | 'tools' | 'toolEnvironment'>,
  { include = [], exclude = [] }: { include?: string[] | undefined; exclude?: string[] | undefined } = {},
): Promise<EffectiveTool[]> {
  // What works without a model needs none of the project's own tools; a glob may mean one of them.
  const needsNone = services.planner() === 'offline' && include.length + exclude.length === 0;
  const all = await services.tools(needsNone ? [] : undefined);
  return effectiveTools(await all.select({ include, exclude }), services.toolEnvironment);
}
