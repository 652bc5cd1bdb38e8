import { portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import { nearestToolId } from '../domain/values/nearest-name.js';
import { shownReadiness } from './readiness.js';
import type { Readiness, Tool, ToolEnvironment } from './tool.js';
import { matchToolIds } from './tool-globs.js';

/** The tools that a command may use, by id. */
export interface ToolRegistry {
  get(id: string): Tool | undefined;
  /** Throws `not-found` with the nearest id when there is none. */
  require(id: string): Tool;
  /** Sorted by id. */
  list(): Tool[];
  /**
   * Those that some `include` matches (all when it is empty) and no `exclude` does.
   * Rejects with `not-found` for a glob that matches no tool, because it would silently give other tools than meant.
   */
  select(globs: { include?: string[] | undefined; exclude?: string[] | undefined }): Promise<ToolRegistry>;
}

/** Throws `invalid-settings` when two tools have the same id. */
export function createRegistry(tools: Tool[]): ToolRegistry {
  const byId = new Map<string, Tool>();
  for (const tool of tools) {
    const other = byId.get(tool.id);
    if (other !== undefined) throw duplicate(other, tool);
    byId.set(tool.id, tool);
  }
  const list = () => [...byId.values()].sort((one, two) => (one.id < two.id ? -1 : 1));
  return {
    get: (id) => byId.get(id),
    require: (id) => {
      const tool = byId.get(id);
      if (tool === undefined) throw unknownTool(id, [...byId.keys()]);
      return tool;
    },
    list,
    select: async ({ include = [], exclude = [] }) => {
      const idsOf = async (globs: string[]) => {
        const found = await Promise.all(globs.map(async (glob) => idsMatching(glob, [...byId.keys()])));
        return new Set(found.flat());
      };
      const included = include.length === 0 ? new Set(byId.keys()) : await idsOf(include);
      const excluded = await idsOf(exclude);
      return createRegistry(list().filter(({ id }) => included.has(id) && !excluded.has(id)));
    },
  };
}

async function idsMatching(glob: string, ids: string[]): Promise<string[]> {
  const found = ids.filter(await matchToolIds(glob));
  if (found.length === 0) throw unknownTool(glob, ids);
  return found;
}

function duplicate(one: Tool, two: Tool): PortiaError {
  const describe = (tool: Tool) => `"${tool.name}" (${tool.source})`;
  return new PortiaError(
    'invalid-settings',
    `Two tools have the id ${one.id}: ${describe(one)} and ${describe(two)}.`,
    {
      fix: 'Give one of them another id, or remove one from portia.json.',
    },
  );
}

function unknownTool(id: string, ids: string[]): PortiaError {
  const nearest = nearestToolId(id, ids);
  return new PortiaError('not-found', `There is no tool ${JSON.stringify(id)}.`, {
    why: nearest === undefined ? undefined : `Did you mean ${nearest}?`,
    fix: nearest === undefined ? portia('tools', 'list') : portia('tools', 'describe', nearest),
  });
}

export interface EffectiveTool {
  tool: Tool;
  /** When it is off: why, and how to switch it on. */
  readiness: Readiness;
}

/** Every tool with whether it can work here, sorted by id. */
export async function effectiveTools(registry: ToolRegistry, environment: ToolEnvironment): Promise<EffectiveTool[]> {
  return Promise.all(
    registry.list().map(async (tool) => ({ tool, readiness: await shownReadiness(tool, { environment }) })),
  );
}
