import { PortiaError } from '../../domain/errors.js';
import {
  changedEndUser,
  endUserProblem,
  isEndUser,
  isSameEndUser,
  newEndUser,
  type EndUser,
  type EndUserChange,
} from '../../domain/run/end-user.js';
import { parseTextOrThrow } from '../read-file.js';
import type { Database, Row } from './database.js';

/** The table of the end users. */
export class EndUserRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async read(id: string): Promise<EndUser | undefined> {
    const [row] = await this.#database.read('select body from end_users where id = $1', [id]);
    return row && userIn(row, id);
  }

  async list(): Promise<string[]> {
    const rows = await this.#database.read('select id from end_users');
    return rows.map(({ id }) => String(id));
  }

  async keep(user: EndUser): Promise<boolean> {
    const { external_id: id } = user;
    const added = 'insert into end_users (id, body) values ($1, $2) on conflict (id) do nothing';
    await this.#database.query(added, [id, JSON.stringify(user)]);
    const here = await this.read(id);
    return here !== undefined && isSameEndUser(here, user);
  }

  async change(id: string, change: EndUserChange): Promise<EndUser> {
    return this.#database.transaction(async (query) => {
      const made = JSON.stringify(newEndUser(id));
      await query('insert into end_users (id, body) values ($1, $2) on conflict (id) do nothing', [id, made]);
      const [row = {}] = await query('select body from end_users where id = $1 for update', [id]);
      const user = changedEndUser(userIn(row, id), change);
      await query('update end_users set body = $2 where id = $1', [id, JSON.stringify(user)]);
      return user;
    });
  }
}

function userIn({ body }: Row, id: string): EndUser {
  const name = `end user ${id}`;
  const value: unknown = parseTextOrThrow(String(body), name);
  if (isEndUser(value)) return value;
  throw new PortiaError('unreadable', `${name} cannot be used.`, { why: endUserProblem(value) });
}
