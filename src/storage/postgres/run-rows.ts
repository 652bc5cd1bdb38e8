import { PortiaError } from '../../domain/errors.js';
import type { RunEvent } from '../../domain/run/events.js';
import { RunEvents } from '../../domain/run/run-events.js';
import { hasAllThatChanges } from '../../domain/run/has-all-that-changes.js';
import type { Run } from '../../domain/run/run.js';
import { createFold, type FoldOptions } from '../../domain/run/run-transitions.js';
import type { Signing } from '../../domain/run/signatures.js';
import { isFromDigest, isRunId, type Now, type RunId } from '../../domain/values/ids.js';
import type { Json } from '../../domain/values/json.js';
import { LogCheck } from '../check-log.js';
import { readEvent } from '../event-shape.js';
import type { HeldRun } from '../held-runs.js';
import type { Limits } from '../limits.js';
import { LogHead, type PastLog } from '../log-head.js';
import { noSuchRun } from '../no-such-run.js';
import type { ProcessIdentity } from '../process-identity.js';
import { parseTextOrThrow } from '../read-file.js';
import { applyTo } from '../run-log.js';
import type { ListedRun, QueueFilter } from '../run-queue.js';
import { snapshotOf } from '../snapshot.js';
import type { LogBreak, OpenOptions, ReadOptions, RunLog, StoredRun } from '../store.js';
import { madeMs } from './age.js';
import {
  claimNewRun,
  claimLeft,
  claimNext,
  claimRun,
  lockedBy,
  OWNER_COLUMNS,
  ownerOf,
  releaseClaim,
  type Claim,
  type ClaimOptions,
} from './claim.js';
import type { Database, Row } from './database.js';
import { readMemory } from './memory-rows.js';
import { PostgresRunLog } from './postgres-run-log.js';
import { listQueue } from './queue-rows.js';
import { takeRun } from './received-rows.js';

export interface RunRowsOptions {
  database: Database;
  now: Now;
  /** This process. */
  self: () => ProcessIdentity;
  signing: Signing | undefined;
  limits: Limits;
  /** How long a driver may be silent before another one may take its run, in milliseconds. */
  leaseMs: number;
}

/** Lines that are read together. */
const PAGE = 2_000;

/** The tables of the runs. */
export class RunRows {
  readonly #options: RunRowsOptions;
  readonly #database: Database;
  /** What this process drives: what it has recorded is sent before anything is read. */
  readonly #open = new Set<PostgresRunLog>();
  /** Taken from the queue, and not opened yet. */
  readonly #claimed = new Map<RunId, Claim>();

  constructor(options: RunRowsOptions) {
    this.#options = options;
    this.#database = options.database;
  }

  /** Sends what the runs of this process have recorded. */
  async sendAll(): Promise<void> {
    await Promise.all(Array.from(this.#open, (log) => log.sent()));
  }

  async read(id: RunId, { keeps }: ReadOptions = {}): Promise<StoredRun | undefined> {
    if (!isRunId(id)) return undefined;
    const [row] = await this.#database.read(
      `select last_seq, snapshot_seq, snapshot, ${OWNER_COLUMNS} from runs where id = $1 and last_seq > 0`,
      [id],
    );
    if (row === undefined) return undefined;
    const owner = this.#claimed.has(id) ? undefined : ownerOf(row, this.#options.self());
    const isBehind = row['snapshot_seq'] !== row['last_seq'];
    const from = keeps === undefined ? runOfSnapshot(row, id) : undefined;
    const run = from !== undefined && !isBehind && from.metadata.shortened !== true ? from : undefined;
    return { hasLog: true, owner, warnings: [], isBehind, run: run ?? (await this.#folded(id, { from, keeps })) };
  }

  /** The record with every event; of a long log only those are read that a snapshot lacks. */
  async #folded(id: RunId, { from, keeps }: FoldOptions): Promise<Run> {
    const isUsable = from !== undefined && hasAllThatChanges(from);
    const fold = createFold(isUsable ? { from } : { keeps });
    const after = isUsable ? from.metadata.last_seq : 0;
    await this.#readLines(id, (event) => applyTo(fold, event, id), after);
    return fold.run;
  }

  async readEvents(id: RunId): Promise<RunEvent[]> {
    const events: RunEvent[] = [];
    await this.#readLines(id, (event) => events.push(event));
    if (events.length === 0) throw noSuchRun(id);
    return events;
  }

  async findLogBreak(id: RunId): Promise<LogBreak | undefined> {
    const check = new LogCheck();
    let count = 0;
    await this.#readLines(id, (event, line) => {
      check.add(event, Buffer.from(line));
      count += 1;
    });
    if (count === 0) throw noSuchRun(id);
    return check.firstBreak();
  }

  /** The lines of the log of a run; none when it is not here. */
  async *lines(id: RunId): AsyncGenerator<string> {
    for (let seq = 0; ;) {
      const rows = await this.#page(id, seq);
      for (const { line } of rows) yield String(line);
      if (rows.length < PAGE) return;
      seq += rows.length;
    }
  }

