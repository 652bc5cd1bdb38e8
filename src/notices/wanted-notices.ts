import { newNotice, type Notice, type NoticeSubject } from '../domain/run/notice.js';
import { openClarifications } from '../domain/run/clarification.js';
import type { Run } from '../domain/run/run.js';
import { stillAsked } from '../domain/run/who-may-answer.js';
import { spanMs, type NotifyEvent, type NotifyTarget } from './notify-settings.js';

/** How often a question is told of again at most. */
export const MOST_REMINDERS = 5;

/** What a target is told of that does not say. */
export const DEFAULT_EVENTS: readonly NotifyEvent[] = ['question', 'failure'];

/** What the targets are told of a run that stopped, as it is now: its open questions, or how it ended. */
export function wantedNotices(run: Run, targets: readonly NotifyTarget[], now: string): Notice[] {
  const open = openClarifications(run);
  if (open.length === 0) return ofEnd(run, targets, now);
  return open.flatMap((question) => {
    const { id, raised_at: raisedAt = now } = question;
    const names = stillAsked(question);
    const told = targets.filter((target) => isToldOf('question')(target) && isForPeopleOf(target, names));
    return told.flatMap((target) => {
      const about = { run_id: run.id, question_id: id, seq: 0, number: 0 };
      const { remind_after: remindAfter, escalate } = target;
      const later = (subject: NoticeSubject, ms: number) => noticeAt(subject, { now, at: after(raisedAt, ms) });
      return [
        noticeSoon({ ...about, kind: 'question', target: target.name }, target, now),
        ...(remindAfter === undefined
          ? []
          : [later({ ...about, kind: 'reminder', target: target.name, number: 1 }, spanMs(remindAfter))]),
        ...(escalate?.to ?? []).map((to) =>
          later({ ...about, kind: 'escalation', target: to }, spanMs(escalate?.after)),
        ),
      ];
    });
  });
}

/** The reminder after one that was sent; undefined after the last. */
export function nextReminder(sent: Notice, target: NotifyTarget, now: string): Notice | undefined {
  if (sent.kind !== 'reminder' || sent.number >= MOST_REMINDERS || target.remind_after === undefined) return undefined;
  return noticeAt({ ...sent, number: sent.number + 1 }, { now, at: after(now, spanMs(target.remind_after)) });
}

function ofEnd(run: Run, targets: readonly NotifyTarget[], now: string): Notice[] {
  const kind = endOf(run);
  if (kind === undefined) return [];
  const about = { kind, run_id: run.id, question_id: null, seq: run.metadata.last_seq, number: 0 };
  return targets.filter(isToldOf(kind)).map((target) => noticeSoon({ ...about, target: target.name }, target, now));
}

/** Whoever said no knows it. A run that has used up its budget needs a person, and asks nothing. */
function endOf({ state, error, pause }: Run): 'end' | 'failure' | undefined {
  if (state === 'COMPLETE') return 'end';
  const isFailed = state === 'FAILED' && error?.code !== 'declined';
  return isFailed || pause?.reason === 'budget' ? 'failure' : undefined;
}

/** A question for certain people goes to a target that knows people only if it knows one of them. */
function isForPeopleOf({ people }: NotifyTarget, names: readonly string[]): boolean {
  return people === undefined || names.length === 0 || names.some((name) => Object.hasOwn(people, name));
}

function isToldOf(event: NotifyEvent): (target: NotifyTarget) => boolean {
  return ({ on = DEFAULT_EVENTS }) => on.includes(event);
}

function noticeSoon(subject: NoticeSubject, { digest }: NotifyTarget, now: string): Notice {
  return newNotice(subject, { created_at: now, ready_at: now, due_at: after(now, spanMs(digest)) });
}

function noticeAt(subject: NoticeSubject, { now, at }: { now: string; at: string }): Notice {
  return newNotice(subject, { created_at: now, ready_at: at, due_at: at });
}

function after(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}
