import { PortiaError } from '../../domain/errors.js';
import { adviceLines, portia } from '../../domain/next-step.js';
import type { ServerEntry } from '../../tools/mcp/server-entry.js';
import type { AddOptions } from './server-flags.js';

/** The entry of `.mcp.json` for what was typed: the words of a command, or an address. Throws `usage`. */
export function serverEntryOf(name: string, words: readonly string[], options: AddOptions): ServerEntry {
  const [first, ...rest] = words;
  if (first === undefined || first === '') throw nothingToAdd(name);
  const isRemote = options.transport === undefined ? /^[a-z][\w+.-]*:\/\//i.test(first) : options.transport !== 'stdio';
  return isRemote ? remoteEntry(first, rest, options) : programEntry(first, rest, options);
}

function programEntry(command: string, args: string[], { env = [], header = [] }: AddOptions): ServerEntry {
  if (header.length > 0)
    throw misplaced('--header', 'is only for a server with an address', '-e NAME=VALUE   # a variable of the program');
  const pairs = env.map((text) => pairOf(text, { separator: '=', flag: '-e NAME=VALUE' }));
  return {
    command,
    ...(args.length > 0 && { args }),
    ...(pairs.length > 0 && { env: Object.fromEntries(pairs) }),
  };
}

function remoteEntry(
  url: string,
  rest: string[],
  { env = [], header = [], transport = 'http' }: AddOptions,
): ServerEntry {
  if (env.length > 0)
    throw misplaced('--env', 'is only for a program', "-H 'Authorization: Bearer ${TOKEN}'   # a header");
  if (rest.length > 0) {
    throw new PortiaError('usage', `${JSON.stringify(rest.join(' '))} follows the address of the server.`, {
      fix: portia('mcp', '--help'),
    });
  }
  const pairs = header.map((text) => pairOf(text, { separator: ':', flag: "-H 'NAME: VALUE'" }));
  return {
    type: transport === 'sse' ? 'sse' : 'http',
    url,
    ...(pairs.length > 0 && { headers: Object.fromEntries(pairs) }),
  };
}

function pairOf(text: string, how: { separator: string; flag: string }): [name: string, value: string] {
  const at = text.indexOf(how.separator);
  // The rest may be a secret.
  if (at <= 0) throw new PortiaError('usage', `A value of ${how.flag} has no ${how.separator}.`, { fix: how.flag });
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function misplaced(flag: string, problem: string, fix: string): PortiaError {
  return new PortiaError('usage', `${flag} ${problem}.`, { fix });
}

function nothingToAdd(name: string): PortiaError {
  return new PortiaError('usage', `The server ${name} has no command and no address.`, {
    why: 'The command that starts it follows --; an address follows its name.',
    fix: adviceLines([
      portia('mcp', 'add', name, '--', 'npx', '-y', '@modelcontextprotocol/server-filesystem', '.'),
      portia('mcp', 'add', name, 'https://example.com/mcp'),
    ]),
  });
}
