import type { Json, JsonObject } from '../domain/values/json.js';
import { isOptInTool } from '../domain/values/opt-in-tools.js';
import type { Settings } from '../config/settings.js';
import { createStub, dryRun } from '../tools/stub.js';
import type { Readiness, Tool } from '../tools/tool.js';
import { isOff } from '../tools/tool-globs.js';

/** The tools as the user wants them: some switched off, described differently, or replaced by fixed results. */
export async function arrangeTools(
  tools: Tool[],
  settings: Settings,
  replaced: { stubs?: ReadonlyMap<string, Json> | undefined; dryRun?: boolean | undefined },
): Promise<Tool[]> {
  const { enable, disable } = settings.tools;
  const off = await isOff({ enable: enable.map(({ value }) => value), disable: disable.map(({ value }) => value) });
  const kept = tools.filter(({ id }) => !off(id)).map((tool) => waitingForName(tool, enable));
  const arranged = kept.map((tool) => arrange(tool, settings.tools));
  const real = replaced.dryRun ? dryRun(arranged) : arranged;
  const stubs = replaced.stubs ?? new Map<string, Json>();
  return [...withStubs(real, stubs), ...stubsOfUnknownTools(real, stubs)];
}

/** The tool itself, unless only its own name in `enable` switches it on: a pattern may have been meant for others. */
function waitingForName(tool: Tool, enable: Settings['tools']['enable']): Tool {
  const { id } = tool;
  if (!isOptInTool(id) || enable.some(({ value }) => value === id)) return tool;
  const readiness: Readiness = {
    ready: false,
    why: 'Settings must enable it first, by its whole name.',
    fix: `"tools": {"enable": [${JSON.stringify(id)}]} in portia.json, or in your own settings`,
  };
  return Object.create(tool, { readiness: { value: () => readiness, enumerable: true } });
}

function arrange(tool: Tool, { describe, settings }: Settings['tools']): Tool {
  const description = describe.get(tool.id)?.value;
  const own = [...(settings.get(tool.settingsOf ?? tool.id) ?? [])]
    .filter(([name]) => !ABOUT_TIME.includes(name))
    .map(([name, { value }]) => [name, value] as const);
  if (description === undefined && own.length === 0) return tool;
  const arranged: JsonObject = {
    ...(description !== undefined && { description }),
    ...(own.length > 0 && { settings: Object.fromEntries(own) }),
  };
  return Object.create(tool, {
    arranged: { value: arranged, enumerable: true },
    ...(description !== undefined && { description: { value: description, enumerable: true } }),
  });
}

/** Settings that change nothing of what a call does. */
const ABOUT_TIME: readonly string[] = ['timeout_ms'];

function withStubs(tools: Tool[], stubs: ReadonlyMap<string, Json>): Tool[] {
  return tools.map((tool) => {
    const value = stubs.get(tool.id);
    return value === undefined ? tool : createStub(tool, value);
  });
}

function stubsOfUnknownTools(tools: Tool[], stubs: ReadonlyMap<string, Json>): Tool[] {
  const known = new Set(tools.map((tool) => tool.id));
  return [...stubs].filter(([id]) => !known.has(id)).map(([id, value]) => createStub(id, value));
}
