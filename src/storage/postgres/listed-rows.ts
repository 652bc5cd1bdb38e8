import { isRunState, type RunState } from '../../domain/run/run.js';
import { isPlanId, isRunId, type RunId } from '../../domain/values/ids.js';
import { noSuchRun } from '../no-such-run.js';
import { isInState } from '../pick-runs.js';
import type { ProcessIdentity } from '../process-identity.js';
import type { Owner, RunBrief, RunFilter } from '../store.js';
import { OWNER_COLUMNS, ownerOf } from './claim.js';
import type { Database, Row } from './database.js';

/** Rows that are read together. */
const PAGE = 2_000;

const BRIEF_COLUMNS = `id, plan_id, state, open_questions, created_at, updated_at, current_step_index, step_count, last_seq, ${OWNER_COLUMNS}`;

/** What a list shows of the table of the runs. */
export class ListedRows {
  readonly #database: Database;
  /** This process. */
  readonly #self: () => ProcessIdentity;

  constructor(database: Database, self: () => ProcessIdentity) {
    this.#database = database;
    this.#self = self;
  }

  async ids(): Promise<RunId[]> {
    const rows = await this.#database.read('select id from runs where last_seq > 0 order by made_ms desc, id desc');
    return rows.map(({ id }) => id).filter(isRunId);
  }

  async brief(id: RunId): Promise<RunBrief> {
    const [row] = await this.#database.read(`select ${BRIEF_COLUMNS} from runs where id = $1 and last_seq > 0`, [id]);
    return row === undefined ? { id, unreadable: noSuchRun(id).message } : briefOfRow(row, ownerOf(row, this.#self()));
  }

  /** Which transactions the server has seen: the same text as long as nobody has written anything. */
  async changes(): Promise<string> {
    const [row] = await this.#database.read('select pg_current_snapshot()::text as seen');
    return String(row?.['seen']);
  }

  async *newest({ state, limit }: RunFilter): AsyncGenerator<RunBrief> {
    let left = limit;
    for await (const row of this.#pages(state, Math.min(limit, PAGE))) {
      const brief = briefOfRow(row, ownerOf(row, this.#self()));
      if (state !== undefined && !isInState(brief, state)) continue;
      yield brief;
      left -= 1;
      if (left <= 0) return;
    }
  }

  /** Rows of runs that may be in the state. */
  async *#pages(state: RunState | undefined, size: number): AsyncGenerator<Row> {
    for (let last: Row | undefined; ;) {
      const { statement, values } = newestRuns({ state, last, size });
      const rows = await this.#database.read(statement, values);
      yield* rows;
      last = rows.at(-1);
      if (last === undefined || rows.length < size) return;
    }
  }
}

/** Asks for a page of runs behind the row `last`, the newest first. Each of its parts is read from the end of an index. */
export function newestRuns({
  state,
  last,
  size,
}: {
  state: RunState | undefined;
  last: Row | undefined;
  size: number;
}): {
  statement: string;
  values: unknown[];
} {
  const values: unknown[] = last === undefined ? [] : [last['made'], last['id']];
  const behind = last === undefined ? '' : 'and (made_ms, id) < ($1::bigint, $2)';
  const order = `order by made_ms desc, id desc limit ${size}`;
  const those = (which: string) =>
    `select made_ms, made_ms::text as made, ${BRIEF_COLUMNS} from runs where last_seq > 0 and not is_part ${behind} ${which} ${order}`;
  if (state === undefined) return { statement: those(''), values };
  const inState = those(`and state = $${values.push(state)}`);
  if (state !== 'NEED_CLARIFICATION') return { statement: inState, values };
  return { statement: `(${inState}) union (${those('and open_questions > 0')}) ${order}`, values };
}

function briefOfRow(row: Row, driver: Owner | undefined): RunBrief {
  const { id, plan_id, state } = row;
  if (!isRunId(id)) throw noSuchRun(String(id));
  if (!isPlanId(plan_id) || !isRunState(state)) return { id, unreadable: `The row of ${id} is not one of portia.` };
  const owner = state === 'COMPLETE' ? undefined : driver;
  return {
    id,
    plan_id,
    state,
    open_questions: Number(row['open_questions']),
    created_at: String(row['created_at']),
    updated_at: String(row['updated_at']),
    current_step_index: Number(row['current_step_index']),
    step_count: Number(row['step_count']),
    last_seq: Number(row['last_seq']),
    ...(owner !== undefined && { owner }),
  };
}
