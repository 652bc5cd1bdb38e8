import { addServer, believeServer, namedServers, removeServer } from '../../app/setup/server-document.js';
import type { ServerToolNow } from '../../app/server-tools.js';
import { otherKeyHint, SERVER_FILE } from '../../config/server-file.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { shellCommand } from '../../domain/values/shell-quote.js';
import { isProgramEntry, transportOf, type ServerEntry } from '../../tools/mcp/server-entry.js';
import { readServerEntry, SERVER_NAME } from '../../tools/mcp/server-settings.js';
import { shownEntry, writtenSecrets } from '../../tools/mcp/written-secrets.js';
import { serverListView, serverToolsView, type NamedServer, type ServerToolRow } from '../../ui/servers-view.js';
import { EXIT } from '../session/exit-codes.js';
import { lineOf, type Session } from '../session/session.js';
import { changeProject } from '../trust/change-project.js';
import { askServer, isEnabled, requireServer, signInAt } from './named-server.js';
import { pinnedEntry } from './pinned-entry.js';
import { serverEntryOf } from './server-entry-of.js';
import type { AddOptions } from './server-flags.js';
import { whenSignedIn } from './sign-in.js';

/** `mcp add NAME`: names a server in the project, asks it for its tools, and whether they are what they say. */
export async function add(session: Session<AddOptions>, [name = '', ...words]: string[]): Promise<number> {
  const { services, options } = session;
  requireName(name);
  const { projectRoot } = services;
  if ((await namedServers(projectRoot)).has(name)) {
    throw new PortiaError('usage', `${SERVER_FILE} has a server ${name} already.`, {
      fix: portia('mcp', 'remove', name),
    });
  }
  const entry = await pinnedEntry(session, name, serverEntryOf(name, words, options));
  await changeProject(session, async () => addServer(projectRoot, name, entry));
  await session.note(lineOf(`Added ${name} to ${SERVER_FILE}.`, session));
  await warnOfSecrets(session, entry);
  await session.reopen();
  const tools = await whenSignedIn(session, name, async () => askServer(session, name));
  await printTools(session, name, tools);
  if (options.believe === true || (await isBelieved(session, name, tools))) {
    await changeProject(session, async () => believeServer(projectRoot, name));
  }
  return EXIT.complete;
}

/** `mcp list`: the servers that the project names. */
export async function list(session: Session): Promise<number> {
  const named = [...(await namedServers(session.services.projectRoot))];
  const hint = otherKeyHint(session.services.projectRoot);
  if (hint !== undefined) await session.warn(hint);
  const servers = await Promise.all(named.map(async ([name, entry]) => describe(session, name, entry)));
  await session.print({ record: servers, human: (look) => serverListView(servers, look) });
  return EXIT.complete;
}

/** `mcp show NAME`: its entry, and its tools as they were listed last. */
export async function show(session: Session, [name = '']: string[]): Promise<number> {
  const entry = await requireServer(session, name);
  const server = await describe(session, name, entry);
  const tools = server.enabled && session.services.trust.isTrusted ? await session.services.toolsOfServer(name) : [];
  const rows = tools.map(({ id, description, effect }) => ({ id, description, effect }));
  await session.print({
    record: { ...server, ...namesGiven(entry), tools: rows },
    human: (look) => serverListView([server], look) + (rows.length === 0 ? '' : serverToolsView(name, rows, look)),
  });
  return EXIT.complete;
}

/** `mcp test NAME`: starts or reaches it, and lists its tools. */
export async function test(session: Session, [name = '']: string[]): Promise<number> {
  await requireServer(session, name);
  const tools = await whenSignedIn(session, name, async () => askServer(session, name));
  await printTools(session, name, tools);
  return EXIT.complete;
}

