import type { NamedSigner } from '../../domain/run/signatures.js';
import type { Database } from './database.js';

/** Whose consents count for everybody who uses the store. */
export class SignerRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the order of naming. */
  async list(): Promise<NamedSigner[]> {
    const rows = await this.#database.read('select key, name from signers order by added_at, key');
    return rows.map(({ key, name }) => ({ key: String(key), name: String(name) }));
  }

  /** A key that is named already gets the new name. */
  async add({ key, name }: NamedSigner): Promise<void> {
    await this.#database.query(
      'insert into signers (key, name) values ($1, $2) on conflict (key) do update set name = excluded.name',
      [key, name],
    );
  }

  /** Takes back whoever has this key or this name; gives those that were taken back. */
  async remove(keyOrName: string): Promise<NamedSigner[]> {
    const rows = await this.#database.query('delete from signers where key = $1 or name = $1 returning key, name', [
      keyOrName,
    ]);
    return rows.map(({ key, name }) => ({ key: String(key), name: String(name) }));
  }
}
