import { isSettled, type Notice } from '../../domain/run/notice.js';
import { isNoticeId } from '../../domain/values/ids.js';
import { byAge, listedNotice, noticeText, type ListedNotice, type Notices } from '../notices.js';
import type { Database, Query, Row } from './database.js';

const COLUMNS = 'id, run_id, body, revision, created_at, ready_at, is_settled';

/** The table of the notices. Its clock is that of the database. */
export class NoticeRows implements Notices {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(notices: readonly Notice[]): Promise<Notice[]> {
    if (notices.length === 0) return [];
    const added = new Set<unknown>();
    await this.#database.transaction(async (query) => {
      for (const notice of inOrder(notices)) {
        // A run that was removed meanwhile has nothing to be told of.
        const [row] = await query(
          `insert into notices (${COLUMNS})
           select $1, $2, $3, $4, $5, $6, $7 where exists (select from runs where id = $2)
           on conflict (id) do nothing returning id`,
          columnsOf(notice),
        );
        if (row !== undefined) added.add(row['id']);
      }
    });
    return notices.filter(({ id }) => added.has(id));
  }

  async ready(): Promise<{ now: string; notices: ListedNotice[] }> {
    const now = (await this.#database.clock()).toISOString();
    const rows = await this.#database.read('select id, body from notices where ready_at <= $1', [now]);
    return { now, notices: byAge(rows.flatMap(listedOf)) };
  }

  async unsent(): Promise<ListedNotice[]> {
    return byAge((await this.#database.read('select id, body from notices where not is_settled')).flatMap(listedOf));
  }

  async replace(notices: readonly Notice[]): Promise<boolean> {
    return this.#database.transaction(async (query) => {
      const wanted = inOrder(notices);
      if (!(await areAsBefore(wanted, query))) return false;
      for (const notice of wanted) {
        await query(
          `insert into notices (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do update set
             body = excluded.body, revision = excluded.revision, ready_at = excluded.ready_at,
             is_settled = excluded.is_settled`,
          columnsOf(notice),
        );
      }
      return true;
    });
  }
}

/** Locks them until the transaction ends. */
async function areAsBefore(notices: readonly Notice[], query: Query): Promise<boolean> {
  const ids = notices.map(({ id }) => id);
  const rows = await query('select id, revision from notices where id = any($1) order by id for update', [ids]);
  const kept = new Map(rows.map(({ id, revision }) => [id, Number(revision)]));
  return notices.every(({ id, revision }) => kept.get(id) === revision - 1);
}

/** All who change several lock them in this order, so that nobody waits for somebody who waits. */
function inOrder(notices: readonly Notice[]): Notice[] {
  return notices.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

function columnsOf(notice: Notice): unknown[] {
  const { id, run_id: run, revision, created_at: createdAt, ready_at: readyAt, state } = notice;
  const isLeft = !isSettled(notice) && state !== 'failed';
  return [id, run, noticeText(notice), revision, createdAt, isLeft ? readyAt : null, isSettled(notice)];
}

function listedOf({ id, body }: Row): ListedNotice[] {
  return isNoticeId(id) ? [listedNotice(id, String(body))] : [];
}
