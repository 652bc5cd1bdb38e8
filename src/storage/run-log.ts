import { digestText } from '../domain/digest.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import type { EventBody, RunEvent } from '../domain/events.js';
import type { Now, RunId } from '../domain/ids.js';
import { depthOf, type Json } from '../domain/json.js';
import type { Run } from '../domain/run.js';
import { createFold, type RunFold } from '../domain/run-transitions.js';
import { readEvent } from './event-shape.js';
import type { LogChain } from './log-chain.js';
import { MAX_FILE_BYTES, MAX_RECORD_DEPTH } from './read-file.js';
import type { RunLog } from './store.js';

/** Where a log's lines, values and snapshots go. Every function throws a PortiaError. */
export interface LogBackend {
  /** Name of the log in messages. */
  readonly name: string;
  append(line: string): void;
  flush(): void;
  assertOwner(): void;
  writeMemory(digest: string, text: string): void;
  readMemory(digest: string): Json;
  writeSnapshot(run: Run): void;
  /** Closes and gives the run free. */
  release(): void;
}

export interface RunLogOptions {
  id: RunId;
  now: Now;
  backend: LogBackend;
  /** What the log holds already. */
  events: RunEvent[];
  /** Its end. */
  chain: LogChain;
  /** `seq` of the last event in the snapshot that is there; 0 when there is none. */
  snapshotSeq: number;
}

/** A snapshot is due when the log has doubled since the last one, so that reading stays cheap without being asked for. */
const FIRST_SNAPSHOT = 1024;

/** The part of a run log that is the same for every store. */
export function createRunLog(options: RunLogOptions): RunLog {
  return new BackedRunLog(options);
}

class BackedRunLog implements RunLog {
  readonly #id: RunId;
  readonly #now: Now;
  readonly #backend: LogBackend;
  readonly #chain: LogChain;
  #events: RunEvent[] | undefined;
  #lastSeq: number;
  readonly #fold: RunFold;
  #snapshotSeq: number;
  #failed = false;
  #closed = false;

  constructor({ id, now, backend, events, chain, snapshotSeq }: RunLogOptions) {
    this.#id = id;
    this.#now = now;
    this.#backend = backend;
    this.#chain = chain;
    this.#events = events;
    this.#lastSeq = events.length;
    this.#fold = foldOf(events, backend.name);
    this.#snapshotSeq = snapshotSeq;
  }

  get events(): readonly RunEvent[] {
    return this.#events ?? [];
  }

  forgetEvents(): void {
    this.#events = undefined;
  }

  get run(): Run {
    return this.#fold.run;
  }

  append(body: EventBody): RunEvent {
    const envelope = {
      seq: this.#lastSeq + 1,
      ts: this.#now().toISOString(),
      id: this.#id,
      name: this.#backend.name,
      prev: this.#chain.prev,
    };
    const { event, line } = seal(body, envelope);
    this.#write(() => this.#backend.append(`${line}\n`));
    this.#chain.add(line);
    this.#lastSeq = event.seq;
    this.#events?.push(event);
    this.#fold.apply(event);
    return event;
  }

  /** What is recorded side by side reaches the disk together. */
  readonly flush = shared(() => {
    this.#write(() => this.#backend.flush());
    if (this.#lastSeq >= Math.max(FIRST_SNAPSHOT, 2 * this.#snapshotSeq)) this.#writeSnapshot();
  });

  readonly assertOwner = shared(() => this.#backend.assertOwner());

  async storeMemory(value: Json): Promise<{ digest: string; bytes: number }> {
    const text = JSON.stringify(value);
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_FILE_BYTES) throw tooLarge(bytes, this.#id);
    const digest = digestText(text);
    this.#write(() => {
      this.#backend.assertOwner();
      this.#backend.writeMemory(digest, text);
    });
    return { digest, bytes };
  }

  async readMemory(digest: string): Promise<Json> {
    return this.#backend.readMemory(digest);
  }

  async snapshot(): Promise<void> {
    this.#writeSnapshot();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      // What failed was reported when it failed, and what it left on disk is for the next owner to judge.
      if (!this.#failed && this.#lastSeq > 0) this.#writeSnapshot();
    } finally {
      this.#closed = true;
      this.#backend.release();
    }
  }

  #writeSnapshot(): void {
    this.#write(() => {
      this.#backend.assertOwner();
      this.#backend.flush();
      this.#backend.writeSnapshot(this.#fold.run);
      this.#snapshotSeq = this.#lastSeq;
    });
  }

  #write(action: () => void): void {
    if (this.#closed) throw new PortiaError('internal', `The log of ${this.#id} is closed.`, { runId: this.#id });
    try {
      action();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }
}

/** One act for all who ask for it side by side. */
function shared(act: () => void): () => Promise<void> {
  let soon: Promise<void> | undefined;
  const actSoon = async () => {
    await Promise.resolve();
    soon = undefined;
    act();
  };
  return () => (soon ??= actSoon());
}

/** Folds a whole log. An event that the fold cannot digest is `unreadable`, naming its line. */
export function foldOf(events: readonly RunEvent[], name: string): RunFold {
  const fold = createFold();
  for (const event of events) {
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
  return fold;
}

/** The event exactly as every later reader will see it, and its line without the line end. */
function seal(
  body: EventBody,
  envelope: { seq: number; ts: string; id: RunId; name: string; prev: string | undefined },
): { event: RunEvent; line: string } {
  const { seq, ts, id, name, prev } = envelope;
  const { type } = body;
  // Not a rest without the type: that is slow, and this runs for every event.
  const text = JSON.stringify(Object.assign({ v: 1, seq, ts, type, run_id: id, prev }, body));
  const value: unknown = JSON.parse(text);
  // Every level opens with a bracket, so most events cannot be too deep.
  if ((text.match(/[[{]/g)?.length ?? 0) > MAX_RECORD_DEPTH && depthOf(value, MAX_RECORD_DEPTH) > MAX_RECORD_DEPTH) {
    throw new PortiaError('internal', `A ${type} event nests deeper than ${MAX_RECORD_DEPTH} levels.`, { runId: id });
  }
  return { event: readEvent(value, { seq, runId: id, where: `${name}:${seq}` }), line: text };
}

function tooLarge(bytes: number, runId: RunId): PortiaError {
  return new PortiaError('storage-failed', `A value of ${bytes} bytes is too large to keep.`, {
    why: `At most ${MAX_FILE_BYTES} bytes are kept.`,
    fix: 'Let the tool return less, e.g. write a file and return its name.',
    runId,
  });
}
