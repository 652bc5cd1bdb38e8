import { isRunState, PAUSE_REASONS, type PauseReason, type Run } from '../../domain/run/run.js';
import { subjectOf } from '../../domain/run/signals.js';
import type { DrivenRun, QueuePause, Refusal } from '../../domain/run/queue.js';
import { runnableFrom } from '../../domain/run/runnable.js';
import { isPlanId, isRunId, type RunId } from '../../domain/values/ids.js';
import { noSuchRun } from '../no-such-run.js';
import type { ProcessIdentity } from '../process-identity.js';
import { readRefusals } from '../read-refusals.js';
import type { ListedRun } from '../run-queue.js';
import { DRIVEN, OWNER_COLUMNS, ownerOf } from './claim.js';
import type { Database, Row } from './database.js';

/** What a row says of its run for the queue: wake_at, queued, priority, labels, end_user, pause, waits_for and where it keeps to. */
export function queueValuesOf(run: Run): unknown[] {
  const { queue, end_user_id: endUser, pause, keeps_to: place } = run;
  const { priority = 0, labels = [] } = queue ?? {};
  const waits = pause?.waits_for === undefined ? null : subjectOf(pause.waits_for);
  const ofQueue = [runnableFrom(run), queue !== undefined, priority, labels, endUser, pause?.reason ?? null, waits];
  return [...ofQueue, place?.host ?? null, place?.machine ?? null];
}

/**
 * When a worker may take the run, as SQL over what `runnableFrom` said and the time of the last event. What may continue
 * at once has the time of that event, by its driver's clock, which may be ahead of the database's.
 */
export function wakeAt(from: string, lastEvent: string): string {
  const time = `${from}::text::timestamptz`;
  return `(case when ${from}::text = ${lastEvent}::text then least(${time}, now()) else ${time} end)`;
}

const IN_QUEUE = "queued and state not in ('COMPLETE', 'FAILED')";

/** The order in which workers take them, as the index has it. What waits for a person comes last. */
const TURN = "-priority, coalesce(wake_at, 'infinity'), id";

const LISTED_COLUMNS = `id, plan_id, state, end_user, priority, labels, open_questions, updated_at, wake_at, pause, keeps_to_host, last_seq, refusals, ${OWNER_COLUMNS}`;

/** Rows that are read together. */
const PAGE = 2_000;

/** What a queue lists: first what is driven, then the others in the order in which workers take them. */
export async function* listQueue(
  limit: number,
  { database, self }: { database: Database; self: ProcessIdentity },
): AsyncGenerator<ListedRun> {
  let left = limit;
  const driven = await database.read(
    `select ${LISTED_COLUMNS} from runs where owner is not null and ${IN_QUEUE} order by ${TURN} limit $1`,
    [limitOf(left)],
  );
  const first = driven.map((row) => listedOf(row, self)).filter(({ owner }) => owner !== undefined);
  yield* first;
  left -= first.length;
  const told = new Set<string>(first.map(({ id }) => id));
  for (let last: Row | undefined; left > 0;) {
    const rows = await database.read(
      `select ${LISTED_COLUMNS}, coalesce(wake_at, 'infinity')::text as turn from runs
       where ${IN_QUEUE} and ($2::text is null or (${TURN}) > ($3, $4::timestamptz, $2)) order by ${TURN} limit $1`,
      [PAGE, last?.['id'] ?? null, -Number(last?.['priority'] ?? 0), last?.['turn'] ?? null],
    );
    for (const row of rows) {
      const run = listedOf(row, self);
      if (told.has(run.id) || left <= 0) continue;
      yield run;
      left -= 1;
    }
    last = rows.at(-1);
    if (rows.length < PAGE) return;
  }
}

/** What is driven now, and what is paused. */
export async function readQueueState(database: Database): Promise<{ driven: DrivenRun[]; pauses: QueuePause[] }> {
  const [driven, pauses] = await Promise.all([
    database.read(`select plan_id, end_user, labels from runs where ${DRIVEN}`),
    database.read('select label, since from queue_pauses order by label'),
  ]);
  return {
    driven: driven.flatMap(({ plan_id, end_user: endUser, labels }) =>
      isPlanId(plan_id) ? [{ plan_id, end_user_id: String(endUser), labels: labelsOf(labels) }] : [],
    ),
    pauses: pauses.map(({ label, since }) => ({ label: label === '' ? null : String(label), since: String(since) })),
  };
}

/** Keeps that a worker cannot continue the run, unless something was recorded of it since. */
export async function refuseRun(id: RunId, refusal: Refusal, database: Database): Promise<void> {
  await database.query(
    `update runs set refusals = coalesce(
       (select jsonb_agg(other) from jsonb_array_elements(refusals) other
        where (other ->> 'seq')::int = last_seq and other ->> 'tools' <> $4), '[]') || $3::jsonb
     where id = $1 and last_seq = $2`,
    [id, refusal.seq, JSON.stringify([refusal]), refusal.tools],
  );
}

export async function pauseQueue({ label, since }: QueuePause, database: Database): Promise<void> {
  await database.query('insert into queue_pauses (label, since) values ($1, $2) on conflict do nothing', [
    label ?? '',
    since,
  ]);
}

/** Ends the pause, and tells workers. False when there was none. */
export async function unpauseQueue(label: string | null, database: Database): Promise<boolean> {
  const rows = await database.query(
    `with ended as (delete from queue_pauses where label = $1 returning 1)
     select pg_notify($2, '') from ended`,
    [label ?? '', database.schema],
  );
  return rows.length > 0;
}

const labelsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const limitOf = (limit: number): number | null => (Number.isFinite(limit) ? limit : null);

function listedOf(row: Row, self: ProcessIdentity): ListedRun {
  const { id, plan_id, state, labels, wake_at: from, pause } = row;
  if (!isRunId(id) || !isPlanId(plan_id) || !isRunState(state)) throw noSuchRun(String(id));
  return {
    id,
    plan_id,
    state,
    end_user_id: String(row['end_user']),
    priority: Number(row['priority']),
    labels: labelsOf(labels),
    open_questions: Number(row['open_questions']),
    updated_at: String(row['updated_at']),
    wake_at: from instanceof Date ? from.toISOString() : null,
    pause: isPauseReason(pause) ? pause : null,
    ...(typeof row['keeps_to_host'] === 'string' && { keeps_to: row['keeps_to_host'] }),
    refusals: readRefusals(row['refusals']).filter(({ seq }) => seq === row['last_seq']),
    owner: ownerOf(row, self),
  };
}

function isPauseReason(value: unknown): value is PauseReason {
  return PAUSE_REASONS.some((reason) => reason === value);
}
