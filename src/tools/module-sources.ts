import { readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { digestText, digestValue } from '../domain/values/digest.js';
import { errnoOf } from '../domain/errors.js';

/** One file that a module consists of. */
export interface ModuleSource {
  /** Relative to the project root, with slashes. */
  path: string;
  /** SHA-256 of its bytes. */
  digest: string;
}

export interface SourceOptions {
  /** Absolute path. */
  projectRoot: string;
  /** Names that portia itself gives to a module, such as its own. */
  given: readonly string[];
}

/**
 * The files that a module consists of: itself and the modules of the project that it imports, and so on, by path. What
 * is in `node_modules` is not followed.
 *
 * The text is searched for names of files rather than understood: a name in a comment is followed, too, if there is such
 * a file. One file too many only means one more question when it changes; one too few would be code that nobody sees.
 * Names that are put together while the module runs are not found.
 */
export async function moduleSources(file: string, options: SourceOptions): Promise<ModuleSource[]> {
  const { projectRoot } = options;
  const found = new Map<string, string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    const bytes = await readFile(next);
    found.set(next, digestText(bytes));
    if (IS_CODE.test(next)) waiting.push(...(await importedFiles(next, bytes.toString('utf8'), options)));
  }
  return [...found]
    .map(([name, digest]) => ({ path: path.relative(projectRoot, name).replaceAll(path.sep, '/'), digest }))
    .sort((one, two) => (one.path < two.path ? -1 : 1));
}

/** All of it in one digest. */
export function digestOfSources(sources: ModuleSource[]): string {
  return digestValue(sources.map((source) => [source.path, source.digest]));
}

const IS_CODE = /\.[cm]?[jt]sx?$/;

async function importedFiles(from: string, text: string, options: SourceOptions): Promise<string[]> {
  // A module that is reached through a link resolves its own imports from where it really is.
  const places = new Set([from, await realpath(from)]);
  const files = new Set<string>();
  for (const place of places) {
    for (const name of namesIn(text)) for (const file of await filesOf(name, place, options)) files.add(file);
  }
  return [...files].filter((file) => !file.split(path.sep).includes('node_modules'));
}

/** Every quoted text that may name a file, and what follows `import`, `from`, `require` or `resolve`. */
function namesIn(text: string): Set<string> {
  const names = new Set<string>();
  for (const pattern of [RELATIVE_NAME, IMPORTED_NAME]) {
    for (const [, , name = ''] of text.matchAll(pattern)) names.add(unescaped(name));
  }
  return names;
}

// Looked for from every place, because a quote in a comment may seem to begin a text. A text may hold escapes:
// './\x61.js' is './a.js'.
const RELATIVE_NAME = /(?=(['"`])((?:\.|\\[xu])(?:(?!\1)[^\\\n]|\\[^\n])*)\1)/g;
const IMPORTED_NAME =
  /\b(?:import|from|require|resolve)\b(?=(?:\s|\/\*(?:[^*]|\*(?!\/))*\*\/|\/\/[^\n]*\n|\()*(['"`])((?:(?!\1)[^\\\n]|\\[^\n])+)\1)/g;

function unescaped(name: string): string {
  return name.replaceAll(/\\(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]+)\}|(.))/gi, (_all, ...groups: unknown[]) => {
    const [two, four, many, other] = groups.map((group) => (typeof group === 'string' ? group : undefined));
    const code = Number.parseInt(two ?? four ?? many ?? '', 16);
    return other ?? (code <= 0x10_ff_ff ? String.fromCodePoint(code) : '');
  });
}

/** The files that a name may mean; all that are there, whichever of them the loader takes. */
async function filesOf(name: string, from: string, { projectRoot, given }: SourceOptions): Promise<string[]> {
  if (given.includes(name)) return [];
  const resolved = await resolvedFile(name, from);
  const clean = name.replace(/[?#].*$/, '');
  if (/^\.\.?(\/|$)/.test(clean)) {
    return existing([...candidates(path.resolve(path.dirname(from), clean)), ...resolved]);
  }
  // The project's own names: `#lib/x` and packages of a workspace.
  return resolved.filter((file) => isInside(file, projectRoot));
}

async function resolvedFile(name: string, from: string): Promise<string[]> {
  try {
    const resolved = createRequire(from).resolve(name);
    return path.isAbsolute(resolved) ? [await realpath(resolved)] : [];
  } catch {
    return [];
  }
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return !relative.startsWith('..') && !path.isAbsolute(relative);
}

const EXTENSIONS = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json'];

function candidates(file: string): string[] {
  const bare = file.replace(/\.[cm]?jsx?$/, '');
  const names = bare === file ? [file] : [file, bare];
  const withExtensions = names.flatMap((name) => EXTENSIONS.map((extension) => name + extension));
  const indexes = EXTENSIONS.map((extension) => path.join(file, `index${extension}`));
  return [file, ...withExtensions, ...indexes, path.join(file, 'package.json')];
}

async function existing(files: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const file of files) if (await isFile(file)) found.push(file);
  return found;
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES'].includes(errnoOf(error) ?? '')) return false;
    if (error instanceof TypeError) return false;
    throw error;
  }
}
