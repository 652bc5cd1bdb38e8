import type { EventBody, RunEvent } from '../domain/run/events.js';
import type { Run, RunState } from '../domain/run/run.js';
import type { Measured } from '../domain/values/digest.js';
import type { PlanId, RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { EndUserStore } from './end-user-store.js';
import type { PlanComments } from './plan-comments.js';
import type { PlanStore } from './plan-store.js';
import type { RunReceiver } from './run-receiver.js';
import type { SealedAnswers } from './sealed-answers.js';
import type { SignalStore } from './signal-store.js';
import type { StartKeyStore } from './start-key-store.js';

/**
 * The port to the files, the memory or the database in which plans, runs and end users live. Every method rejects with a
 * PortiaError.
 */
export interface Store
  extends PlanStore, PlanComments, RunStore, StartKeyStore, SealedAnswers, SignalStore, EndUserStore {
  /** The time by the clock that all who use the store share. */
  clock(): Promise<Date>;
  /** Whether there is such a plan or run: found without listing the others. */
  has(id: PlanId | RunId): Promise<boolean>;
}

/** Runs with their logs. */
export interface RunStore {
  readRun(id: RunId, options?: ReadOptions): Promise<StoredRun | undefined>;
  /** The same; rejects with `not-found` when there is no such run. */
  requireRun(id: RunId, options?: ReadOptions): Promise<StoredRun>;
  /** What a list shows of a run, cheaply: of complete runs little is verified. Never rejects for a bad file; `unreadable` says what is wrong. */
  readRunBrief(id: RunId): Promise<RunBrief>;
  /** The oldest first; empty for a run file without a log. `not-found` when there is no such run. */
  readEvents(id: RunId): Promise<RunEvent[]>;
  /** The first event of the whole log that is not as it was recorded; undefined when every one is. */
  findLogBreak(id: RunId): Promise<LogBreak | undefined>;
  /** Starts the log of a new run, owned by this process. What was left without a whole event is not a run and is replaced. */
  createRun(id: RunId): Promise<RunLog>;
  /** Takes the run over for driving. Rejects with `run-locked` while another process owns it. */
  openRun(id: RunId, options?: OpenOptions): Promise<RunLog>;
  /** Newest first. */
  listRunIds(): Promise<RunId[]>;
  /** Runs as a list shows them, the newest first, without those inside others, which are shown with these. */
  listRuns(filter: RunFilter): AsyncIterable<RunBrief>;
  /**
   * A text that is another one once any run may be different from what was read of it, save for those that had an owner
   * then; undefined where only reading them tells.
   */
  runChanges(): Promise<string | undefined>;
  readMemory(id: RunId, digest: string): Promise<Json>;
  /** The lines of the log as they were written, without their line ends, the oldest first. */
  readLines(id: RunId): AsyncIterable<string>;
  /** For runs that come from another store. */
  receiveRuns(): RunReceiver;
  removeRun(id: RunId): Promise<void>;
}

export interface RunFilter {
  /** Runs that wait for a person are in NEED_CLARIFICATION, also those that were stopped while they asked. */
  state?: RunState | undefined;
  limit: number;
}

export interface ReadOptions {
  /** Which steps of long loops are wanted beside the newest: their records are read in the log. Default: none. */
  keeps?: ((path: string) => boolean) | undefined;
}

export interface OpenOptions {
  /** Also from another process that drives it. */
  takeOver?: boolean | undefined;
  /**
   * Called before the log is read, and again when it has to be read again. The function that it returns gets every
   * event, the oldest first. So a long log is read once, and need not be held.
   */
  reader?: (() => ReadEvent) | undefined;
}

export type ReadEvent = (event: RunEvent) => void;

/** Where a log is not as it was recorded. */
export interface LogBreak {
  /** `seq` of the first event that is not what the next one says of it, or that is not tied to the one before. */
  seq: number;
  why: string;
}

/** A run as it is stored. */
export interface StoredRun {
  run: Run;
  /** False for a file of the Python SDK, which has no events. */
  hasLog: boolean;
  /** Who drives it now; undefined when nobody does. */
  owner?: Owner | undefined;
  /** The snapshot lacks events of the log, as a crash leaves it: the next driver writes it again. */
  isBehind?: boolean | undefined;
  /** What a person should know of the file, e.g. that it contradicts itself. */
  warnings: string[];
}

/** A run as a list shows it. */
export type RunBrief =
  | {
      id: RunId;
      plan_id: PlanId;
      state: RunState;
      /** How many questions wait for a person; none of a run that has ended. */
      open_questions: number;
      created_at: string;
      updated_at: string;
      current_step_index: number;
      step_count: number;
      /** How many events it has; 0 for a file of the Python SDK. */
      last_seq: number;
      owner?: Owner | undefined;
    }
  | { id: RunId; unreadable: string };

export interface Owner {
  pid: number;
  host: string;
  /** ISO 8601, UTC. */
  since: string;
  /** When it last gave a sign of life, as its file system tells; only of an owner that cannot be judged from here. */
  last_sign?: string;
}

/** The log of one run, owned by this process until `close`. */
export interface RunLog {
  /**
   * Those that say something about the run as a whole, the oldest first. Grows with `append`; empty after
   * `forgetEvents`.
   */
  readonly events: readonly RunEvent[];
  /** Keeps the events in the log alone: a run with many questions would fill the memory with them. */
  forgetEvents(): void;
  /** Up to this event the log is what this user vouched for with a signature; 0 when it is nowhere. */
  readonly vouchedSeq: number;
  /**
   * Aborted, with a PortiaError, once another process may drive the run, so that what is under way ends. Of a store whose
   * owners last as long as their process it is never aborted.
   */
  readonly lost: AbortSignal;
  /** How long this process has the run after each renewal, in milliseconds; 0 where it has the run until it ends. */
  readonly leaseMs: number;
  /** The fold of the events. Changes with `append`; read, never written. */
  readonly run: Run;
  /**
   * Records an event. It is written at the end of this turn of the event loop with the others of the turn, or before when
   * another call needs it; `onWritten` is called then. It is certainly on disk only after `flush`.
   */
  append(body: EventBody, onWritten?: ReadEvent): RunEvent;
  /** Writes what was recorded in this turn. */
  write(): void;
  /** Everything appended so far survives power loss. */
  flush(): Promise<void>;
  /** Rejects with `run-locked` when another process took the run over, as far as is known here; `flush` is sure of it. */
  assertOwner(): Promise<void>;
  /**
   * Keeps a large value beside the log, durable when it resolves, unless `sync` is false; `measured` is of this very
   * value. Rejects with `ValueTooLarge` above the limit.
   */
  storeMemory(value: Json, options?: { measured?: Measured; sync?: boolean }): Promise<Measured>;
  readMemory(digest: string): Promise<Json>;
  /** Writes the snapshot `runs/<id>.json` from the fold. */
  snapshot(): Promise<void>;
  /** Flushes, writes the snapshot and gives the run free. */
  close(): Promise<void>;
}
