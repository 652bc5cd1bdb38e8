import { PortiaError } from '../domain/errors.js';
import { isNotice, isSettled, noticeProblem, type Notice } from '../domain/run/notice.js';
import type { NoticeId } from '../domain/values/ids.js';
import { parseTextOrThrow } from './read-file.js';
import type { Store } from './store.js';

/**
 * What people are told of the runs of a store: one record for each question or end and each target, which outlives the
 * process that made it. Removed with their run. Every method rejects with a PortiaError.
 */
export interface Notices {
  /** Keeps those that are not there yet, whatever has become of them. Gives those that are new. */
  add(notices: readonly Notice[]): Promise<Notice[]>;
  /** Those that may be sent, or are being sent, by the clock of the store, the oldest first, and what it says: ISO 8601, UTC. */
  ready(): Promise<{ now: string; notices: ListedNotice[] }>;
  /** Those that are neither sent nor dropped, the oldest first. */
  unsent(): Promise<ListedNotice[]>;
  /** Keeps all of the changed ones, whose `revision` grew by 1. False, and nothing is kept, when one is gone or was changed. */
  replace(notices: readonly Notice[]): Promise<boolean>;
}

/** A store that also keeps what people are told. */
export interface NoticingStore extends Store {
  readonly notices: Notices;
}

/** Whether a store that a program brings keeps what people are told. */
export function hasNotices(store: Store): store is NoticingStore {
  return 'notices' in store;
}

/** A notice, or why it cannot be used. */
export type ListedNotice = Notice | { id: NoticeId; unreadable: string };

/** The notice of a text that `noticeText` made. */
export function listedNotice(id: NoticeId, text: string): ListedNotice {
  try {
    const value: unknown = parseTextOrThrow(text, id);
    if (isNotice(value) && value.id === id) return value;
    return { id, unreadable: noticeProblem(value) ?? '/id: it is another one' };
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'unreadable') return { id, unreadable: error.message };
    throw error;
  }
}

export function noticeText(notice: Notice): string {
  return `${JSON.stringify(notice, null, 2)}\n`;
}

/** Whether it may be part of a message now, or is part of one. */
export function isReady(notice: ListedNotice, now: string): boolean {
  return 'unreadable' in notice || (!isSettled(notice) && notice.state !== 'failed' && notice.ready_at <= now);
}

/** The oldest first; those of one time in the order of their ids. */
export function byAge(notices: readonly ListedNotice[]): ListedNotice[] {
  const key = (notice: ListedNotice) => `${'unreadable' in notice ? '' : notice.created_at} ${notice.id}`;
  return notices.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}
