import { namedServers } from '../../app/setup/server-document.js';
import type { ServerToolNow } from '../../app/server-tools.js';
import { otherKeyHint, SERVER_FILE } from '../../config/server-file.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Json } from '../../domain/values/json.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { readServerEntry } from '../../tools/mcp/server-settings.js';
import type { SignIn } from '../../tools/mcp/sign-in/sign-in.js';
import { whileWorking } from '../output/while-working.js';
import type { Session } from '../session/session.js';
import { untilStopped } from '../session/stopping.js';
import { requireTrustForServer } from '../trust/require-trust.js';

/** The entry of a server in `.mcp.json`. Rejects with `not-found`. */
export async function requireServer({ services }: Session, name: string): Promise<Json> {
  if (name === '') {
    throw new PortiaError('usage', 'The name of a server is missing.', { fix: portia('mcp', 'list') });
  }
  const servers = await namedServers(services.projectRoot);
  const entry = servers.get(name);
  if (entry !== undefined) return entry;
  const near = nearestName(name, servers.keys());
  throw new PortiaError('not-found', `${SERVER_FILE} has no server ${JSON.stringify(name)}.`, {
    why: otherKeyHint(services.projectRoot),
    fix: near === undefined ? portia('mcp', 'list') : portia('mcp', 'show', near),
  });
}

/** How a person signs in at a server; undefined where nobody does. */
export async function signInAt({ services }: Session, name: string, entry: Json): Promise<SignIn | undefined> {
  const read = readServerEntry(entry, '');
  return read.ok ? (await services.signIns()).of(name, read.entry) : undefined;
}

/** Whether the tools of a server are used here. */
export function isEnabled({ services }: Session, name: string): boolean {
  return services.settings.mcp.enable.some(({ value }) => value === name);
}

/** The tools of a server that is used here, as it lists them now. Rejects when it cannot be asked. */
export async function askServer(session: Session, name: string): Promise<ServerToolNow[]> {
  if (!isEnabled(session, name)) {
    throw new PortiaError('usage', `The server ${name} is not enabled.`, {
      fix: portia('config', 'set', '--local', 'mcp.enable', name),
    });
  }
  await requireTrustForServer(session, name);
  return untilStopped(
    session.io,
    async (signal) => whileWorking(name, session, async () => session.services.askServer(name, signal)),
    (signal) => new PortiaError('interrupted', `Asking ${name} was ended by ${signal}.`, { signal }),
  );
}
