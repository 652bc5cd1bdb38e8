import { PortiaError } from '../../domain/errors.js';
import { readCron } from '../../domain/schedule/cron.js';
import { afterDue, dueOf, MOST_MISSED, type Due } from '../../domain/schedule/due.js';
import type { Schedule } from '../../domain/schedule/schedule.js';
import type { ScheduleId } from '../../domain/values/ids.js';
import { portia } from '../../domain/next-step.js';
import { count } from '../../ui/brief-value.js';
import type { DriveFlags } from '../session/options.js';
import type { Session } from '../session/session.js';
import { startScheduled } from './scheduled-run.js';

/** How often schedules are looked at, in milliseconds. */
const LOOK_MS = 1_000;
/** After this time a schedule is looked at again whose run could not be begun here, in milliseconds. */
const REFUSED_MS = 60_000;
/** Longest time in which a process that was killed has its run, where that cannot be known, in milliseconds. */
const HELD_MS = 120_000;

/** Leaves runs to workers when schedules are due. */
export class DueSchedules {
  readonly #session: Session<Partial<DriveFlags>>;
  readonly #labels: readonly string[] | undefined;
  /** Until when they are left alone: `performance.now()`. */
  readonly #left = new Map<ScheduleId, number>();
  /** Those whose runs another process has, and until when that is believed: `performance.now()`. */
  readonly #held = new Map<ScheduleId, number>();
  #nextLook = 0;

  /** `labels`: only schedules whose runs have one of them. */
  constructor(session: Session<Partial<DriveFlags>>, labels: readonly string[] | undefined) {
    this.#session = session;
    this.#labels = labels;
  }

  /**
   * Once a second at most. Gives whether a run that is due is begun by another process, which may have been killed. Rejects
   * with `store-unreachable`.
   */
  async look(): Promise<boolean> {
    const time = performance.now();
    if (time >= this.#nextLook) {
      this.#nextLook = time + LOOK_MS;
      await this.#startAll(time);
    }
    return Array.from(this.#held.values()).some((until) => until > time);
  }

  async #startAll(time: number): Promise<void> {
    const { now, schedules } = await this.#session.services.store.schedules.due();
    for (const id of this.#held.keys()) if (!schedules.some((schedule) => schedule.id === id)) this.#held.delete(id);
    for (const schedule of schedules) {
      if ((this.#left.get(schedule.id) ?? 0) > time) continue;
      if ('unreadable' in schedule)
        await this.#leave(schedule.id, `${schedule.id} cannot be read: ${schedule.unreadable}`);
      else if (this.#isWanted(schedule)) await this.#start(schedule, now);
    }
  }

  #isWanted({ labels }: Schedule): boolean {
    return this.#labels === undefined || labels.some((label) => this.#labels?.includes(label));
  }

  async #start(schedule: Schedule, now: string): Promise<void> {
    try {
      const cron = await readCron(schedule.cron, schedule.zone);
      if ('why' in cron) throw new PortiaError('unreadable', `${schedule.id} cannot be used.`, { why: cron.why });
      const due = dueOf(schedule, cron, Date.parse(now));
      const last = await startScheduled(this.#session, schedule, due.run);
      this.#held.delete(schedule.id);
      // Else another worker has done the same.
      const isMine = await this.#session.services.store.schedules.replace(afterDue(schedule, due, last));
      if (isMine) await this.#tellMissed(schedule, due);
    } catch (error) {
      if (!(error instanceof PortiaError) || error.code === 'store-unreachable') throw error;
      if (error.code === 'run-locked') return this.#hold(schedule.id);
      this.#held.delete(schedule.id);
      const { code, message, details } = error;
      await this.#leave(
        schedule.id,
        `No run of ${schedule.id} was begun [${code}]: ${message} ${details.why ?? ''}`.trimEnd(),
      );
    }
  }

  #hold(id: ScheduleId): void {
    if (!this.#held.has(id)) this.#held.set(id, performance.now() + HELD_MS);
  }

  async #leave(id: ScheduleId, warning: string): Promise<void> {
    this.#left.set(id, performance.now() + REFUSED_MS);
    await this.#session.warn(warning);
  }

  async #tellMissed({ id, missed: policy }: Schedule, { missed, hasOlder }: Due): Promise<void> {
    const { speech, warn } = this.#session;
    if (missed.length > 0) {
      const ask = `Decide what becomes of them: ${speech.spell(portia('queue', 'missed', id))}`;
      const times = count(missed.length, 'time');
      await warn(`${times} of ${id} had no worker, from ${missed[0]}. ${policy === 'ask' ? ask : 'They get no run.'}`);
    }
    if (hasOlder) await warn(`More than ${MOST_MISSED} times of ${id} had no worker. The older ones get no run.`);
  }
}
