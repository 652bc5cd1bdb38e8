import { PortiaError } from '../../domain/errors.js';
import { advice, portia } from '../../domain/next-step.js';
import type { RunId } from '../../domain/values/ids.js';
import { readOwnerRecord, type OwnerRecord } from '../owner-record.js';
import { judgeLiveness, type ProcessIdentity } from '../process-identity.js';
import type { Owner } from '../store.js';
import type { Database, Row } from './database.js';

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

/** Makes this process the driver of a run that begins. Undefined when the id is taken. */
export async function claimNewRun(
  id: RunId,
  place: { madeMs: number; isPart: boolean },
  { database, leaseMs, ...process }: ClaimOptions,
): Promise<Claim | undefined> {
  // A row without events is left by a process that ended before it had begun its run.
  const [row] = await database.query(
    `insert into runs (id, made_ms, is_part, generation, owner, lease_until)
     values ($1, $2, $3, 1, $4, now() + $5 * interval '1 ms')
     on conflict (id) do update set generation = runs.generation + 1, owner = excluded.owner, lease_until = excluded.lease_until
     where runs.last_seq = 0 and (runs.lease_until is null or runs.lease_until < now())
     returning generation`,
    [id, place.madeMs, place.isPart, recordOf(process), leaseMs],
  );
  return row === undefined ? undefined : { id, generation: Number(row['generation']) };
}

/** Extends the lease; false when another driver has the run. */
export async function renewClaim({ id, generation }: Claim, { database, leaseMs }: ClaimOptions): Promise<boolean> {
  const rows = await database.query(
    `update runs set lease_until = now() + $3 * interval '1 ms' where id = $1 and generation = $2 returning 1`,
    [id, generation, leaseMs],
  );
  return rows.length > 0;
}

/** Gives the run free; does nothing when another driver has it. */
export async function releaseClaim({ id, generation }: Claim, database: Database): Promise<void> {
  await database.query('update runs set owner = null, lease_until = null where id = $1 and generation = $2', [
    id,
    generation,
  ]);
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
