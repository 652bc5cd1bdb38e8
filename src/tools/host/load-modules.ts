import path from 'node:path';

import { PortiaError } from '../../domain/errors.js';
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
}

interface LoadedModule {
  file: string;
  origin: ToolOrigin | undefined;
  declarations: ToolDeclaration[];
}

/**
 * The tools that the project's own modules export, in the order of the patterns, then of the file names.
 * TypeScript needs no build step. Rejects with `invalid-settings`, naming the file, when a pattern matches nothing, a
 * module cannot be loaded, or a module exports no tool.
 */
export async function loadToolModules(patterns: string[], options: ModuleOptions): Promise<Tool[]> {
  const { projectRoot, hosts, check } = options;
  const files = await findModuleFiles(patterns, projectRoot);
  await check?.(files);
  const modules = await hosts.load(async (describe) => {
    const loaded: LoadedModule[] = [];
    for (const file of files) loaded.push(await loadModule(file, options, describe));
    return loaded;
  });
  return modules.flatMap(({ file, origin, declarations }) =>
    declarations.map((declaration) => hostedTool(declaration, { file, origin, hosts })),
  );
}

async function loadModule(
  file: string,
  { projectRoot, check }: ModuleOptions,
  describe: (file: string) => Promise<ToolDeclaration[]>,
): Promise<LoadedModule> {
  const shown = path.relative(projectRoot, file);
  // Before it is loaded: what is read here is never newer than what runs.
  const sources = await moduleSources(file, { projectRoot, given: GIVEN_MODULES }).catch(() => undefined);
  await check?.((sources ?? []).map((source) => path.join(projectRoot, source.path)));
  const declarations = await describe(file).catch((cause: unknown) => {
    throw refuse(`The tool module ${shown} cannot be loaded.`, {
      why: whyNot(cause, { file, shown }),
      fix: `Correct ${shown}, or remove it from "tools": {"modules": [...]} in portia.json.`,
      cause,
    });
  });
  const origin = sources && { file: shown.replaceAll(path.sep, '/'), digest: digestOfSources(sources) };
  if (declarations.length > 0) return { file, origin, declarations };
  throw refuse(`The tool module ${shown} exports no tool.`, {
    fix: "Write in it: import { defineTool } from 'portia'; export const myTool = defineTool({ … });",
  });
}

/** With its place in the module, when that is known and not in its text. */
function whyNot(cause: unknown, { file, shown }: { file: string; shown: string }): string {
  const place = cause instanceof Thrown && cause.place !== undefined ? ` (${shown}${cause.place})` : '';
  return describeThrown(cause).replaceAll(file, shown) + place;
}

function refuse(what: string, details: { why?: string; fix: string; cause?: unknown }): PortiaError {
  return new PortiaError('invalid-settings', what, details);
}
