import { closeSync, constants, fstatSync, openSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { userCacheFolder } from '../config/settings-file.js';
import type { Settings } from '../config/settings.js';
import type { Environment } from '../domain/environment.js';
import { digestText, digestValue } from '../domain/values/digest.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { writeFileSafely } from '../storage/safe-write.js';
import type { KeptDeclarations } from '../tools/host/load-modules.js';
import type { ToolDeclaration } from '../tools/host/protocol.js';
import { readDeclarations } from '../tools/host/read-declarations.js';
import { builtVersion } from './built-package.js';
import type { ProcessFacts } from './this-process.js';
import { namedInSettings } from './tool-hosts.js';

export interface KeptDeclarationsOptions {
  shell: Environment;
  process: Pick<ProcessFacts, 'userId'> & { node: { version: string } };
  projectRoot: string;
  settings: Settings;
}

/** Larger files are not read. */
const MOST_BYTES = 16 * 1024 * 1024;

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

const NAME = /^[0-9a-f]{64}\.json$/;

/** For exactly these modules: what they declared, or that this has been different from time to time. */
type Kept = { key: string } & ({ declared: ToolDeclaration[][] } | { varies: true });

/**
 * Keeps what the modules of one project declared in a file of the user's cache. A file that is damaged, or that others
 * can write, counts as none; and what cannot be kept is asked of the modules again.
 */
export function openKeptDeclarations(options: KeptDeclarationsOptions): KeptDeclarations {
  const { shell, projectRoot } = options;
  const { userId } = options.process;
  const file = join(userCacheFolder(shell), 'tools', `${digestText(projectRoot)}.json`);
  const keyOf = (modules: string) => digestValue([modules, circumstances(options)]);
  return {
    async recall(modules) {
      const kept = read(file, userId);
      return kept !== undefined && kept.key === keyOf(modules) && 'declared' in kept ? kept.declared : undefined;
    },
    async keep(modules, declared) {
      const key = keyOf(modules);
      const before = read(file, userId);
      if (before?.key !== key) write(file, { key, declared });
      else if ('declared' in before && digestValue(before.declared) !== digestValue(declared)) {
        write(file, { key, varies: true });
      }
    },
  };
}

/** What declarations depend on beside the files of the modules. */
function circumstances({ process, settings, projectRoot }: KeptDeclarationsOptions): Json {
  const { sandbox } = settings.tools;
  return [
    process.node.version,
    builtVersion(),
    sandbox?.value ?? null,
    namedInSettings(settings),
    packages(projectRoot),
  ];
}

/** What says which packages are installed. */
const LISTS = ['package.json', 'package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock'];

function packages(projectRoot: string): Json {
  return LISTS.flatMap((name) => {
    const stats = statSync(join(projectRoot, name), { throwIfNoEntry: false });
    return stats === undefined ? [] : [[name, stats.size, stats.mtimeMs]];
  });
}

function read(file: string, userId: number | undefined): Kept | undefined {
  try {
    const text = readOwn(file, userId);
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    if (!isJsonObject(value)) return undefined;
    const { digest, ...kept } = value;
    return digest === digestValue(kept) ? asKept(kept) : undefined;
  } catch {
    // Not there, or not what portia writes.
    return undefined;
  }
}

function asKept({ key, declared, varies }: Record<string, Json>): Kept | undefined {
  if (typeof key !== 'string') return undefined;
  if (varies === true) return { key, varies };
  return Array.isArray(declared) ? { key, declared: declared.map(readDeclarations) } : undefined;
}

/** Undefined for a file that somebody else owns or can write. */
function readOwn(file: string, userId: number | undefined): string | undefined {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { uid, mode, size } = fstatSync(handle);
    const isOwn = userId === undefined || (uid === userId && (mode & 0o077) === 0);
    return isOwn && size <= MOST_BYTES ? readFileSync(handle, 'utf8') : undefined;
  } finally {
    closeSync(handle);
  }
}

function write(file: string, kept: Kept): void {
  try {
    const content = { ...kept, digest: digestValue(kept) };
    writeFileSafely(file, JSON.stringify(content), { withFolders: true, sync: false });
    forgetOld(dirname(file));
  } catch {
    // The folder is read-only or the disk is full: the next command asks the modules as this one did.
  }
}

/** Of projects that may be gone: what is still needed is made again. */
function forgetOld(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => NAME.test(entry))) {
    const file = join(folder, name);
    if (Date.now() - statSync(file).mtimeMs > MONTH_MS) rmSync(file);
  }
}
