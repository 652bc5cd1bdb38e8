import type { CallWait, Lesson, WantedCall } from '../../domain/run/call-limits.js';

/** Where the calls of one provider are counted. */
export interface CallLedger {
  /** Counts a call that begins now, or says why it cannot yet. */
  begin(wanted: WantedCall): Begun | Promise<Begun>;
  /** The call has ended, and what its answer told. */
  end(call: BegunCall, lesson: Lesson): void | Promise<void>;
  /** How long at most to wait before asking again, where calls may end that this process does not see; milliseconds. */
  readonly pollMs?: number | undefined;
}

export type Begun = { kind: 'begun'; call: BegunCall } | ({ kind: 'wait' } & CallWait);

export interface BegunCall {
  id: number;
  model: string;
}
