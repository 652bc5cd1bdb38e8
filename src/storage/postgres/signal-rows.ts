import {
  SIGNAL_KEPT_MS,
  subjectOf,
  type AwaitedEvent,
  type NewSignal,
  type TakenSignal,
  type WantedSignal,
} from '../../domain/run/signals.js';
import { isRunId } from '../../domain/values/ids.js';
import { parseTextOrThrow } from '../read-file.js';
import { newSignalId } from '../signal-id.js';
import type { SentSignal } from '../signal-store.js';
import type { Database, Row } from './database.js';

const KEPT = `now() - interval '${SIGNAL_KEPT_MS} ms'`;

/** Signals that nobody has, of an event that a row of `runs` waits for. */
export const HAS_SIGNAL = `exists (select 1 from signals where subject = runs.waits_for and run_id is null
  and sent_at > ${KEPT})`;

const COLUMNS = 'id, data, sent_at';

/** The table of the signals. All times are those of the clock of the database. */
export class SignalRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async send({ data, ...event }: NewSignal): Promise<SentSignal> {
    const id = newSignalId();
    await this.#database.query(`delete from signals where sent_at <= ${KEPT}`);
    const [row] = await this.#database.query(
      'insert into signals (id, subject, event, key, data) values ($1, $2, $3, $4, $5) returning sent_at',
      [id, subjectOf(event), event.event, event.key, JSON.stringify(data)],
    );
    return { id, sent_at: timeOf(row), waiting: await this.#wake(event) };
  }

  /** What it waits for is there now. A run that pauses meanwhile looks again when it is given free. */
  async #wake(event: AwaitedEvent): Promise<SentSignal['waiting']> {
    const rows = await this.#database.query(
      `with woken as (
         update runs set wake_at = now() where waits_for = $1 and queued and not is_part
         returning id, made_ms),
       told as (select pg_notify($2, '') where exists (select 1 from woken))
       select id from woken left join told on true order by made_ms desc, id desc`,
      [subjectOf(event), this.#database.schema],
    );
    return rows.map(({ id }) => id).filter(isRunId);
  }

  async take({ run, effect, until, ...event }: WantedSignal): Promise<TakenSignal | undefined> {
    // Asked again after a break of the connection, it finds what it took.
    const [row] = await this.#database.read(
      `with mine as (select ${COLUMNS} from signals where run_id = $1 and effect = $2),
       taken as (
         update signals set run_id = $1, effect = $2 where id = (
           select id from signals where subject = $3 and run_id is null and sent_at > ${KEPT}
             and ($4::timestamptz is null or sent_at <= $4) and not exists (select 1 from mine)
           order by sent_at, id limit 1 for update skip locked)
         returning ${COLUMNS})
       select * from mine union all select * from taken`,
      [run, effect, subjectOf(event), until ?? null],
    );
    if (row === undefined) return undefined;
    const id = String(row['id']);
    return { id, sent_at: timeOf(row), data: parseTextOrThrow(String(row['data']), `signal ${id}`) };
  }

  async has(event: AwaitedEvent): Promise<boolean> {
    const rows = await this.#database.read(
      `select 1 from signals where subject = $1 and run_id is null and sent_at > ${KEPT} limit 1`,
      [subjectOf(event)],
    );
    return rows.length > 0;
  }

  async count(): Promise<number> {
    const [row] = await this.#database.read(
      `select count(*)::int as count from signals where run_id is null and sent_at > ${KEPT}`,
    );
    return Number(row?.['count']);
  }

  async forget({ id }: TakenSignal): Promise<void> {
    await this.#database.query('delete from signals where id = $1', [id]);
  }

  /** Wakes runs whose event was told by a process that ended before it could wake them. Gives whether there were any. */
  async wakeForgotten(): Promise<boolean> {
    const rows = await this.#database.query(
      `update runs set wake_at = now() where waits_for is not null and queued and not is_part
         and (wake_at is null or wake_at > now()) and ${HAS_SIGNAL} returning 1`,
    );
    return rows.length > 0;
  }
}

function timeOf(row: Row | undefined): string {
  const time = row?.['sent_at'];
  return time instanceof Date ? time.toISOString() : '';
}
