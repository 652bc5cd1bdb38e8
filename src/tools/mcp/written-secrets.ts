import { isSecretName, shownUrl } from '../../domain/values/secret-names.js';
import { isProgramEntry, type ServerEntry } from './server-entry.js';

const SHORTEST_KEY = 8;

/** A secret that somebody wrote out in `.mcp.json`, and the name that it has there. */
export interface WrittenSecret {
  name: string;
  value: string;
}

/** Those of variables, headers, flags, and of the query of an address. What comes from a variable is not written out. */
export function writtenSecrets(entry: ServerEntry): WrittenSecret[] {
  const given = isProgramEntry(entry)
    ? [...named(entry.env), ...flagsOf(entry.args)]
    : [...named(entry.headers), ...queryOf(entry.url)];
  return given.filter(({ name, value }) => isSecretEntry(name) && value !== '' && !value.includes('${'));
}

/** The words that start it, or its address, without secrets. */
export function shownEntry(entry: ServerEntry): string[] {
  if (!isProgramEntry(entry)) return [shownUrl(entry.url)];
  const secrets = writtenSecrets({ command: entry.command, ...(entry.args && { args: entry.args }) });
  const hide = (word: string) => secrets.reduce((text, { value }) => text.replace(value, '…'), word);
  return [entry.command, ...(entry.args ?? []).map(hide)];
}

/** Whether a variable, header or flag of this name holds a secret. */
function isSecretEntry(name: string): boolean {
  return isSecretName(name) || /^(?:proxy-)?authorization$|^cookie$/i.test(name);
}

/** A header such as `Bearer KEY` has its secret behind the first word. */
function named(texts: Record<string, string> = {}): WrittenSecret[] {
  return Object.entries(texts).map(([name, text]) => ({ name, value: text.replace(/^\w+ /, '') }));
}

/** `--api-key=KEY`, and `--api-key KEY`. */
function flagsOf(words: readonly string[] = []): WrittenSecret[] {
  return words.flatMap((word, index) => {
    const [, name = '', value = words[index + 1] ?? ''] = /^--?([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    // A word such as `none` may follow `--auth`, too.
    return name === '' || value.length < SHORTEST_KEY ? [] : [{ name, value }];
  });
}

function queryOf(address: string): WrittenSecret[] {
  if (!URL.canParse(address)) return [];
  const { searchParams, password } = new URL(address);
  const query = [...searchParams].map(([name, value]) => ({ name, value }));
  return [...query, { name: 'password', value: decodeURIComponent(password) }];
}
