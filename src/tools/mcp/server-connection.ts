import { isProgramEntry, transportOf, type ServerEntry } from './server-entry.js';

/**
 * A variable in a text of `.mcp.json`: `${NAME}`, or `${NAME:-default}` when it need not be set. Editors write
 * `${env:NAME}`, and `${input:NAME}` for what only they can ask for.
 */
const VARIABLE = /\$\{(?:env:)?((?:input:[^}]*)|[A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

export type FindText = (name: string) => string | undefined;

/** How a server is reached, with all variables filled in. */
export type ServerConnection =
  | { kind: 'stdio'; command: string; args: string[]; env: Record<string, string>; cwd: string | undefined }
  | { kind: 'http' | 'sse'; url: string; headers: Record<string, string> };

export type Connection =
  | { ok: true; connection: ServerConnection }
  /** Variables that are not set, and that the entry gives no default. */
  | { ok: false; missing: string[] };

/** Fills in the variables of an entry. */
export function connectionOf(entry: ServerEntry, variable: FindText): Connection {
  const missing = new Set<string>();
  const filled = (text: string): string =>
    text.replaceAll(VARIABLE, (_all, name: string, standard: string | undefined) => {
      const value = variable(name) ?? standard;
      if (value === undefined) missing.add(name);
      return value ?? '';
    });
  const connection = filledWith(entry, filled);
  return missing.size === 0 ? { ok: true, connection } : { ok: false, missing: [...missing] };
}

function filledWith(entry: ServerEntry, filled: (text: string) => string): ServerConnection {
  const filledValues = (texts: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, filled(text)]));
  if (isProgramEntry(entry)) {
    const { command, args = [], env, cwd } = entry;
    return {
      kind: 'stdio',
      command: filled(command),
      args: args.map(filled),
      env: filledValues(env),
      cwd: cwd === undefined ? undefined : filled(cwd),
    };
  }
  const kind = transportOf(entry) === 'sse' ? 'sse' : 'http';
  return { kind, url: filled(entry.url), headers: filledValues(entry.headers) };
}
