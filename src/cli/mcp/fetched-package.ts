import { basename } from 'node:path';

import type { ServerEntry } from '../../tools/mcp/server-entry.js';
import { isProgramEntry } from '../../tools/mcp/server-entry.js';

/** A package that a runner fetches when the server is started. */
export interface FetchedPackage {
  name: string;
  /** Undefined when it is whatever is newest at that time. */
  version: string | undefined;
  /** The words of the command that fetches this version of it. */
  pinned(version: string): string[];
}

/** Programs that fetch a package and start it, with the words that come before its name. */
const RUNNERS: Readonly<Record<string, { before: readonly string[]; separator: string }>> = {
  npx: { before: [], separator: '@' },
  bunx: { before: [], separator: '@' },
  pnpm: { before: ['dlx'], separator: '@' },
  yarn: { before: ['dlx'], separator: '@' },
  uvx: { before: [], separator: '@' },
  pipx: { before: ['run'], separator: '==' },
};

/** The package that a server is fetched from; undefined for other servers. */
export function fetchedPackage(entry: ServerEntry): FetchedPackage | undefined {
  if (!isProgramEntry(entry)) return undefined;
  const runner = basename(entry.command).replace(/\.(cmd|exe)$/, '');
  const known = Object.hasOwn(RUNNERS, runner) ? RUNNERS[runner] : undefined;
  if (known === undefined) return undefined;
  const { command, args = [] } = entry;
  const spec = args.find((word) => !word.startsWith('-') && !known.before.includes(word));
  if (spec === undefined || /^(?:\.|\/|git\+|https?:|file:)/.test(spec)) return undefined;
  const { separator } = known;
  const at = spec.indexOf(separator, 1);
  const name = at < 0 ? spec : spec.slice(0, at);
  const version = at < 0 ? undefined : spec.slice(at + separator.length);
  const isPinned = version !== undefined && /^v?\d+(\.\d+)*/.test(version);
  return {
    name,
    version: isPinned ? version : undefined,
    pinned: (wanted) => [command, ...args.map((word) => (word === spec ? `${name}${separator}${wanted}` : word))],
  };
}
