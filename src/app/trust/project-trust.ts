import { isAbsolute } from 'node:path';

import { originOf } from '../../models/providers/base-url.js';
import { badSetting } from '../../config/invalid-settings.js';
import type { Project } from '../../config/project.js';
import type { UserSettings } from '../../config/settings-schema.js';
import { pathsFrom } from '../../config/settings.js';
import { divideProject, type ProjectFiles, type TrustItem } from '../../config/trust-items.js';
import { readTrustRecord } from '../../config/trusted-projects.js';
import type { Environment } from '../../domain/environment.js';
import { isReallyInside, realPathOf } from './real-path.js';

/** How far a project counts in this process. */
export interface ProjectTrust {
  /** Whether the user trusts it; true, too, where nothing needs it. */
  isTrusted: boolean;
  /** Whether the user trusted another content of it. */
  isChanged: boolean;
  /** Whether the user trusts it as it is now: whatever is changed in it has to be trusted again. */
  isByContent: boolean;
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
export async function judgeProject(project: Project, sources: TrustSources): Promise<ProjectTrust> {
  const { user, shell, home } = sources;
  const trustedOrigins = (user?.trusted_origins ?? []).map(originOf);
  const resolvePath = pathsFrom(project.root, home);
  const { items, local, tight } = divideProject(project, {
    shell,
    trustedOrigins,
    userDisablesTools: (user?.tools?.disable ?? []).length > 0,
    isInside: (path) => isReallyInside(resolvePath(path), project.root),
  });
  const all = [...items, ...local];
  const said = all.length === 0 ? 'nothing' : await saidOf(project.root, all, sources);
  const isYes = said === 'yes' || said === 'content';
  const isTrusted = items.length === 0 || isYes;
  const servers = all.filter(({ kind, where }) => kind === 'server' && !where.includes('.settings.'));
  return {
    isTrusted,
    isChanged: said === 'changed',
    isByContent: said === 'content',
    items,
    local,
    files: isTrusted ? project : tight,
    keyOrigins: [...trustedOrigins, ...(isYes ? servers.map(({ what }) => originOf(what)) : [])],
  };
}

/** What the user said about the project. */
async function saidOf(
  root: string,
  items: TrustItem[],
  { isGiven, shell }: TrustSources,
): Promise<'yes' | 'content' | 'changed' | 'nothing'> {
  if (isGiven || isTrustedByShell(root, shell)) return 'yes';
  const real = realPathOf(root);
  const record = real === undefined ? undefined : readTrustRecord(real, shell);
  if (record === undefined) return 'nothing';
  if (record.mode === 'folder') return 'yes';
  const { changesSince, trustedContent } = await import('./trusted-content.js');
  return changesSince(record, await trustedContent(items, root)).length === 0 ? 'content' : 'changed';
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
