import { isSettled, type Notice } from '../domain/run/notice.js';
import type { NoticeId, Now, RunId } from '../domain/values/ids.js';
import { byAge, isReady, type ListedNotice, type Notices } from './notices.js';

/** Notices for as long as the process lives. */
export class MemoryNotices implements Notices {
  readonly #now: Now;
  readonly #kept = new Map<NoticeId, Notice>();

  constructor(now: Now) {
    this.#now = now;
  }

  async add(notices: readonly Notice[]): Promise<Notice[]> {
    const added = notices.filter(({ id }) => !this.#kept.has(id));
    for (const notice of added) this.#kept.set(notice.id, { ...notice });
    return added;
  }

  async ready(): Promise<{ now: string; notices: ListedNotice[] }> {
    const now = this.#now().toISOString();
    return { now, notices: (await this.unsent()).filter((notice) => isReady(notice, now)) };
  }

  async unsent(): Promise<ListedNotice[]> {
    return byAge(Array.from(this.#kept.values(), (notice) => ({ ...notice })).filter((notice) => !isSettled(notice)));
  }

  async replace(notices: readonly Notice[]): Promise<boolean> {
    if (notices.some(({ id, revision }) => this.#kept.get(id)?.revision !== revision - 1)) return false;
    for (const notice of notices) this.#kept.set(notice.id, { ...notice });
    return true;
  }

  /** With the run they are about. */
  forget(run: RunId): void {
    for (const { id, run_id: about } of this.#kept.values()) if (about === run) this.#kept.delete(id);
  }
}
