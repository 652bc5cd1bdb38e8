import { newNotice, type Notice } from '../../domain/run/notice.js';
import { RUN_ID } from './run-examples.js';

export const PAST = '2000-01-01T00:00:00.000Z';
export const FUTURE = '2200-01-01T00:00:00.000Z';

/** A notice about the end of the run, for a target. */
export function noticeFor(target: string, times: Partial<Pick<Notice, 'created_at' | 'ready_at'>> = {}): Notice {
  return newNotice(
    { kind: 'end', target, run_id: RUN_ID, question_id: null, seq: 4, number: 0 },
    { created_at: PAST, ready_at: PAST, due_at: PAST, ...times },
  );
}
