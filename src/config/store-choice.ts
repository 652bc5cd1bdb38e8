import { readStoreUrl } from '../storage/postgres/store-url.js';
import { badSetting } from './invalid-settings.js';

/** Where plans and runs are kept. */
export type StoreChoice =
  /** In a folder; without `root` in that of the settings. */
  { kind: 'file'; root?: string } | { kind: 'memory' } | { kind: 'postgres'; url: string };

/**
 * Reads `file:`, `file:FOLDER`, `memory:` or `postgres://…`. Throws `invalid-settings`.
 * @param source what a person wrote it in: `--store`, `PORTIA_STORE`
 */
export function readStoreChoice(text: string, source: string, resolvePath: (path: string) => string): StoreChoice {
  const [, scheme, rest = ''] = /^([a-z]+):(.*)$/s.exec(text.trim()) ?? [];
  if (scheme === 'file') return { kind: 'file', ...(rest !== '' && { root: resolvePath(rest) }) };
  if (scheme === 'memory' && rest === '') return { kind: 'memory' };
  if (scheme === 'postgres' || scheme === 'postgresql') {
    readStoreUrl(text.trim());
    return { kind: 'postgres', url: text.trim() };
  }
  // It is not repeated: a password may be in it.
  throw badSetting(
    source,
    'a store is file:, file:FOLDER, memory: or postgres://…',
    `write ${source} as e.g. file:. or postgres://user@localhost/database`,
  );
}

/** For people: without a password. */
export function shownStore(choice: StoreChoice): string {
  switch (choice.kind) {
    case 'file':
      return `file:${choice.root ?? ''}`;
    case 'memory':
      return 'memory:';
    case 'postgres':
      return readStoreUrl(choice.url).shown;
  }
}

/** The password in it, which is never shown. */
export function storePassword(choice: StoreChoice): string | undefined {
  const password = choice.kind === 'postgres' ? decodeURIComponent(new URL(choice.url).password) : '';
  return password === '' ? undefined : password;
}
