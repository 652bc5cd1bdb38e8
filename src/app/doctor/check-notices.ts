import { advice, portia } from '../../domain/next-step.js';
import type { Notice } from '../../domain/run/notice.js';
import type { ListedNotice } from '../../storage/notices.js';
import type { Check } from './check.js';

/** A target of notices, with those that it did not take. */
export interface ToldTarget {
  name: string;
  /** Its address for messages, and where it is written. */
  to: string;
  source: string;
  /** Why nothing can be sent there: a variable that is not set. */
  problem?: string | undefined;
  /** The newest last. */
  failed: Notice[];
}

/** Each target, and the last that it did not take. */
export function checkNotices(targets: readonly ToldTarget[]): Check[] {
  return targets.map(({ name, to, source, problem, failed }): Check => {
    const id = `notify.${name}`;
    const fix = advice`Correct it, and try it: ${portia('notify', 'test', name)}`;
    if (problem !== undefined) return { id, status: 'warning', what: `${name}: ${problem}`, fix };
    const last = failed.at(-1);
    if (last === undefined) return { id, status: 'ok', what: `${name} is told by ${to}   (${source})` };
    const next = last.state === 'failed' ? 'it was given up' : `it is tried again at ${last.due_at}`;
    const what = `${name} did not take ${failed.length} of its notices, last of run ${last.run_id}: ${last.error}; ${next}`;
    return { id, status: 'warning', what, fix };
  });
}

/** How long what was given up is told of, in milliseconds. */
const TOLD_MS = 7 * 24 * 3_600_000;

/** Those of a target that it did not take, and of those that were given up the ones of the last 7 days. */
export function failedFor(name: string, unsent: readonly ListedNotice[], now: Date): Notice[] {
  const isTold = ({ settled_at: at }: Notice) => at === null || now.getTime() - Date.parse(at) < TOLD_MS;
  return unsent.flatMap((notice) =>
    'unreadable' in notice || notice.target !== name || notice.error === null || !isTold(notice) ? [] : [notice],
  );
}
