import { isRunId, type RunId } from '../../domain/values/ids.js';
import type { StartKey } from '../start-key-store.js';
import type { Database } from './database.js';

/** The table of the keys of starts. */
export class StartKeyRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(key: string): Promise<RunId | undefined> {
    const [row] = await this.#database.read('select run_id from start_keys where key = $1', [key]);
    return isRunId(row?.['run_id']) ? row['run_id'] : undefined;
  }

  async claim(key: string, id: RunId): Promise<RunId> {
    await this.#database.query('insert into start_keys (key, run_id) values ($1, $2) on conflict do nothing', [
      key,
      id,
    ]);
    return (await this.find(key)) ?? id;
  }

  async list(): Promise<StartKey[]> {
    const rows = await this.#database.read('select key, run_id from start_keys');
    return rows.flatMap(({ key, run_id: id }) => (isRunId(id) ? [{ key: String(key), run_id: id }] : []));
  }
}
