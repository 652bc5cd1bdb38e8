import type { ToolEffect } from '../domain/values/tool-effects.js';
import { oneLine } from '../domain/values/printable.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { wrapTo } from './text-width.js';

/** An MCP server that a project names. */
export interface NamedServer {
  name: string;
  /** Undefined for an entry that cannot be used. */
  transport?: 'stdio' | 'http' | 'sse';
  /** The command, the address, or what is wrong with it. */
  what: string;
  /** Whether its tools are used here. */
  enabled: boolean;
  /** Whether the user is signed in there; undefined where nobody signs in. */
  signed_in?: boolean;
}

/** Servers, each with what it is. Ends with a newline. */
export function serverListView(servers: readonly NamedServer[], look: Look): string {
  if (servers.length === 0) return 'No server is named under "mcpServers" in .mcp.json.\n';
  const lines = servers.flatMap(({ name, transport, what, enabled, signed_in: isSignedIn }) => [
    `${look.colour.bold(oneLine(name))}  ${transport ?? ''}${enabled ? '' : look.colour.yellow('  not enabled')}${isSignedIn === true ? '  signed in' : ''}`,
    ...wrapTo(oneLine(what), look.columns - 2).map((line) => look.colour.dim(`  ${line}`)),
  ]);
  return `${lines.join('\n')}\n`;
}

/** A tool of a server. */
export interface ServerToolRow {
  id: string;
  description: string;
  /** What a call counts as. */
  effect: ToolEffect;
  /** What the server says of it, in few words; left out when it says nothing. */
  says?: string;
}

/** The tools that a server lists, each with what it says of itself. Ends with a newline. */
export function serverToolsView(name: string, tools: readonly ServerToolRow[], look: Look): string {
  const lines = tools.flatMap(({ id, description, effect, says }) => [
    `${look.colour.bold(oneLine(id))}  ${effect}${says === undefined ? '' : look.colour.dim(`  says: ${says}`)}`,
    ...wrapTo(oneLine(description), look.columns - 2).map((line) => look.colour.dim(`  ${line}`)),
  ]);
  return `${[`${oneLine(name)} has ${count(tools.length, 'tool')}.`, ...lines].join('\n')}\n`;
}
