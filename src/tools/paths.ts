import type { Stats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';

import type { ToolEnvironment } from './tool.js';
import { errnoOf } from '../domain/errors.js';
import { cutText } from '../domain/values/cut-text.js';
import { shellQuote } from '../domain/values/shell-quote.js';

/** How much of a name is repeated in a message. */
const MOST_SHOWN = 300;

/** The part of the environment that says where tools may go. */
export type Jail = Pick<ToolEnvironment, 'projectRoot' | 'allowedPaths' | 'storageRoot' | 'homeFolder'>;

/** What a name means. By the time that it is opened it may mean something else: see `open-located.ts`. */
export interface LocatedFile {
  ok: true;
  /** Absolute, without symbolic links. */
  path: string;
  /** Relative to the project root when inside it. */
  shown: string;
  /** Undefined when nothing is there. */
  stats: Stats | undefined;
  /** The jail without symbolic links. */
  jail: Jail;
}

export type Located = LocatedFile | { ok: false; message: string };

/** Names of portia's own folders and files, which no tool touches. */
const PROTECTED_FOLDERS: readonly string[] = ['plans', 'runs', 'users'];
const PROTECTED_FILES: readonly string[] = ['portia.json'];

/**
 * The file that a name from a plan, model or user means, when a tool may touch it: inside the project root or an
 * allowed path, also after following symbolic links. It is not a dot-file, not one of portia's own files, and is a
 * regular file or does not exist. For writing it must also have one name only, and not be a symbolic link.
 */
export async function locateFile(name: string, purpose: 'read' | 'write', jail: Jail): Promise<Located> {
  const refuse = (why: string): Located => ({
    ok: false,
    message: `Cannot ${purpose} ${JSON.stringify(cutText(name, MOST_SHOWN))}: ${why}`,
  });
  if (name.trim() === '') return refuse('the file name is empty.');
  if (name.includes('\0')) return refuse('the name contains a NUL character.');
  if (/\p{Cs}/u.test(name)) return refuse('the name holds half of a character, so no file can have it.');
  if (name.length > 4_096) return refuse('the name is longer than 4096 characters.');
  const wanted = path.resolve(jail.projectRoot, name);
  const lexical = refusalOf(wanted, jail);
  if (lexical !== undefined) return refuse(lexical);
  try {
    const real = await realpathOfNearest(wanted);
    const root = await realpathOfNearest(jail.projectRoot);
    const allowedPaths = await Promise.all(jail.allowedPaths.map(realpathOfNearest));
    const storageRoot = jail.storageRoot === undefined ? root : await realpathOfNearest(jail.storageRoot);
    const homeFolder = jail.homeFolder === undefined ? undefined : await realpathOfNearest(jail.homeFolder);
    const realJail = { projectRoot: root, allowedPaths, storageRoot, homeFolder };
    const followed = refusalOf(real, realJail);
    if (followed !== undefined) return refuse(real === wanted ? followed : `it leads to ${real}, and ${followed}`);
    const problem = await problemOfFile(wanted, real, purpose);
    if (typeof problem === 'string') return refuse(problem);
    return { ok: true, path: real, shown: showPath(real, root), stats: problem, jail: realJail };
  } catch (error) {
    return refuse(explainFileError(error));
  }
}

function showPath(file: string, root: string): string {
  return isInside(file, root) ? path.relative(root, file) : file;
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Why a path may not be touched, judged by its text alone. */
export function refusalOf(file: string, jail: Jail): string | undefined {
  const { projectRoot: root, allowedPaths: allowed } = jail;
  const bases = [root, ...allowed].filter((base) => isInside(file, base));
  const nearest = bases.sort((one, two) => two.length - one.length)[0];
  if (nearest === undefined) {
    return `it is outside ${root}. To allow it: --allow-path ${shellQuote(path.dirname(file))}`;
  }
  const kept = isInside(file, root) ? undefined : hiddenInHome(file, jail);
  if (kept !== undefined) return `it is in ${kept}, and no allowed path opens hidden folders of the home folder.`;
  // Inside the root its rules hold even where the user opened a part of it.
  const base = isInside(file, root) ? root : nearest;
  const segments = path.relative(base, file).split(path.sep);
  const hidden = segments.find((segment) => segment.startsWith('.'));
  if (hidden !== undefined) return `tools never touch names that begin with a dot (${hidden}).`;
  const own = ownPart(file, jail);
  return own === undefined ? undefined : `${own} belongs to portia itself. Use another name.`;
}

/** The hidden folder of the home folder that a path is in: keys and settings of other programs are kept there. */
function hiddenInHome(file: string, { homeFolder }: Jail): string | undefined {
  if (homeFolder === undefined || !isInside(file, homeFolder)) return undefined;
  const [first = ''] = path.relative(homeFolder, file).split(path.sep);
  return first.startsWith('.') ? path.join(homeFolder, first) : undefined;
}

/** The part of a path that is portia's own: its folders wherever they are kept, and the project's settings. */
export function ownPart(file: string, { projectRoot, storageRoot = projectRoot }: Jail): string | undefined {
  for (const base of [projectRoot, storageRoot].filter((folder) => isInside(file, folder))) {
    const segments = path.relative(base, file).split(path.sep);
    const [first = ''] = segments;
    const name = first.toLowerCase();
    if (PROTECTED_FOLDERS.includes(name) || (segments.length === 1 && PROTECTED_FILES.includes(name))) return first;
  }
  return undefined;
}

/** The path with all symbolic links followed, up to the deepest part that exists. */
export async function realpathOfNearest(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (!isMissing(error) || (await isDangling(file))) throw error;
    const parent = path.dirname(file);
    return parent === file ? file : path.join(await realpathOfNearest(parent), path.basename(file));
  }
}

/** A link whose target is missing could be made to lead anywhere between the check and the use. */
async function isDangling(file: string): Promise<boolean> {
  return (await statOf(file))?.isSymbolicLink() === true;
}

async function statOf(file: string): Promise<Stats | undefined> {
  try {
    return await lstat(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function problemOfFile(
  wanted: string,
  real: string,
  purpose: 'read' | 'write',
): Promise<string | Stats | undefined> {
  if (purpose === 'write' && (await statOf(wanted))?.isSymbolicLink()) {
    return 'it is a symbolic link; tools write only to real files.';
  }
  const stats = await statOf(real);
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return 'it is a folder, and a file is needed.';
  if (!stats.isFile()) return 'it is a device, pipe or socket, and a regular file is needed.';
  if (purpose === 'write' && stats.nlink > 1) {
    return `it has ${stats.nlink} names (hard links), so writing it would change another file, too.`;
  }
  return stats;
}

export function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';
}

/** The file system's error as a sentence. */
export function explainFileError(error: unknown): string {
  switch (errnoOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full.';
    case 'EROFS':
      return 'the file system is read-only.';
    case 'ELOOP':
      return 'it is a symbolic link, or its links go in circles.';
    case 'ENAMETOOLONG':
      return 'the name is too long for this file system.';
    case 'ENOTDIR':
      return 'a part of the path is a file, not a folder.';
    case 'ENOENT':
      return 'it does not exist, or a symbolic link on the way leads nowhere.';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
