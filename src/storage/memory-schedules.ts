import type { Schedule } from '../domain/schedule/schedule.js';
import type { Now, ScheduleId } from '../domain/values/ids.js';
import {
  isDue,
  listedSchedule,
  noSuchSchedule,
  scheduleText,
  type ListedSchedule,
  type Schedules,
} from './schedules.js';

/** Schedules for as long as the process lives. */
export class MemorySchedules implements Schedules {
  readonly #now: Now;
  readonly #kept = new Map<ScheduleId, { text: string; revision: number }>();

  constructor(now: Now) {
    this.#now = now;
  }

  async add(schedule: Schedule): Promise<void> {
    this.#keep(schedule);
  }

  async list(): Promise<ListedSchedule[]> {
    return Array.from(this.#kept, ([id, { text }]) => listedSchedule(id, text)).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async due(): Promise<{ now: string; schedules: ListedSchedule[] }> {
    const now = this.#now().toISOString();
    return { now, schedules: (await this.list()).filter((schedule) => isDue(schedule, now)) };
  }

  async replace(schedule: Schedule): Promise<boolean> {
    if (this.#kept.get(schedule.id)?.revision !== schedule.revision - 1) return false;
    this.#keep(schedule);
    return true;
  }

  async remove(id: ScheduleId): Promise<void> {
    if (!this.#kept.delete(id)) throw noSuchSchedule(id);
  }

  #keep(schedule: Schedule): void {
    this.#kept.set(schedule.id, { text: scheduleText(schedule), revision: schedule.revision });
  }
}
