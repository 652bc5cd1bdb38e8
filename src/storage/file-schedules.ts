import { join } from 'node:path';

import { PortiaError } from '../domain/errors.js';
import type { Schedule } from '../domain/schedule/schedule.js';
import type { Now, ScheduleId } from '../domain/values/ids.js';
import { removeIfThere, syncFolder, type FileSystem } from './file-system.js';
import { idOfFile, listFolder } from './list-ids.js';
import type { ProcessIdentity } from './process-identity.js';
import { readBytes, textOf } from './read-file.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';
import { isDue, listedSchedule, noSuchSchedule, scheduleText, type ListedSchedule } from './schedules.js';
import { workAlone } from './work-alone.js';

interface FileSchedulesOptions {
  fs: FileSystem;
  now: Now;
  /** This process. */
  self: () => ProcessIdentity;
}

/** The folder `runs/schedules/`: a file for each schedule. They are changed by one process at a time. */
export class FileSchedules {
  readonly #folder: string;
  readonly #options: FileSchedulesOptions;

  constructor(folder: string, options: FileSchedulesOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  add(schedule: Schedule): void {
    ensureFolder(this.#folder, 0o700, this.#options.fs);
    this.#write(schedule, false);
  }

  list(): ListedSchedule[] {
    const ids = listFolder(this.#folder, this.#options.fs).flatMap((name) => idOfFile(name, 'schd') ?? []);
    return ids.sort().flatMap((id) => this.#read(id) ?? []);
  }

  due(): { now: string; schedules: ListedSchedule[] } {
    const now = this.#options.now().toISOString();
    return { now, schedules: this.list().filter((schedule) => isDue(schedule, now)) };
  }

  async replace(schedule: Schedule): Promise<boolean> {
    return this.#alone(() => {
      const kept = this.#read(schedule.id);
      if (kept === undefined || 'unreadable' in kept || kept.revision !== schedule.revision - 1) return false;
      this.#write(schedule, true);
      return true;
    });
  }

  async remove(id: ScheduleId): Promise<void> {
    const { fs } = this.#options;
    if (fs.lstat(this.#path(id)) === undefined) throw noSuchSchedule(id);
    await this.#alone(() => {
      removeIfThere(this.#path(id), fs);
      syncFolder(fs, this.#folder);
    });
  }

  async #alone<Result>(act: () => Result): Promise<Result> {
    const { fs, self, now } = this.#options;
    return workAlone(this.#folder, { fs, self: self(), now }, act);
  }

  #write(schedule: Schedule, replace: boolean): void {
    const { fs, self } = this.#options;
    writeFileSafely(this.#path(schedule.id), scheduleText(schedule), { replace, fs, writer: self() });
  }

  #read(id: ScheduleId): ListedSchedule | undefined {
    try {
      const file = readBytes(this.#path(id), this.#options.fs);
      return file && listedSchedule(id, textOf(file.bytes, id));
    } catch (error) {
      if (error instanceof PortiaError && error.code === 'unreadable') return { id, unreadable: error.message };
      throw error;
    }
  }

  #path(id: ScheduleId): string {
    return join(this.#folder, `${id}.json`);
  }
}
