import { setTimeout as sleep } from 'node:timers/promises';

import { PortiaError } from '../../domain/errors.js';
import type { EventBody, RunEvent } from '../../domain/run/events.js';
import type { Run } from '../../domain/run/run.js';
import { ValueTooLarge } from '../../domain/run/value-too-large.js';
import { measureJson, type Measured } from '../../domain/values/digest.js';
import type { Json } from '../../domain/values/json.js';
import type { Limits } from '../limits.js';
import type { LogHead } from '../log-head.js';
import { briefOf } from '../run-brief.js';
import { writeSnapshotText } from '../snapshot.js';
import type { ReadEvent, RunLog } from '../store.js';
import { lockedBy, releaseClaim, renewClaim, type Claim, type ClaimOptions } from './claim.js';
import { isUnreachable } from './database-problem.js';
import { Lease } from './lease.js';
import { readMemory, writeMemory } from './memory-rows.js';
import { queueValuesOf, wakeAt } from './queue-rows.js';

export interface PostgresRunLogOptions extends ClaimOptions {
  claim: Claim;
  /** The end of what is stored. */
  head: LogHead;
  vouchedSeq: number;
  /** `seq` of the last event in the snapshot that is there; 0 when there is none. */
  snapshotSeq: number;
  limits: Limits;
  onClosed: () => void;
}

/** Events that nobody waits for are sent together after this time, in milliseconds. */
const SEND_MS = 20;
/** What one statement carries at most, in characters and events. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
const MOST_EVENTS = 5_000;
/** A snapshot is due when the log has doubled since the last one. */
const FIRST_SNAPSHOT = 1024;
const RETRY_MS = 200;

interface Unsent {
  seq: number;
  line: string;
  told: (() => void) | undefined;
}

/** Adds events under this driver's generation, renews its lease and says what a list shows: in one statement. */
const ADD_EVENTS = `
  with mine as (
    update runs set last_seq = $3, lease_until = now() + $4 * interval '1 ms',
      plan_id = coalesce($5, plan_id), state = coalesce($6, state), open_questions = coalesce($7, open_questions),
      current_step_index = coalesce($8, current_step_index), step_count = coalesce($9, step_count),
      created_at = coalesce($10, created_at), updated_at = coalesce($11, updated_at),
      wake_at = case when $14 then ${wakeAt('$15', '$11')} else wake_at end, queued = coalesce($16, queued),
      priority = coalesce($17, priority), labels = coalesce($18, labels), end_user = coalesce($19, end_user),
      pause = case when $14 then $20 else pause end, waits_for = case when $14 then $21 else waits_for end,
      keeps_to_host = coalesce($22, keeps_to_host), keeps_to_machine = coalesce($23, keeps_to_machine)
    where id = $1 and generation = $2 returning 1),
  put as (
    insert into events (run_id, seq, line) select $1, added.seq, added.line
    from unnest($12::int[], $13::text[]) added (seq, line) where exists (select 1 from mine)`;
const SAY_MINE = ') select 1 from mine';
const ADD_FIRST = `${ADD_EVENTS}${SAY_MINE}`;
/** Sent again, some may be there: only this driver can have added them. */
const ADD_AGAIN = `${ADD_EVENTS} on conflict do nothing${SAY_MINE}`;

/** Something that is done in the database: false when another driver has the run. `isAgain`: perhaps it was done. */
type Act = (isAgain: boolean) => Promise<boolean>;

/** A run in PostgreSQL that this process drives. Events are sent one batch after the other. */
export class PostgresRunLog implements RunLog {
  readonly #options: PostgresRunLogOptions;
  readonly #head: LogHead;
  readonly #lease: Lease;
  readonly vouchedSeq: number;
  #snapshotSeq: number;
  #unsent: Unsent[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Settles when all that was asked before is done; never rejects. */
  #sending: Promise<void> = Promise.resolve();
  #failure: { error: unknown; isTold: boolean } | undefined;
  #isClosed = false;

