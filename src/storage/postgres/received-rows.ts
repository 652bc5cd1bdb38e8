import { isFromDigest, type Now } from '../../domain/values/ids.js';
import type { HeldRun } from '../held-runs.js';
import type { Limits } from '../limits.js';
import type { ProcessIdentity } from '../process-identity.js';
import { briefOf } from '../run-brief.js';
import { writeSnapshotText } from '../snapshot.js';
import { madeMs } from './age.js';
import { lockedBy, OWNER_COLUMNS, ownerOf } from './claim.js';
import type { Query } from './database.js';
import { addMemory } from './memory-rows.js';
import { queueValuesOf, wakeAt } from './queue-rows.js';

/** What one statement carries at most, in characters. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

/** Adds what is new of a run that comes from another store. Throws `run-locked` when somebody drives it, or has since. */
export async function takeRun(
  run: HeldRun,
  query: Query,
  options: { self: ProcessIdentity; now: Now; limits: Limits },
): Promise<void> {
  const { id, here, lines, values } = run;
  await query('insert into runs (id, made_ms, is_part) values ($1, $2, $3) on conflict do nothing', [
    id,
    madeMs(id, options.now),
    isFromDigest(id),
  ]);
  const [row] = await query(`select last_seq, ${OWNER_COLUMNS} from runs where id = $1 for update`, [id]);
  const owner = ownerOf(row ?? {}, options.self);
  if (owner !== undefined || row?.['last_seq'] !== here) throw lockedBy(id, owner);
  for (const [digest, value] of values) await addMemory(id, digest, { value, query });
  for (const { seq, batch } of batchesOf(lines.slice(here), here + 1)) {
    await query(
      'insert into events (run_id, seq, line) select $1, $2 + added.at - 1, added.line from unnest($3::text[]) with ordinality added (line, at)',
      [id, seq, batch],
    );
  }
  await updateRun(run, query, options.limits);
}

/** Its former drivers are older than what is there now. */
async function updateRun({ id, lines, read }: HeldRun, query: Query, { snapshotBytes }: Limits): Promise<void> {
  const { plan_id, state, open_questions, current_step_index, step_count, created_at, updated_at } = briefOf(read.run);
  await query(
    `update runs set generation = generation + 1, owner = null, lease_until = null, last_seq = $2, snapshot_seq = $2,
       snapshot = $3, plan_id = $4, state = $5, open_questions = $6, current_step_index = $7, step_count = $8,
       created_at = $9, updated_at = $10, wake_at = ${wakeAt('$11', '$10')}, queued = $12, priority = $13, labels = $14, end_user = $15, pause = $16,
       waits_for = $17, keeps_to_host = $18, keeps_to_machine = $19
     where id = $1`,
    [
      ...[id, lines.length, writeSnapshotText(read.run, snapshotBytes)],
      ...[plan_id, state, open_questions, current_step_index, step_count, created_at, updated_at],
      ...queueValuesOf(read.run),
    ],
  );
}

function* batchesOf(lines: readonly string[], first: number): Generator<{ seq: number; batch: string[] }> {
  let batch: string[] = [];
  let characters = 0;
  let seq = first;
  for (const line of lines) {
    batch.push(line);
    characters += line.length;
    if (characters < MOST_CHARACTERS) continue;
    yield { seq, batch };
    seq += batch.length;
    [batch, characters] = [[], 0];
  }
  if (batch.length > 0) yield { seq, batch };
}
