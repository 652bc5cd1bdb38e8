import { execFile } from 'node:child_process';

import { shellCommand } from '../../domain/values/shell-quote.js';
import { guestEnvironment } from '../../processes/guest-environment.js';
import type { ServerEntry } from '../../tools/mcp/server-entry.js';
import { whileWorking } from '../output/while-working.js';
import { lineOf, type Session } from '../session/session.js';
import { fetchedPackage, VERSION, type FetchedPackage, type RegistryLook } from './fetched-package.js';

/** How long a registry may take to say what is newest. */
const LOOK_MS = 15_000;

/**
 * The entry as it is added. Warns when each start may fetch another version of a package, and names the newest one; at a
 * terminal a person can pin that one.
 */
export async function pinnedEntry(session: Session, name: string, entry: ServerEntry): Promise<ServerEntry> {
  const found = fetchedPackage(entry);
  if (found === undefined) return entry;
  const newest = found.version === undefined ? await newestVersion(session, found) : undefined;
  const isChosen = newest !== undefined && (await isPinned(session, found.name, newest));
  const version = isChosen ? newest : found.version;
  if (version !== undefined) {
    await session.note(lineOf(`${name} is ${found.name}, version ${version}.`, session));
    return isChosen ? found.pinned(version) : entry;
  }
  const { command, args = [] } = found.pinned(newest ?? 'VERSION');
  const now = newest === undefined ? '' : `, which is ${newest} now`;
  await session.warn(
    `Each start of ${name} uses the newest version of ${found.name}${now}. Name a version: ${shellCommand([command, ...args])}`,
  );
  return entry;
}

async function isPinned(session: Session, name: string, newest: string): Promise<boolean> {
  if (!session.prompting.yes) return false;
  const { askYesNo } = await import('../../ui/prompts.js');
  const message = `Each start would use the newest version of ${name}. Always use ${newest}, the newest now?`;
  const asked = await askYesNo({ streams: session.io.streams, look: session.look }, { message, default: true });
  return asked.kind === 'answered' && asked.value;
}

/** Undefined when the registry does not say. */
async function newestVersion(session: Session, { name, look }: FetchedPackage): Promise<string | undefined> {
  const printed = await whileWorking(name, session, async () => printedBy(look, session));
  const [, version] = look.version.exec(printed) ?? [];
  return version !== undefined && VERSION.test(version) ? version : undefined;
}

/** What the command prints; empty when it cannot be started, fails or takes too long. */
async function printedBy({ words, input = '' }: RegistryLook, { io, services }: Session): Promise<string> {
  const [command = '', ...args] = words;
  const env = guestEnvironment(io.environment, []);
  return new Promise((resolve) => {
    const child = execFile(command, args, { cwd: services.projectRoot, env, timeout: LOOK_MS }, (error, stdout) =>
      resolve(error === null ? stdout : ''),
    );
    // Writing to a command that could not be started fails; the exit already says that it printed nothing.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