  constructor(options: PostgresRunLogOptions) {
    this.#options = options;
    this.#head = options.head;
    this.vouchedSeq = options.vouchedSeq;
    this.#snapshotSeq = options.snapshotSeq;
    this.#lease = new Lease({
      ms: options.leaseMs,
      renew: () => renewClaim(options.claim, options),
      reason: () => this.#lostLease(),
    });
  }

  get events(): readonly RunEvent[] {
    return this.#head.events;
  }

  get run(): Run {
    return this.#head.run;
  }

  get lost(): AbortSignal {
    return this.#lease.lost;
  }

  get leaseMs(): number {
    return this.#options.leaseMs;
  }

  forgetEvents(): void {
    this.#head.forgetEvents();
  }

  append(body: EventBody, onWritten?: ReadEvent): RunEvent {
    this.#refuseUnusable();
    const { event, line } = this.#head.record(body);
    this.#unsent.push({ seq: event.seq, line, told: onWritten && (() => onWritten(event)) });
    this.#timer ??= setTimeout(() => this.write(), SEND_MS);
    return event;
  }

  write(): void {
    void this.sent();
  }

  /** When all that was appended so far was sent. Whatever is asked next tells a failure. */
  async sent(): Promise<void> {
    if (this.#unsent.length === 0) return;
    try {
      await this.#send();
    } catch {
      if (this.#failure !== undefined) this.#failure.isTold = false;
    }
  }

  async flush(): Promise<void> {
    await this.#send();
    if (this.#head.lastSeq >= Math.max(FIRST_SNAPSHOT, 2 * this.#snapshotSeq)) await this.snapshot();
  }

  async assertOwner(): Promise<void> {
    this.#refuseUnusable();
  }

  async storeMemory(
    value: Json,
    { measured = measureJson(value) }: { measured?: Measured; sync?: boolean } = {},
  ): Promise<Measured> {
    const { valueBytes } = this.#options.limits;
    if (measured.bytes > valueBytes) throw new ValueTooLarge(measured, valueBytes);
    await this.#act(() => writeMemory(value, measured.digest, this.#options));
    return measured;
  }

  async readMemory(digest: string): Promise<Json> {
    return readMemory(this.#options.claim.id, digest, this.#options.database);
  }

  async snapshot(): Promise<void> {
    await this.#send();
    const { claim, database, limits } = this.#options;
    const lastSeq = this.#head.lastSeq;
    const text = writeSnapshotText(this.run, limits.snapshotBytes);
    await this.#act(async () => {
      const rows = await database.query(
        'update runs set snapshot = $3, snapshot_seq = $4 where id = $1 and generation = $2 returning 1',
        [claim.id, claim.generation, text, lastSeq],
      );
      return rows.length > 0;
    });
    this.#snapshotSeq = lastSeq;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    try {
      if (this.#failure === undefined && !this.lost.aborted && this.#head.lastSeq > 0) await this.snapshot();
      // What failed was told when it failed, and what is stored is for the next driver to judge.
      else if (this.#failure?.isTold === false) throw this.#failure.error;
    } finally {
      this.#isClosed = true;
      this.#lease.end();
      clearTimeout(this.#timer);
      this.#options.onClosed();
      await this.#release();
    }
  }

  async #release(): Promise<void> {
    try {
      await releaseClaim(this.#options.claim, this.#options.database);
    } catch (error) {
      // The lease ends by itself.
      if (!isUnreachable(error)) throw error;
    }
  }

  /** Sends all that was appended so far. */
  async #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#act(async (isAgain) => {
      while (this.#unsent.length > 0) {
        const batch = this.#nextBatch();
        if (!(await this.#addEvents(batch, isAgain))) return false;
        this.#unsent.splice(0, batch.length);
        for (const { told } of batch) told?.();
      }
      return true;
    });
  }

  #nextBatch(): Unsent[] {
    let characters = 0;
    const end = this.#unsent.findIndex(({ line }, index) => {
      characters += line.length;
      return index > 0 && (characters > MOST_CHARACTERS || index >= MOST_EVENTS);
    });
    return end === -1 ? [...this.#unsent] : this.#unsent.slice(0, end);
  }

  async #addEvents(batch: readonly Unsent[], isAgain: boolean): Promise<boolean> {
    const { claim, leaseMs, database } = this.#options;
    const isLast = batch.length === this.#unsent.length;
    const sentAt = performance.now();
    const rows = await database.query(isAgain ? ADD_AGAIN : ADD_FIRST, [
      claim.id,
      claim.generation,
      batch.at(-1)?.seq,
      leaseMs,
      ...this.#briefColumns(isLast),
      batch.map(({ seq }) => seq),
      batch.map(({ line }) => line),
      ...this.#queueColumns(isLast),
    ]);
    if (rows.length > 0) this.#lease.renewed(sentAt);
    return rows.length > 0;
  }

  /** `isNow`: the events that are sent are the last ones, so that the record is what the stored log says. */
  #briefColumns(isNow: boolean): unknown[] {
    if (!isNow) return Array.from({ length: 7 }, () => null);
    const { plan_id, state, open_questions, current_step_index, step_count, created_at, updated_at } = briefOf(
      this.run,
    );
    return [plan_id, state, open_questions, current_step_index, step_count, created_at, updated_at];
  }

  #queueColumns(isNow: boolean): unknown[] {
    return isNow ? [true, ...queueValuesOf(this.run)] : [false, ...Array.from({ length: 9 }, () => null)];
  }

  /** Does it after all that was asked before, again and again while the database cannot be reached and the lease lasts. */
  #act(act: Act): Promise<void> {
    const acted = this.#sending.then(() => this.#attempt(act));
    this.#sending = acted.catch(() => undefined);
    return acted;
  }

  async #attempt(act: Act): Promise<void> {
    this.#refuseUnusable();
    for (let isAgain = false; ; isAgain = true) {
      try {
        if (await act(isAgain)) return;
        this.#lease.lose();
        this.lost.throwIfAborted();
      } catch (error) {
        if (!isUnreachable(error) || this.lost.aborted) throw this.#failed(error);
      }
      await sleep(RETRY_MS);
    }
  }

  #failed(error: unknown): unknown {
    this.#failure = { error, isTold: true };
    return error;
  }

  #refuseUnusable(): void {
    const { id } = this.#options.claim;
    if (this.#isClosed) throw new PortiaError('internal', `The log of ${id} is closed.`, { runId: id });
    if (this.#failure !== undefined) {
      this.#failure.isTold = true;
      throw this.#failure.error;
    }
    this.lost.throwIfAborted();
  }

  #lostLease(): PortiaError {
    return lockedBy(this.#options.claim.id, undefined);
  }
}
