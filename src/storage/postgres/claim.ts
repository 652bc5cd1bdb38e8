import { PortiaError } from '../../domain/errors.js';
import { limitsAnything } from '../../domain/run/queue.js';
import { DEFAULT_END_USER } from '../../domain/run/run.js';
import { advice, portia } from '../../domain/next-step.js';
import { isRunId, type RunId } from '../../domain/values/ids.js';
import { machineMark } from '../machine-id.js';
import { readOwnerRecord, type OwnerRecord } from '../owner-record.js';
import { judgeLiveness, type ProcessIdentity } from '../process-identity.js';
import type { QueueFilter } from '../run-queue.js';
import type { Owner } from '../store.js';
import type { Database, Row } from './database.js';
import { HAS_SIGNAL } from './signal-rows.js';

/** What a driver of a run has: whoever has a higher generation came after it. */
export interface Claim {
  id: RunId;
  generation: number;
}

export interface ClaimOptions {
  database: Database;
  /** This process. */
  self: ProcessIdentity;
  /** ISO 8601, UTC; for people only. */
  since: string;
  leaseMs: number;
}

/** Makes this process the driver of a run that is there. Undefined when there is none; throws `run-locked`. */
export async function claimRun(id: RunId, takeOver: boolean, options: ClaimOptions): Promise<Claim | undefined> {
  const { database, self } = options;
  for (;;) {
    const [row] = await database.read(`select generation, ${OWNER_COLUMNS} from runs where id = $1 and last_seq > 0`, [
      id,
    ]);
    if (row === undefined) return undefined;
    const owner = ownerOf(row, self);
    if (owner !== undefined && !takeOver) throw lockedBy(id, owner);
    const claim = await claimAfter({ id, generation: Number(row['generation']) }, options);
    // Else somebody was faster.
    if (claim !== undefined) return claim;
  }
}

/** Undefined when the run has had another driver since. */
async function claimAfter(
  { id, generation }: Claim,
  { database, leaseMs, ...process }: ClaimOptions,
): Promise<Claim | undefined> {
  const rows = await database.query(
    `update runs set generation = generation + 1, owner = $3, lease_until = now() + $4 * interval '1 ms'
     where id = $1 and generation = $2 returning 1`,
    [id, generation, recordOf(process), leaseMs],
  );
  return rows.length === 0 ? undefined : { id, generation: generation + 1 };
}

function recordOf({ self, since }: Pick<ClaimOptions, 'self' | 'since'>): OwnerRecord {
  return { ...self, since };
}

/** Makes this process the driver of a run that begins. Undefined when the id is taken; throws `run-locked`. */
export async function claimNewRun(
  id: RunId,
  place: { madeMs: number; isPart: boolean },
  { database, leaseMs, ...process }: ClaimOptions,
): Promise<Claim | undefined> {
  const values = [id, place.madeMs, place.isPart, recordOf(process), leaseMs];
  for (;;) {
    const [made] = await database.query(
      `insert into runs (id, made_ms, is_part, generation, owner, lease_until)
       values ($1, $2, $3, 1, $4, now() + $5 * interval '1 ms') on conflict (id) do nothing returning generation`,
      values,
    );
    if (made !== undefined) return { id, generation: 1 };
    const [there] = await database.query(`select last_seq, generation, ${OWNER_COLUMNS} from runs where id = $1`, [id]);
    if (there === undefined) continue;
    if (Number(there['last_seq']) > 0) return undefined;
    // A row without events is left by a process that ended before it had begun its run.
    const owner = ownerOf(there, process.self);
    if (owner !== undefined) throw lockedBy(id, owner);
    const [taken] = await database.query(
      `update runs set generation = generation + 1, owner = $3, lease_until = now() + $4 * interval '1 ms'
       where id = $1 and generation = $2 and last_seq = 0 returning generation`,
      [id, Number(there['generation']), recordOf(process), leaseMs],
    );
    if (taken !== undefined) return { id, generation: Number(taken['generation']) };
  }
}

/** Extends the lease; false when another driver has the run. */
export async function renewClaim({ id, generation }: Claim, { database, leaseMs }: ClaimOptions): Promise<boolean> {
  const rows = await database.query(
    `update runs set lease_until = now() + $3 * interval '1 ms' where id = $1 and generation = $2 returning 1`,
    [id, generation, leaseMs],
  );
  return rows.length > 0;
}

/** What is paused, as conditions of a row. */
const NOT_PAUSED = `not exists (select 1 from queue_pauses where label = '')
  and not labels && array(select label from queue_pauses)`;

/**
 * The rows of runs that need not keep to another machine. The values are those of `placeValues`, of which the first has
 * this number.
 */
const isHere = (first: number): string =>
  `($${first} or keeps_to_host is null or (keeps_to_host = $${first + 1} and keeps_to_machine = $${first + 2}))`;

function placeValues({ anyHost = false }: QueueFilter, self: ProcessIdentity): unknown[] {
  return [anyHost, self.host, machineMark(self.machine)];
}
/** The rows of runs that no worker refused, as they are now, whose tools have the digest of the value with this number. */
const notRefusedBy = (tools: number): string =>
  `($${tools}::text is null
    or not refusals @> jsonb_build_array(jsonb_build_object('tools', $${tools}::text, 'seq', last_seq)))`;

