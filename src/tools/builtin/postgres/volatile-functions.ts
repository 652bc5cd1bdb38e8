import { namesCalledIn } from './postgres-guard.js';
import { SessionFailed, type Session } from './postgres-session.js';

/** Functions of PostgreSQL that are marked VOLATILE and change nothing. */
const HARMLESS = [
  'random',
  'random_normal',
  'gen_random_uuid',
  'uuidv4',
  'uuidv7',
  'clock_timestamp',
  'timeofday',
  'pg_is_in_recovery',
  ...['column', 'database', 'indexes', 'relation', 'table', 'tablespace', 'total_relation'].map(
    (what) => `pg_${what}_size`,
  ),
];

/** PostgreSQL evaluates constants, and the plan has what comes out. */
const MAX_PLAN_LENGTH = 1_000_000;

const VOLATILE = `select distinct proname from pg_catalog.pg_proc
  where provolatile = 'v' and proname = any($1)
    and not (pronamespace = 'pg_catalog'::regnamespace and proname = any($2))
  order by 1`;

/**
 * The functions that a query calls and that may change something: a transaction that only reads does not stop those that
 * act outside the database, like dblink_exec and pg_terminate_backend. Rejects with SessionFailed.
 */
export async function volatileFunctions(session: Session, sql: string): Promise<string[]> {
  // The plan shows those of views, and those that are written like columns. It lacks those behind LIMIT.
  const { rows: lines } = await session.ask(`explain (verbose, costs off) ${sql}`);
  const plan = lines.flat().join('\n');
  if (plan.length > MAX_PLAN_LENGTH) {
    throw new SessionFailed('The query is refused: it has constants of more than a million characters.', true);
  }
  const names = new Set(namesCalledIn(`${sql}\n${plan}`));
  const { rows } = await session.ask(VOLATILE, [[...names], HARMLESS]);
  return rows.map(([name]) => name ?? '');
}
