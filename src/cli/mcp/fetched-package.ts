import { basename } from 'node:path';

import { isProgramEntry, type ProgramEntry, type ServerEntry } from '../../tools/mcp/server-entry.js';

/** A package that a runner fetches when the server is started. */
export interface FetchedPackage {
  name: string;
  /** Undefined when it is whatever is newest at that time. */
  version: string | undefined;
  /** The entry of the server, pinned to this version. */
  pinned(version: string): ProgramEntry;
  /** Asks the registry which version is newest now. */
  look: RegistryLook;
}

/** A command that asks a registry for the newest version of a package, without running anything of it. */
export interface RegistryLook {
  words: readonly string[];
  input?: string;
  /** Finds the version in what it prints. */
  version: RegExp;
}

type LookFor = (name: string, spec: string) => RegistryLook;

const npm: LookFor = (_name, spec) => ({ words: ['npm', 'view', spec, 'version'], version: /([\w.+-]+)'?\s*$/ });

const pnpm: LookFor = (name, spec) => ({ ...npm(name, spec), words: ['pnpm', 'view', spec, 'version'] });

const uv: LookFor = (name) => ({
  words: ['uv', 'pip', 'compile', '--quiet', '--no-deps', '--no-header', '--no-annotate', '-'],
  input: name,
  version: /==(\S+)/,
});

const pip: LookFor = (name) => ({ words: ['pip', 'index', 'versions', name], version: /\(([^)]+)\)/ });

/** Programs that fetch a package and start it, with the words that come before its name. */
const RUNNERS: Readonly<Record<string, { before: readonly string[]; separator: string; look: LookFor }>> = {
  npx: { before: [], separator: '@', look: npm },
  bunx: { before: [], separator: '@', look: npm },
  pnpm: { before: ['dlx'], separator: '@', look: pnpm },
  yarn: { before: ['dlx'], separator: '@', look: npm },
  uvx: { before: [], separator: '@', look: uv },
  pipx: { before: ['run'], separator: '==', look: pip },
};

/** A version, and not a tag such as `latest` or a range. */
export const VERSION = /^v?\d+(?:\.\d+)*[\w.+-]*$/;

/** The package that a server is fetched from; undefined for other servers. */
export function fetchedPackage(entry: ServerEntry): FetchedPackage | undefined {
  if (!isProgramEntry(entry)) return undefined;
  const runner = basename(entry.command).replace(/\.(cmd|exe)$/, '');
  const known = Object.hasOwn(RUNNERS, runner) ? RUNNERS[runner] : undefined;
  if (known === undefined) return undefined;
  const { args = [] } = entry;
  const spec = args.find((word) => !word.startsWith('-') && !known.before.includes(word));
  if (spec === undefined || /^(?:\.|\/|git\+|https?:|file:)/.test(spec)) return undefined;
  const { separator } = known;
  const at = spec.indexOf(separator, 1);
  const name = at < 0 ? spec : spec.slice(0, at);
  const version = at < 0 ? undefined : spec.slice(at + separator.length);
  return {
    name,
    version: version !== undefined && VERSION.test(version) ? version : undefined,
    pinned: (wanted) => ({
      ...entry,
      args: args.map((word) => (word === spec ? `${name}${separator}${wanted}` : word)),
    }),
    look: known.look(name, spec),
  };
}