  /** Takes runs over from another store: all of them, or none. */
  async take(runs: readonly HeldRun[]): Promise<void> {
    const { now, limits, self } = this.#options;
    await this.#database.transaction(async (query) => {
      for (const run of runs) await takeRun(run, query, { self: self(), now, limits });
    });
  }

  async has(id: RunId): Promise<boolean> {
    return (await this.#database.read('select 1 from runs where id = $1 and last_seq > 0', [id])).length > 0;
  }

  async readMemory(id: RunId, digest: string): Promise<Json> {
    if (!(await this.has(id))) throw noSuchRun(id);
    return readMemory(id, digest, this.#database);
  }

  async create(id: RunId): Promise<RunLog> {
    if (!isRunId(id)) throw noSuchRun(id);
    const place = { madeMs: madeMs(id, this.#options.now), isPart: isFromDigest(id) };
    const claim = await claimNewRun(id, place, this.#claimOptions());
    if (claim === undefined) throw runExists(id);
    return this.#logOf(claim, { snapshotSeq: 0, vouchedSeq: 0 });
  }

  async open(id: RunId, { takeOver = false, reader }: OpenOptions): Promise<RunLog> {
    const taken = this.#claimed.get(id);
    this.#claimed.delete(id);
    const claim = taken ?? (isRunId(id) ? await claimRun(id, takeOver, this.#claimOptions()) : undefined);
    if (claim === undefined) throw noSuchRun(id);
    try {
      return await this.#openClaimed(claim, reader);
    } catch (error) {
      await releaseClaim(claim, this.#database);
      throw error;
    }
  }

  async remove(id: RunId): Promise<void> {
    await this.#database.transaction(async (query) => {
      const [row] = await query(`select ${OWNER_COLUMNS} from runs where id = $1 and last_seq > 0 for update`, [id]);
      if (row === undefined) throw noSuchRun(id);
      const owner = ownerOf(row, this.#options.self());
      if (owner !== undefined) throw lockedBy(id, owner);
      await query('delete from runs where id = $1', [id]);
      await query('delete from start_keys where run_id = $1', [id]);
    });
  }

  async claim(filter: QueueFilter): Promise<RunId | undefined> {
    const options = this.#claimOptions();
    const claim = (await claimNext(filter, options)) ?? (await claimLeft(filter, options));
    if (claim !== undefined) this.#claimed.set(claim.id, claim);
    return claim?.id;
  }

  async release(id: RunId): Promise<void> {
    const claim = this.#claimed.get(id);
    this.#claimed.delete(id);
    if (claim !== undefined) await releaseClaim(claim, this.#database);
  }

  listQueue(limit: number): AsyncIterable<ListedRun> {
    return listQueue(limit, { database: this.#database, self: this.#options.self() });
  }

  async #openClaimed(claim: Claim, reader: OpenOptions['reader']): Promise<RunLog> {
    const { id } = claim;
    const past: PastLog = { lastSeq: 0, fold: createFold(), events: new RunEvents(), chain: new LogCheck().chain };
    const check = new LogCheck();
    const read = reader?.();
    await this.#readLines(id, (event, line) => {
      applyTo(past.fold, event, id);
      past.events.add(event);
      past.lastSeq = event.seq;
      check.add(event, Buffer.from(line));
      read?.(event);
    });
    const vouchedSeq = check.vouchedSeq({ name: id, runId: id, signing: this.#options.signing });
    const [row] = await this.#database.read('select snapshot_seq from runs where id = $1', [id]);
    const snapshotSeq = Number(row?.['snapshot_seq'] ?? 0);
    return this.#logOf(claim, { past: { ...past, chain: check.chain }, snapshotSeq, vouchedSeq });
  }

  #logOf(claim: Claim, read: { past?: PastLog; snapshotSeq: number; vouchedSeq: number }): RunLog {
    const { now, signing, limits } = this.#options;
    const { past, ...seqs } = read;
    const head = new LogHead({ id: claim.id, name: claim.id, now, past, signing, limits });
    const log = new PostgresRunLog({
      ...this.#claimOptions(),
      ...seqs,
      claim,
      head,
      limits,
      onClosed: () => this.#open.delete(log),
    });
    this.#open.add(log);
    return log;
  }

  #claimOptions(): ClaimOptions {
    const { self, now, leaseMs } = this.#options;
    return { database: this.#database, self: self(), since: now().toISOString(), leaseMs };
  }

  #page(id: RunId, after: number): Promise<Row[]> {
    // Both ends: with a limit in place of the second, a server without statistics reads all that are left, and sorts them.
    return this.#database.read(
      'select seq, line from events where run_id = $1 and seq > $2 and seq <= $3 order by seq',
      [id, after, after + PAGE],
    );
  }

  /** The events of a log behind number `after` with their lines, the oldest first; a page of them is held at a time. */
  async #readLines(id: RunId, visit: (event: RunEvent, line: string) => void, after = 0): Promise<void> {
    for (let seq = after; ;) {
      const rows = await this.#page(id, seq);
      for (const row of rows) {
        seq += 1;
        const where = `${id}:${seq}`;
        const line = String(row['line']);
        visit(readEvent(parseTextOrThrow(line, where), { seq, runId: id, where }), line);
      }
      if (rows.length < PAGE) return;
    }
  }
}

/** The record of a snapshot; undefined when it cannot be used. */
function runOfSnapshot({ snapshot }: Row, id: RunId): Run | undefined {
  if (typeof snapshot !== 'string') return undefined;
  const read = snapshotOf(parseTextOrThrow(snapshot, id), id, 0);
  return read.kind === 'whole' ? read.run : undefined;
}

function runExists(id: RunId): PortiaError {
  return new PortiaError('internal', `${id} exists already.`, { why: 'Every run has an id of its own.', runId: id });
}
