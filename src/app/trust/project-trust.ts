import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';

import { originOf } from '../../config/base-url.js';
import { badSetting } from '../../config/invalid-settings.js';
import type { Project } from '../../config/project.js';
import type { UserSettings } from '../../config/settings-schema.js';
import { pathsFrom } from '../../config/settings.js';
import { divideProject, type ProjectFiles, type TrustItem } from '../../config/trust-items.js';
import type { Environment } from '../../domain/environment.js';

/** How far a project counts in this process. */
export interface ProjectTrust {
  /** Whether the user trusts it; true, too, where nothing needs it. */
  isTrusted: boolean;
  /** Everything in it that needs trust, trusted or not. */
  items: TrustItem[];
  /** Model servers on this machine that it names. */
  local: TrustItem[];
  /** What counts of its files. */
  files: ProjectFiles;
  /** Origins that may get keys of the shell. */
  keyOrigins: string[];
}

export interface TrustSources {
  /** `--trust-project`, or what a program says. */
  isGiven: boolean;
  shell: Environment;
  /** What `~` means. */
  home: string;
  user: UserSettings | undefined;
}

/** Divides what a project says by what the user said about it. Reads nothing of trust where nothing needs it. */
export function judgeProject(project: Project, sources: TrustSources): ProjectTrust {
  const { user, shell, home } = sources;
  const trustedOrigins = (user?.trusted_origins ?? []).map(originOf);
  const resolvePath = pathsFrom(project.root, home);
  const { items, local, tight } = divideProject(project, {
    shell,
    trustedOrigins,
    userDisablesTools: (user?.tools?.disable ?? []).length > 0,
    isInside: (path) => isReallyInside(resolvePath(path), project.root),
  });
  const hasYes = items.length + local.length > 0 && isTrusted(project.root, sources);
  const servers = [...items, ...local].filter(({ kind, where }) => kind === 'server' && !where.includes('.settings.'));
  return {
    isTrusted: items.length === 0 || hasYes,
    items,
    local,
    files: items.length === 0 || hasYes ? project : tight,
    keyOrigins: [...trustedOrigins, ...(hasYes ? servers.map(({ what }) => originOf(what)) : [])],
  };
}

function isTrusted(root: string, { isGiven, shell }: TrustSources): boolean {
  return isGiven || isTrustedByShell(root, shell);
}

const VARIABLE = 'PORTIA_TRUST_PROJECT';
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['0', false],
  ['false', false],
  ['no', false],
]);

/** `1` trusts every project, a folder the one whose root it is. Only the shell says so, never a file of the project. */
function isTrustedByShell(root: string, shell: Environment): boolean {
  const value = shell[VARIABLE]?.trim() ?? '';
  if (value === '') return false;
  const word = WORDS.get(value.toLowerCase());
  if (word !== undefined) return word;
  if (!isAbsolute(value)) {
    throw badSetting(VARIABLE, 'it must be 1 or the absolute path of a project', `export ${VARIABLE}=${root}`);
  }
  const real = realPathOf(value);
  return real !== undefined && real === realPathOf(root);
}

/** The path with links followed, as far as it exists; undefined behind a link that leads nowhere, which may lead anywhere later. */
export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) return undefined;
    const parent = dirname(path);
    const real = parent === path ? parent : realPathOf(parent);
    return real === undefined ? undefined : join(real, basename(path));
  }
}

/** Whether what is at a path lies in a folder, wherever links lead. */
export function isReallyInside(path: string, folder: string): boolean {
  const [real, realFolder] = [realPathOf(path), realPathOf(folder)];
  if (real === undefined || realFolder === undefined) return false;
  const way = relative(realFolder, real);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
