import { statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import type { TrustItem } from '../../config/trust-items.js';
import type { TrustRecord } from '../../config/trusted-projects.js';
import { digestText } from '../../domain/values/digest.js';
import { errnoOf, PortiaError } from '../../domain/errors.js';
import { parseExecName } from '../../models/providers/model-names.js';
import { moduleSources, type ModuleSource } from '../../tools/module-sources.js';
import { findModuleFiles, GIVEN_MODULES } from '../../tools/module-files.js';
import { isReallyInside } from './real-path.js';

/** One part of a project that needs trust, with the files of the project that would run. */
export interface TrustEntry extends TrustItem {
  files: ModuleSource[];
}

/** What the user is shown, and what a yes to exactly this content is bound to. */
export async function trustedContent(items: readonly TrustItem[], root: string): Promise<TrustEntry[]> {
  return Promise.all(items.map(async (item) => ({ ...item, files: await filesOf(item, root) })));
}

/** Absolute paths of all these files. */
export async function filesOfItems(items: readonly TrustItem[], root: string): Promise<string[]> {
  const entries = await trustedContent(items, root);
  return entries.flatMap(({ files }) => files.map((file) => resolve(root, file.path)));
}

/** As it is kept. */
export function recordOfContent(entries: readonly TrustEntry[]): Pick<TrustRecord, 'items' | 'files'> {
  const files = entries.flatMap((entry) => entry.files.map(({ path, digest }): [string, string] => [path, digest]));
  return { items: entries.map(textOf), files: Object.fromEntries(files) };
}

/** What is not as the user saw it: items that are new, and files that are new or changed. */
export function changesSince(record: TrustRecord | undefined, entries: readonly TrustEntry[]): TrustEntry[] {
  const items = new Set(record?.items);
  const files = new Map(Object.entries(record?.files ?? {}));
  return entries.flatMap((entry) => {
    const changed = entry.files.filter(({ path, digest }) => files.get(path) !== digest);
    return items.has(textOf(entry)) && changed.length === 0 ? [] : [{ ...entry, files: changed }];
  });
}

/** As it is kept: a command or an address may hold something that should not be in a second file. */
function textOf({ where, what }: TrustItem): string {
  return `${where}: ${digestText(what)}`;
}

async function filesOf(item: TrustItem, root: string): Promise<ModuleSource[]> {
  if (item.kind === 'module' || item.kind === 'hooks') return sourcesOf(await moduleFilesOf(item.what, root), root);
  if (item.program !== undefined) return sourcesOf(filesOfProgram(item.program, { root, cwd: root }), root);
  if (item.kind === 'program') return sourcesOf(programFiles(parseExecName(item.what) ?? '', root), root);
  return [];
}

/** None for what cannot be loaded: loading it says why. */
async function moduleFilesOf(pattern: string, root: string): Promise<string[]> {
  try {
    return await findModuleFiles([pattern], root);
  } catch (error) {
    if (error instanceof PortiaError) return [];
    throw error;
  }
}

/** Files of the project that a command names: a script, or what an interpreter is given. */
export function programFiles(command: string, root: string): string[] {
  const words = command.split(/[\s'"=;|&<>()]+/).filter((word) => word !== '');
  return filesInside(
    words.map((word) => resolve(root, word)),
    root,
  );
}

/** The same of a program that is a tool: `root` is where its own path begins, `cwd` where it runs. */
export function filesOfProgram(
  { command: [program = '', ...words], cwd }: NonNullable<TrustItem['program']>,
  place: { root: string; cwd: string },
): string[] {
  const { root } = place;
  const directory = cwd === undefined ? place.cwd : resolve(root, cwd);
  const named = words.flatMap((word) => [word, ...word.split('=')]).filter((word) => word !== '');
  return filesInside([resolve(root, program), ...named.map((word) => resolve(directory, word))], root);
}

function filesInside(files: string[], root: string): string[] {
  return [...new Set(files)].filter((file) => isFile(file) && isReallyInside(file, root));
}

/** False also for a word that no file can have as its name. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch (error) {
    if (['ENAMETOOLONG', 'ELOOP', 'EACCES'].includes(errnoOf(error) ?? '') || error instanceof TypeError) return false;
    throw error;
  }
}

/** The files with the modules that they import, each with its digest. */
export async function sourcesOf(files: string[], root: string): Promise<ModuleSource[]> {
  const found = new Map<string, ModuleSource>();
  for (const file of files.filter(isFile)) {
    for (const source of await moduleSources(file, { projectRoot: root, given: GIVEN_MODULES })) {
      found.set(source.path, source);
    }
  }
  const own = new Set(files.map((file) => relative(root, file)));
  // The modules themselves first, then what they import.
  const rank = ({ path }: ModuleSource) => (own.has(join(path)) ? 0 : 1);
  return [...found.values()].sort((one, other) => rank(one) - rank(other) || (one.path < other.path ? -1 : 1));
}
