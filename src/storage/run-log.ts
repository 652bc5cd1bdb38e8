import { measureJson, type Measured } from '../domain/values/digest.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import type { EventBody, RunEvent } from '../domain/run/events.js';
import type { Now, RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { Run } from '../domain/run/run.js';
import type { RunFold } from '../domain/run/run-transitions.js';
import { ValueTooLarge } from '../domain/run/value-too-large.js';
import { Later } from './later.js';
import type { Limits } from './limits.js';
import { LogHead, type LogHeadOptions } from './log-head.js';
import { shared } from './shared-act.js';
import type { ReadEvent, RunLog } from './store.js';
import type { Turn } from './turn.js';

/** Where a log's lines, values and snapshots go. Every function throws a PortiaError. */
export interface LogBackend {
  /** Name of the log in messages. */
  readonly name: string;
  /** Whole lines, each with its newline. */
  append(lines: readonly string[]): void;
  flush(): void;
  assertOwner(): void;
  writeMemory(digest: string, value: Json, sync: boolean): void;
  readMemory(digest: string): Json;
  /** Cheaply: a power loss may take it, as it may take the event that it is made from. */
  writeFirstSnapshot(run: Run): void;
  writeSnapshot(run: Run): void;
  /** Closes and gives the run free. */
  release(): void;
}

export interface RunLogOptions {
  id: RunId;
  now: Now;
  backend: LogBackend;
  /** Of the store. */
  turn: Turn;
  past?: LogHeadOptions['past'];
  signing?: LogHeadOptions['signing'];
  /** `seq` of the last event up to which this user vouched for the log; 0 when there is none. */
  vouchedSeq?: number | undefined;
  /** `seq` of the last event in the snapshot that is there; 0 when there is none. */
  snapshotSeq: number;
  limits: Limits;
}

/** A snapshot is due when the log has doubled since the last one, so that reading stays cheap without being asked for. */
const FIRST_SNAPSHOT = 1024;

/** Characters that are written together at most, unless one event has more. */
const MOST_TOGETHER = 64 * 1024;

/** The part of a run log that is the same for every store. */
export function createRunLog(options: RunLogOptions): RunLog {
  return new BackedRunLog(options);
}

class BackedRunLog implements RunLog {
  readonly #id: RunId;
  readonly #backend: LogBackend;
  readonly #turn: Turn;
  readonly #head: LogHead;
  readonly #limits: Limits;
  readonly vouchedSeq: number;
  readonly lost = new AbortController().signal;
  readonly leaseMs = 0;
  #snapshotSeq: number;
  /** Recorded in this turn, and not written yet. */
  #lines: string[] = [];
  #characters = 0;
  #told: (() => void)[] = [];
  readonly #later: Later;
  /** What the background could not do: thrown by whatever is written next. */
  #lateFailure: { error: unknown } | undefined;
  #failed = false;
  #closed = false;

  constructor(options: RunLogOptions) {
    const { id, backend, turn, snapshotSeq, vouchedSeq = 0 } = options;
    this.#id = id;
    this.#backend = backend;
    this.#turn = turn;
    this.#head = new LogHead({ ...options, name: backend.name });
    this.#limits = options.limits;
    this.vouchedSeq = vouchedSeq;
    this.#snapshotSeq = snapshotSeq;
    this.#later = new Later({
      flush: () => this.#inBackground(() => this.#flushNow()),
      snapshot: () => this.#inBackground(() => this.#writeSnapshot()),
    });
  }

  get events(): readonly RunEvent[] {
    return this.#head.events;
  }

  forgetEvents(): void {
    this.#head.forgetEvents();
  }

  get run(): Run {
    return this.#head.run;
  }

  append(body: EventBody, onWritten?: ReadEvent): RunEvent {
    this.#refuseUnusable();
    const { event, line } = this.#head.record(body);
    this.#lines.push(`${line}\n`);
    this.#characters += line.length;
    if (onWritten !== undefined) this.#told.push(() => onWritten(event));
    this.#turn.add(this);
    const isFirst = event.type === 'run.created';
    if (isFirst || this.#failed || this.#characters > MOST_TOGETHER) this.#write();
    if (isFirst) this.#inBackground(() => this.#backend.writeFirstSnapshot(this.run));
    this.#later.appended(event, this.#snapshotSeq > 0);
    return event;
  }

  write(): void {
    this.#write();
  }

  endTurn(): void {
    this.#inBackground(() => this.#write());
  }

  /** What is recorded side by side reaches the disk together. */
  readonly flush = shared(() => {
    this.#flushNow();
    if (this.#head.lastSeq >= Math.max(FIRST_SNAPSHOT, 2 * this.#snapshotSeq)) this.#writeSnapshot();
  });

  readonly assertOwner = shared(() => this.#backend.assertOwner());

  async storeMemory(
    value: Json,
    { measured = measureJson(value), sync = true }: { measured?: Measured; sync?: boolean } = {},
  ): Promise<Measured> {
    const { valueBytes } = this.#limits;
    if (measured.bytes > valueBytes) throw new ValueTooLarge(measured, valueBytes);
    this.#write(() => {
      if (sync) this.#backend.assertOwner();
      this.#backend.writeMemory(measured.digest, value, sync);
    });
    return measured;
  }

  async readMemory(digest: string): Promise<Json> {
    return this.#backend.readMemory(digest);
  }

  #flushNow(): void {
    this.#write(() => this.#backend.flush());
    this.#later.flushed();
  }

  #inBackground(act: () => void): void {
    if (this.#closed || this.#failed) return;
    try {
      act();
    } catch (error) {
      this.#lateFailure = { error };
    }
  }

  async snapshot(): Promise<void> {
    this.#writeSnapshot();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#later.written();
    try {
      this.#refuseUnusable();
      // What failed was reported when it failed, and what it left on disk is for the next owner to judge.
      if (!this.#failed && this.#head.lastSeq > 0) this.#writeSnapshot();
    } finally {
      this.#closed = true;
      this.#backend.release();
    }
  }

  #writeSnapshot(): void {
    this.#write(() => {
      this.#backend.assertOwner();
      this.#backend.flush();
      this.#backend.writeSnapshot(this.run);
      this.#snapshotSeq = this.#head.lastSeq;
      this.#later.written();
    });
  }

  /** Acts once everything that was recorded is written. */
  #write(action?: () => void): void {
    this.#refuseUnusable();
    try {
      this.#writeLines();
      action?.();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #writeLines(): void {
    if (this.#lines.length === 0) return;
    const [lines, told] = [this.#lines, this.#told];
    [this.#lines, this.#told, this.#characters] = [[], [], 0];
    this.#backend.append(lines);
    for (const tell of told) tell();
  }

  #refuseUnusable(): void {
    if (this.#closed) throw new PortiaError('internal', `The log of ${this.#id} is closed.`, { runId: this.#id });
    const late = this.#lateFailure;
    this.#lateFailure = undefined;
    if (late !== undefined) throw late.error;
  }
}

/** Lets the fold take in an event of a log. One that it cannot digest is `unreadable`, naming its line. */
export function applyTo(fold: RunFold, event: RunEvent, name: string): void {
  try {
    fold.apply(event);
  } catch (error) {
    if (error instanceof PortiaError) throw error;
    throw new PortiaError('unreadable', `${name}:${event.seq} is not a valid event.`, {
      why: messageOf(error),
      fix: 'Restore events.ndjson from a backup; nothing was changed.',
      runId: event.run_id,
      cause: error,
    });
  }
}