/** `mcp remove NAME`, and what its sign-in gave. */
export async function remove(session: Session, [name = '']: string[]): Promise<number> {
  const { projectRoot } = session.services;
  const signIn = await signInAt(session, name, await requireServer(session, name));
  await changeProject(session, async () => removeServer(projectRoot, name));
  const isSignedOut = signIn?.forget() === true;
  const told = `Removed ${name} from ${SERVER_FILE}.${isSignedOut ? ' You are no longer signed in there.' : ''}`;
  await session.note(lineOf(told, session));
  return EXIT.complete;
}

function requireName(name: string): void {
  if (SERVER_NAME.test(name)) return;
  throw new PortiaError('usage', `${JSON.stringify(name)} cannot be the name of a server.`, {
    why: 'It has at most 64 letters, digits, dots, dashes and underscores.',
    fix: portia('mcp', 'add', 'notes', '--', 'npx', '-y', 'some-server'),
  });
}

async function describe(session: Session, name: string, value: Json): Promise<NamedServer> {
  const read = readServerEntry(value, '');
  const enabled = isEnabled(session, name);
  if (!read.ok) return { name, what: `cannot be used: ${read.problems[0]?.message ?? ''}`, enabled };
  const { entry } = read;
  const words = shownEntry(entry);
  const what = isProgramEntry(entry) ? shellCommand(words) : words.join('');
  const signIn = await signInAt(session, name, value);
  const signedIn = signIn === undefined ? {} : { signed_in: signIn.isSignedIn };
  return { name, transport: transportOf(entry), what, enabled, ...signedIn };
}

async function printTools(session: Session, name: string, tools: ServerToolNow[]): Promise<void> {
  const rows = tools.map(rowOf);
  await session.print({ record: { server: name, tools: rows }, human: (look) => serverToolsView(name, rows, look) });
}

function rowOf({ tool: { id, description, effect }, annotations }: ServerToolNow): ServerToolRow {
  const says = wordsOf(annotations);
  return { id, description, effect, ...(says !== '' && { says }) };
}

/** What the hints of the protocol mean. */
function wordsOf({ readOnlyHint, idempotentHint, destructiveHint, openWorldHint }: JsonObject): string {
  const words = [
    readOnlyHint === true && 'only reads',
    idempotentHint === true && 'may be called again',
    destructiveHint === true && 'may destroy',
    openWorldHint === false && 'sends nothing',
  ];
  return words.filter((word) => word !== false).join(', ');
}

async function isBelieved(session: Session, name: string, tools: ServerToolNow[]): Promise<boolean> {
  if (tools.every((tool) => rowOf(tool).says === undefined)) return false;
  if (!session.prompting.yes) {
    const believe = session.speech.spell(portia('config', 'set', '--local', 'mcp.believe_annotations', name));
    await session.note(
      lineOf(`Portia asks before each call. To believe what ${name} says of its tools: ${believe}`, session),
    );
    return false;
  }
  const { askYesNo } = await import('../../ui/prompts.js');
  const message = 'Believe what these tools say of themselves? Otherwise you are asked before each call.';
  const asked = await askYesNo({ streams: session.io.streams, look: session.look }, { message, default: false });
  return asked.kind === 'answered' && asked.value;
}

/** The names of variables and headers that a server gets: their values may be secrets. */
function namesGiven(entry: Json): { env?: string[]; headers?: string[] } {
  const { env, headers } = isJsonObject(entry) ? entry : {};
  return {
    ...(isJsonObject(env) && { env: Object.keys(env) }),
    ...(isJsonObject(headers) && { headers: Object.keys(headers) }),
  };
}

async function warnOfSecrets(session: Session, entry: ServerEntry): Promise<void> {
  const [secret] = writtenSecrets(entry);
  if (secret === undefined) return;
  const { name } = secret;
  const variable = name.toUpperCase().replaceAll('-', '_');
  await session.warn(
    `The value of ${name} is in ${SERVER_FILE} now, where others may read it. Write \${${variable}} in its place, and keep it in that variable.`,
  );
}
