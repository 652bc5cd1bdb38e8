import { join } from 'node:path';

import { PortiaError } from '../domain/errors.js';
import { isSettled, type Notice } from '../domain/run/notice.js';
import { isNoticeId, type NoticeId, type Now, type RunId } from '../domain/values/ids.js';
import { removeIfThere, syncFolder, type FileSystem } from './file-system.js';
import { listFolder } from './list-ids.js';
import { byAge, isReady, listedNotice, noticeText, type ListedNotice, type Notices } from './notices.js';
import type { ProcessIdentity } from './process-identity.js';
import { readBytes, textOf } from './read-file.js';
import { ensureFolder, writeFileSafely } from './safe-write.js';
import { workAlone } from './work-alone.js';

interface FileNoticesOptions {
  fs: FileSystem;
  now: Now;
  /** This process. */
  self: () => ProcessIdentity;
}

/** Which run a notice is about, and its id: both are the name of its file. */
type Named = Pick<Notice, 'run_id' | 'id'>;

/**
 * The folder `runs/notices/`: a file for each notice that is not settled, and in `settled/` for each that is. They are
 * changed by one process at a time.
 */
export class FileNotices implements Notices {
  readonly #folder: string;
  readonly #settled: string;
  readonly #options: FileNoticesOptions;

  constructor(folder: string, options: FileNoticesOptions) {
    this.#folder = folder;
    this.#settled = join(folder, 'settled');
    this.#options = options;
  }

  async add(notices: readonly Notice[]): Promise<Notice[]> {
    if (notices.every((notice) => this.#has(notice))) return [];
    ensureFolder(this.#settled, 0o700, this.#options.fs);
    return this.#alone(() => {
      const added = notices.filter((notice) => !this.#has(notice));
      for (const notice of added) this.#write(this.#folder, notice, { replace: false });
      return added;
    });
  }

  async ready(): Promise<{ now: string; notices: ListedNotice[] }> {
    const now = this.#options.now().toISOString();
    return { now, notices: (await this.unsent()).filter((notice) => isReady(notice, now)) };
  }

  async unsent(): Promise<ListedNotice[]> {
    const notices = this.#names(this.#folder).flatMap((name) => this.#read(name) ?? []);
    return byAge(notices.filter((notice) => 'unreadable' in notice || !isSettled(notice)));
  }

  async replace(notices: readonly Notice[]): Promise<boolean> {
    if (notices.length === 0) return true;
    return this.#alone(() => {
      const isAsBefore = (notice: Notice) => {
        const kept = this.#isSettled(notice) ? undefined : this.#read(fileName(notice));
        return kept !== undefined && !('unreadable' in kept) && kept.revision === notice.revision - 1;
      };
      if (!notices.every(isAsBefore)) return false;
      for (const notice of notices) this.#keep(notice);
      return true;
    });
  }

  /** With the run they are about. */
  async forget(run: RunId): Promise<void> {
    const { fs } = this.#options;
    const ofRun = (folder: string) =>
      this.#names(folder).flatMap((name) => (name.startsWith(`${run}.`) ? [join(folder, name)] : []));
    if ([...ofRun(this.#folder), ...ofRun(this.#settled)].length === 0) return;
    await this.#alone(() => {
      for (const path of [...ofRun(this.#folder), ...ofRun(this.#settled)]) removeIfThere(path, fs);
    });
  }

  /** A process that is killed in between leaves both files: the settled one counts. */
  #keep(notice: Notice): void {
    const { fs } = this.#options;
    if (!isSettled(notice)) return this.#write(this.#folder, notice, { replace: true });
    this.#write(this.#settled, notice, { replace: true });
    removeIfThere(join(this.#folder, fileName(notice)), fs);
    syncFolder(fs, this.#folder);
  }

  async #alone<Result>(act: () => Result): Promise<Result> {
    const { fs, self, now } = this.#options;
    return workAlone(this.#folder, { fs, self: self(), now }, act);
  }

  #write(folder: string, notice: Notice, { replace }: { replace: boolean }): void {
    const { fs, self } = this.#options;
    writeFileSafely(join(folder, fileName(notice)), noticeText(notice), { replace, fs, writer: self() });
  }

  #names(folder: string): string[] {
    return listFolder(folder, this.#options.fs).filter((name) => idOfName(name) !== undefined);
  }

  #has(notice: Named): boolean {
    return this.#isSettled(notice) || this.#options.fs.lstat(join(this.#folder, fileName(notice))) !== undefined;
  }

  #isSettled(notice: Named): boolean {
    return this.#options.fs.lstat(join(this.#settled, fileName(notice))) !== undefined;
  }

  #read(name: string): ListedNotice | undefined {
    const id = idOfName(name);
    if (id === undefined) return undefined;
    if (this.#options.fs.lstat(join(this.#settled, name)) !== undefined) return undefined;
    try {
      const file = readBytes(join(this.#folder, name), this.#options.fs);
      return file && listedNotice(id, textOf(file.bytes, id));
    } catch (error) {
      if (error instanceof PortiaError && error.code === 'unreadable') return { id, unreadable: error.message };
      throw error;
    }
  }
}

/** Of two ids, neither of which anybody else chose. */
function fileName({ run_id: run, id }: Named): string {
  return `${run}.${id}.json`;
}

function idOfName(name: string): NoticeId | undefined {
  const id = name.split('.')[1];
  return name.endsWith('.json') && isNoticeId(id) ? id : undefined;
}
