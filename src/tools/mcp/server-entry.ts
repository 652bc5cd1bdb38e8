import type { JsonObject } from '../../domain/values/json.js';

/** A program that is started, and speaks on its standard input and output. */
export interface ProgramEntry extends JsonObject {
  type?: 'stdio' | 'local';
  command: string;
  args?: string[];
  env?: Record<string, string>;
  cwd?: string;
}

/** A server that is reached over HTTP. */
export interface RemoteEntry extends JsonObject {
  type?: 'http' | 'streamable' | 'streamable-http' | 'streamableHttp' | 'sse';
  url: string;
  headers?: Record<string, string>;
}

/** A server as `.mcp.json` has it, with the fields that other programs keep there. */
export type ServerEntry = ProgramEntry | RemoteEntry;

/** Whether the server is a program that is started. */
export function isProgramEntry(entry: ServerEntry): entry is ProgramEntry {
  return 'command' in entry;
}

/** How the server is spoken to. */
export function transportOf(entry: ServerEntry): 'stdio' | 'http' | 'sse' {
  if (isProgramEntry(entry)) return 'stdio';
  return entry.type === 'sse' ? 'sse' : 'http';
}