/** The rows of runs that are driven, in the queue or not. */
export const DRIVEN = 'owner is not null and lease_until >= now() and not is_part';

// Arrays are compared, because PostgreSQL would expect plan_id <> … to leave no row, and sort the whole queue.
/** The next run that a worker may continue, while fewer are driven of its plan, for its end user and with its labels than may be. */
const CLAIM_NEXT = `
  with driven as materialized (select plan_id, end_user, labels from runs where ${DRIVEN}),
  full_labels as (select label from unnest($7::text[], $8::int[]) as limited (label, most)
    where (select count(*) from driven where limited.label = any(driven.labels)) >= most)
  update runs set generation = generation + 1, owner = $1, lease_until = now() + $2 * interval '1 ms'
  where id = (
    select id from runs where wake_at <= now() and (lease_until is null or lease_until < now())
      and ($3::text[] is null or labels && $3) and not id = any($4) and ${NOT_PAUSED} and ${isHere(9)}
      and ${notRefusedBy(12)} and not array[plan_id] && $13::text[]
      and not array[plan_id] && array(select plan_id from driven group by plan_id having count(*) >= $5::int)
      and not array[end_user] && array(select end_user from driven where end_user not in ('', '${DEFAULT_END_USER}')
        group by end_user having count(*) >= $6::int)
      and not labels && array(select label from full_labels)
    order by priority desc, wake_at limit 1 for update skip locked)
  returning id, generation`;

/** Held by whoever chooses the next run while limits count, so that workers do not exceed them together. Any number that nobody else has. */
const QUEUE_LOCK = 1_709_127_400;

/** Takes the next run that a worker may continue. */
export async function claimNext(
  filter: QueueFilter,
  { database, leaseMs, ...process }: ClaimOptions,
): Promise<Claim | undefined> {
  const { labels, except, limits } = filter;
  const values = [
    ...[recordOf(process), leaseMs, labels ?? null, except, limits.perPlan ?? null, limits.perEndUser ?? null],
    ...[[...limits.labels.keys()], [...limits.labels.values()]],
    ...placeValues(filter, process.self),
    filter.tools ?? null,
    filter.exceptPlans ?? [],
  ];
  const [row] = limitsAnything(limits)
    ? await database.transaction(async (query) => {
        await query('select pg_advisory_xact_lock($1, hashtext($2))', [QUEUE_LOCK, database.schema]);
        return query(CLAIM_NEXT, values);
      })
    : await database.query(CLAIM_NEXT, values);
  const id = row?.['id'];
  return isRunId(id) ? { id, generation: Number(row?.['generation']) } : undefined;
}

/**
 * The same of a run whose driver was a process of this machine that has ended: its lease need not run out first. Until
 * then it is counted as driven, so that no limit is exceeded by it.
 */
export async function claimLeft(filter: QueueFilter, options: ClaimOptions): Promise<Claim | undefined> {
  const { database, self } = options;
  const { labels, except } = filter;
  const rows = await database.read(
    `select id, generation, ${OWNER_COLUMNS} from runs
     where wake_at <= now() and lease_until >= now() and owner ->> 'host' = $1
       and ($2::text[] is null or labels && $2) and not id = any($3) and ${NOT_PAUSED} and ${isHere(4)}
       and ${notRefusedBy(7)} and not array[plan_id] && $8::text[]
     order by priority desc, wake_at limit 100`,
    [self.host, labels ?? null, except, ...placeValues(filter, self), filter.tools ?? null, filter.exceptPlans ?? []],
  );
  for (const { id, generation, ...row } of rows) {
    if (!isRunId(id) || ownerOf(row, self) !== undefined) continue;
    const claim = await claimAfter({ id, generation: Number(generation) }, options);
    if (claim !== undefined) return claim;
  }
  return undefined;
}

/** Gives the run free, and tells workers when one may continue it; does nothing when another driver has it. */
export async function releaseClaim({ id, generation }: Claim, database: Database): Promise<void> {
  await database.query(
    `with freed as (
       update runs set owner = null, lease_until = null,
         wake_at = case when waits_for is not null and queued and ${HAS_SIGNAL} then now() else wake_at end
       where id = $1 and generation = $2 returning wake_at <= now() as can_continue)
     select pg_notify($3, '') from freed where can_continue`,
    [id, generation, database.schema],
  );
}

/** The columns that `ownerOf` reads. */
export const OWNER_COLUMNS = 'owner, lease_until >= now() as is_owned';

/** Who drives the run of a row; undefined when nobody does. A process of this machine that is gone does not. */
export function ownerOf({ owner, is_owned: isOwned }: Row, self: ProcessIdentity): Owner | undefined {
  if (isOwned !== true) return undefined;
  const record = readOwnerRecord(owner);
  if (judgeLiveness(record, self) === 'dead') return undefined;
  const { pid, host, since } = record;
  return { pid, host, since };
}

export function lockedBy(id: RunId, owner: Owner | undefined): PortiaError {
  const who = owner === undefined ? 'Another process' : `Process ${owner.pid} on ${owner.host}`;
  const since = owner === undefined ? '' : ` since ${owner.since}`;
  return new PortiaError('run-locked', `${who} drives ${id}${since}.`, {
    why: 'A run has one driver at a time.',
    fix: advice`Wait until it is done. If that process no longer works: ${portia('resume', id, '--take-over')}`,
    retryable: true,
    runId: id,
  });
}
