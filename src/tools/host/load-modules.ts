import path from 'node:path';

import { PortiaError } from '../../domain/errors.js';
import { digestValue } from '../../domain/values/digest.js';
import { canonicalJson } from '../../domain/values/json.js';
import { describeThrown } from '../../domain/values/thrown.js';
import { findModuleFiles, GIVEN_MODULES } from '../module-files.js';
import { digestOfSources, moduleSources } from '../module-sources.js';
import type { Tool, ToolOrigin } from '../tool.js';
import { hostedTool } from './hosted-tool.js';
import type { ToolDeclaration } from './protocol.js';
import { Thrown } from './host-errors.js';
import type { ToolHosts } from './tool-hosts.js';

export interface ModuleOptions {
  /** Absolute path. Patterns are relative to it and may not leave it. */
  projectRoot: string;
  hosts: ToolHosts;
  /** Is given the files of all modules before the first is loaded, then what each consists of, and may reject. */
  check?(files: string[]): Promise<void>;
  /** Where what modules declare is kept. */
  kept?: KeptDeclarations | undefined;
  /**
   * What is kept is enough, and no module is loaded. The first time that a tool has to do something its module is loaded
   * after all; when it declares something else by then, that is refused.
   */
  mayRecall?: boolean;
}

/** What modules declared when they were loaded last. */
export interface KeptDeclarations {
  /** For each module, in order; undefined when nothing is kept of exactly these. */
  recall(modules: string): Promise<ToolDeclaration[][] | undefined>;
  keep(modules: string, declared: ToolDeclaration[][]): Promise<void>;
}

interface FoundModule {
  file: string;
  /** As people write it. */
  shown: string;
  /** Undefined when its sources cannot be read. */
  origin: ToolOrigin | undefined;
}

/**
 * The tools that the project's own modules export, in the order of the patterns, then of the file names.
 * TypeScript needs no build step. Rejects with `invalid-settings`, naming the file, when a pattern matches nothing, a
 * module cannot be loaded, or a module exports no tool.
 */
export async function loadToolModules(patterns: string[], options: ModuleOptions): Promise<Tool[]> {
  const { projectRoot, hosts, check, kept, mayRecall = false } = options;
  const files = await findModuleFiles(patterns, projectRoot);
  await check?.(files);
  const modules: FoundModule[] = [];
  for (const file of files) modules.push(await findModule(file, options));
  const key = keyOf(modules);
  const load = async () => {
    const declared = await declarationsOf(modules, hosts);
    if (key !== undefined) await kept?.keep(key, declared);
    return declared;
  };
  const known = mayRecall && key !== undefined ? await kept?.recall(key) : undefined;
  const confirm = known && onlyOnce(async () => refuseOthers(modules, known, await load()));
  const declared = known ?? (await load());
  return modules.flatMap(({ file, origin }, index) =>
    (declared[index] ?? []).map((declaration) => hostedTool(declaration, { file, origin, hosts, confirm })),
  );
}

async function findModule(file: string, { projectRoot, check }: ModuleOptions): Promise<FoundModule> {
  const shown = path.relative(projectRoot, file);
  // Before it is loaded: what is read here is never newer than what runs.
  const sources = await moduleSources(file, { projectRoot, given: GIVEN_MODULES }).catch(() => undefined);
  await check?.((sources ?? []).map((source) => path.join(projectRoot, source.path)));
  const origin = sources && { file: shown.replaceAll(path.sep, '/'), digest: digestOfSources(sources) };
  return { file, shown, origin };
}

/** Of all that the modules consist of; undefined when that is not known. */
function keyOf(modules: readonly FoundModule[]): string | undefined {
  if (modules.some(({ origin }) => origin === undefined)) return undefined;
  return digestValue(modules.map(({ origin }) => [origin?.file, origin?.digest]));
}

/** What the tools of each module are, by the modules themselves. */
async function declarationsOf(modules: readonly FoundModule[], hosts: ToolHosts): Promise<ToolDeclaration[][]> {
  return hosts.load(async (describe) => {
    const declared: ToolDeclaration[][] = [];
    for (const module of modules) declared.push(await describeModule(module, describe));
    return declared;
  });
}

async function describeModule(
  { file, shown }: FoundModule,
  describe: (file: string) => Promise<ToolDeclaration[]>,
): Promise<ToolDeclaration[]> {
  const declarations = await describe(file).catch((cause: unknown) => {
    throw refuse(`The tool module ${shown} cannot be loaded.`, {
      why: whyNotLoaded(cause, { file, shown }),
      fix: `Correct ${shown}, or remove it from "tools": {"modules": [...]} in portia.json.`,
      cause,
    });
  });
  if (declarations.length > 0) return declarations;
  throw refuse(`The tool module ${shown} exports no tool.`, {
    fix: "Write in it: import { defineTool } from 'portia'; export const myTool = defineTool({ … });",
  });
}

/** Throws `stale` when a module declares something else than what was kept of the same sources. */
function refuseOthers(modules: readonly FoundModule[], known: ToolDeclaration[][], now: ToolDeclaration[][]): void {
  const other = modules.find((_module, index) => canonicalJson(known[index]) !== canonicalJson(now[index]));
  if (other === undefined) return;
  throw new PortiaError('stale', `The tool module ${other.shown} declares something else than before.`, {
    why: 'Its files have not changed, so what it declares depends on something else. Nothing was called.',
    fix: 'Give the same command again.',
  });
}

function onlyOnce<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let begun: Promise<Value> | undefined;
  return async () => (begun ??= work());
}

/** Why a module cannot be loaded, with its place in the module, when that is known and not in its text. */
export function whyNotLoaded(cause: unknown, { file, shown }: { file: string; shown: string }): string {
  const place = cause instanceof Thrown && cause.place !== undefined ? ` (${shown}${cause.place})` : '';
  return describeThrown(cause).replaceAll(file, shown) + place;
}

function refuse(what: string, details: { why?: string; fix: string; cause?: unknown }): PortiaError {
  return new PortiaError('invalid-settings', what, details);
}
