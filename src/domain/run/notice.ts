import { digestValue } from '../values/digest.js';
import {
  idFromDigest,
  isClarificationId,
  isNoticeId,
  isRunId,
  type ClarificationId,
  type NoticeId,
  type RunId,
} from '../values/ids.js';
import { isJsonObject } from '../values/json.js';

/** What people are told of: `reminder` and `escalation` are about a question that is still open. */
export const NOTICE_KINDS = ['question', 'reminder', 'escalation', 'failure', 'end'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** `dropped`: nobody had to be told any more. */
const NOTICE_STATES = ['due', 'sending', 'sent', 'failed', 'dropped'] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];

/** What one target is told of one question or one end of a run. All times are ISO 8601, UTC. */
export interface Notice {
  /** Made from what it is about and its target, so that there is one of each. */
  id: NoticeId;
  kind: NoticeKind;
  /** The name of the target in the settings. */
  target: string;
  run_id: RunId;
  /** Null for the end of a run. */
  question_id: ClarificationId | null;
  /** `last_seq` of the run when it ended; 0 for a question. */
  seq: number;
  /** Which reminder it is, from 1; 0 for any other. */
  number: number;
  created_at: string;
  /** From when on it may be part of a message. */
  ready_at: string;
  state: NoticeState;
  /** When it must be sent. While it is being sent: when another process may send it. */
  due_at: string;
  /** How often it was tried to send it. */
  tries: number;
  /** Id of the message that it is part of, the same in every try. */
  message_id: string | null;
  /** Why the last try did not work. */
  error: string | null;
  /** When it was sent, given up or dropped. */
  settled_at: string | null;
  /** Grows by 1 with each change, so that of two changes at once one is refused. */
  revision: number;
}

/** What a notice is about, for whom, and from when on. */
export type NoticeSubject = Pick<Notice, 'kind' | 'target' | 'run_id' | 'question_id' | 'seq' | 'number'>;

/** A notice that nobody has tried to send. */
export function newNotice(
  { kind, target, run_id, question_id, seq, number }: NoticeSubject,
  times: Pick<Notice, 'created_at' | 'ready_at' | 'due_at'>,
): Notice {
  const subject = { kind, target, run_id, question_id, seq, number };
  return {
    id: idFromDigest('note', digestValue(subject)),
    ...subject,
    ...times,
    state: 'due',
    tries: 0,
    message_id: null,
    error: null,
    settled_at: null,
    revision: 1,
  };
}

/** Whether nothing is left to do for it. */
export function isSettled({ state }: Pick<Notice, 'state'>): boolean {
  return state === 'sent' || state === 'dropped';
}

// Not a schema: that would cost every command as much as starting the program.
/** Why a value is not a notice, with a JSON pointer before it; undefined when it is one. */
export function noticeProblem(value: unknown): string | undefined {
  if (!isJsonObject(value)) return '/: expected an object';
  const wrong = Object.entries(CHECKS).find(([key, { is }]) => !is(value[key]));
  return wrong && `/${wrong[0]}: expected ${wrong[1].expected}`;
}

export function isNotice(value: unknown): value is Notice {
  return noticeProblem(value) === undefined;
}

const oneOf = (words: readonly string[]) => ({
  expected: `one of ${words.join(', ')}`,
  is: (value: unknown) => words.some((each) => each === value),
});
const orNull = ({ expected, is }: { expected: string; is: (value: unknown) => boolean }) => ({
  expected: `${expected} or null`,
  is: (value: unknown) => value === null || is(value),
});
const text = { expected: 'a text', is: (value: unknown) => typeof value === 'string' };
const time = {
  expected: 'a time',
  is: (value: unknown) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
};
const whole = { expected: 'a whole number', is: (value: unknown) => Number.isSafeInteger(value) };

const CHECKS: Record<keyof Notice, { expected: string; is: (value: unknown) => boolean }> = {
  id: { expected: 'the id of a notice', is: isNoticeId },
  kind: oneOf(NOTICE_KINDS),
  target: text,
  run_id: { expected: 'the id of a run', is: isRunId },
  question_id: orNull({ expected: 'the id of a question', is: isClarificationId }),
  seq: whole,
  number: whole,
  created_at: time,
  ready_at: time,
  state: oneOf(NOTICE_STATES),
  due_at: time,
  tries: whole,
  message_id: orNull(text),
  error: orNull(text),
  settled_at: orNull(time),
  revision: whole,
};
