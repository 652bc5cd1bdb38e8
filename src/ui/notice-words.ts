import type { Notice } from '../domain/run/notice.js';
import type { NoticeId } from '../domain/values/ids.js';
import { shortId } from '../domain/values/ids.js';
import { oneLine } from '../domain/values/printable.js';

export type ShownNotice = Notice | { id: NoticeId; unreadable: string };

/** Whether it was tried in vain, or cannot be used. */
export function isFailedTry(notice: ShownNotice): boolean {
  return 'unreadable' in notice || notice.error !== null;
}

/** Who was not told of which run, why, and whether it is tried again. */
export function noticeWords(notice: ShownNotice): string {
  if ('unreadable' in notice) return oneLine(`it cannot be read: ${notice.unreadable}`);
  const { target, kind, run_id: run, error, state, tries, due_at: dueAt } = notice;
  const next = state === 'failed' ? `given up after ${tries} tries` : `tried again at ${dueAt}`;
  return oneLine(`${target} was not told of the ${kind} of run ${shortId(run)}: ${error ?? ''}; ${next}`);
}
