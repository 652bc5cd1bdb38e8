import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import type * as Jiti from 'jiti';
import picomatch from 'picomatch';

import { errnoOf, messageOf, PortiaError } from '../domain/errors.js';
import { describeThrown } from '../domain/values/thrown.js';
import { digestOfSources, moduleSources } from './module-sources.js';
import type { Tool, ToolOrigin } from './tool.js';

const require = createRequire(import.meta.url);

/** Names that a tool module imports and that mean portia's own copy. */
export const GIVEN_MODULES: readonly string[] = ['portia', 'zod'];

export interface ModuleOptions {
  /** Absolute path. Patterns are relative to it and may not leave it. */
  projectRoot: string;
  /**
   * What `import … from 'portia'` and `'zod'` mean in a tool module: absolute paths of CommonJS files, so that it works
   * in a project without node_modules.
   */
  aliases: Record<string, string>;
  /** Is given the files of all modules before the first is loaded, then what each consists of, and may reject. */
  check?(files: string[]): Promise<void>;
}

/**
 * The tools that the project's own modules export, in the order of the patterns, then of the file names.
 * TypeScript needs no build step. Rejects with `invalid-settings`, naming the file, when a pattern matches nothing, a
 * module cannot be imported, or a module exports no tool.
 */
export async function loadToolModules(patterns: string[], options: ModuleOptions): Promise<Tool[]> {
  const files = await findModuleFiles(patterns, options.projectRoot);
  await options.check?.(files);
  const tools: Tool[] = [];
  for (const file of files) tools.push(...(await loadToolModule(file, options)));
  return tools;
}

/** Absolute paths of the files that the patterns name, each once. Rejects with `invalid-settings` for one that names none. */
export async function findModuleFiles(patterns: string[], projectRoot: string): Promise<string[]> {
  const files = new Set<string>();
  for (const pattern of patterns) for (const file of await matchFiles(pattern, projectRoot)) files.add(file);
  return [...files];
}

function refuse(what: string, details: { why?: string; fix: string; cause?: unknown }): PortiaError {
  return new PortiaError('invalid-settings', what, details);
}

async function matchFiles(pattern: string, root: string): Promise<string[]> {
  const absolute = path.resolve(root, pattern);
  const relative = path.relative(root, absolute);
  if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative)) {
    throw refuse(`The tool module ${JSON.stringify(pattern)} is outside ${root}.`, {
      fix: 'Put it below the folder of portia.json, e.g. "tools": {"modules": ["./tools/*.ts"]}',
    });
  }
  const { base, isGlob } = picomatch.scan(relative);
  if (!isGlob) return [absolute];
  const isMatch = picomatch(relative);
  const found = (await filesBelow(path.join(root, base)))
    .filter((file) => isMatch(path.relative(root, file)) && !file.endsWith('.d.ts'))
    .sort();
  if (found.length > 0) return found;
  throw refuse(`No file matches the tool modules ${JSON.stringify(pattern)} below ${root}.`, {
    fix: 'Correct or remove it under "tools": {"modules": [...]} in portia.json.',
  });
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (entry.isFile()) files.push(path.join(folder, entry.name));
    const isSearched = entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.');
    if (isSearched) files.push(...(await filesBelow(path.join(folder, entry.name))));
  }
  return files;
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

async function loadToolModule(file: string, { projectRoot, aliases, check }: ModuleOptions): Promise<Tool[]> {
  const shown = path.relative(projectRoot, file);
  // Before it is loaded: what is read here is never newer than what runs.
  const sources = await moduleSources(file, { projectRoot, given: Object.keys(aliases) }).catch(() => undefined);
  await check?.((sources ?? []).map((source) => path.join(projectRoot, source.path)));
  const exported = await importModule(file, aliases).catch((cause: unknown) => {
    throw refuse(`The tool module ${shown} cannot be loaded.`, {
      why: describeThrown(cause) + placeOf(cause, file, shown),
      fix: `Correct ${shown}, or remove it from "tools": {"modules": [...]} in portia.json.`,
      cause,
    });
  });
  const tools = Object.values(exported).flatMap(toolsIn);
  const origin = sources && { file: shown.replaceAll(path.sep, '/'), digest: digestOfSources(sources) };
  if (tools.length > 0) return [...new Set(tools)].map((tool) => withOrigin(tool, origin));
  throw refuse(`The tool module ${shown} exports no tool.`, {
    fix: "Write in it: import { defineTool } from 'portia'; export const myTool = defineTool({ … });",
  });
}

async function importModule(file: string, aliases: Record<string, string>): Promise<Record<string, unknown>> {
  if (/\.m?js$/.test(file)) {
    try {
      return await import(pathToFileURL(file).href);
    } catch (error) {
      // Either only portia's own names do not resolve from its folder, or translating it says where the mistake is.
      if (!lacksAlias(error, aliases) && !(error instanceof SyntaxError)) throw error;
    }
  }
  const { createJiti }: typeof Jiti = require('jiti');
  const virtualModules = loadAliases(aliases);
  // No cache on disk: it would be in a folder that others may write.
  const jiti = createJiti(pathToFileURL(file).href, { virtualModules, fsCache: false, interopDefault: false });
  return jiti.import(file);
}

/** Where in the module an error arose, when that is not in its message: ` (tools/mine.ts:3)`. Columns are those of the translation. */
function placeOf(error: unknown, file: string, shown: string): string {
  const stack = error instanceof Error ? (error.stack ?? '').replace(error.message, '') : '';
  const [, place] = stack.split(file)[1]?.match(/^:(\d+)/) ?? [];
  return place === undefined || messageOf(error).includes(file) ? '' : ` (${shown}:${place})`;
}

/** Loaded here, because jiti would translate the whole of our own code again. */
function loadAliases(aliases: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(aliases).map(([name, entry]) => [name, require(entry)]));
}

function lacksAlias(error: unknown, aliases: Record<string, string>): boolean {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) return false;
  return Object.keys(aliases).some((name) => messageOf(error).includes(`'${name}'`));
}

/** The tool itself where that can be, because its methods may know it. */
function withOrigin(tool: Tool, origin: ToolOrigin | undefined): Tool {
  const changed: Tool = Object.isExtensible(tool) ? tool : Object.create(tool);
  return Object.defineProperty(changed, 'origin', { value: origin, configurable: true });
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
