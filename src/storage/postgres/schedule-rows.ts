import { PortiaError } from '../../domain/errors.js';
import type { Schedule } from '../../domain/schedule/schedule.js';
import { isScheduleId, type ScheduleId } from '../../domain/values/ids.js';
import { listedSchedule, noSuchSchedule, scheduleText, type ListedSchedule } from '../schedules.js';
import type { Database, Row } from './database.js';

/** The table of the schedules. Its clock is that of the database. */
export class ScheduleRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(schedule: Schedule): Promise<void> {
    await this.#database.query(
      'insert into schedules (id, body, revision, next_at) values ($1, $2, $3, $4)',
      columnsOf(schedule),
    );
  }

  async list(): Promise<ListedSchedule[]> {
    return (await this.#database.read('select id, body from schedules order by id')).flatMap(listedOf);
  }

  async due(): Promise<{ now: string; schedules: ListedSchedule[] }> {
    const rows = await this.#database.read(
      'select id, body, clock.now from (select now()) clock left join schedules on next_at <= clock.now order by id',
    );
    return { now: isoTime(rows[0]?.['now']), schedules: rows.flatMap(listedOf) };
  }

  async replace(schedule: Schedule): Promise<boolean> {
    const rows = await this.#database.query(
      'update schedules set body = $2, revision = $3, next_at = $4 where id = $1 and revision = $3 - 1 returning 1',
      columnsOf(schedule),
    );
    return rows.length > 0;
  }

  async remove(id: ScheduleId): Promise<void> {
    const removed = await this.#database.query('delete from schedules where id = $1 returning 1', [id]);
    if (removed.length === 0) throw noSuchSchedule(id);
  }
}

function columnsOf(schedule: Schedule): unknown[] {
  return [schedule.id, scheduleText(schedule), schedule.revision, schedule.next_at];
}

function listedOf({ id, body }: Row): ListedSchedule[] {
  return isScheduleId(id) ? [listedSchedule(id, String(body))] : [];
}

function isoTime(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  throw new PortiaError('internal', 'The database did not say what time it is.');
}
