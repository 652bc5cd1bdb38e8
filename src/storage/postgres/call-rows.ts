import {
  afterAnswer,
  afterBegin,
  MINUTE_MS,
  waitOfCall,
  type CallWait,
  type LearnedLimits,
  type Lesson,
  type RecentCalls,
  type WantedCall,
} from '../../domain/run/call-limits.js';
import type { Database, Query } from './database.js';

interface BegunCall {
  id: number;
  model: string;
}

/** How long a call counts as open after its process was last heard of. */
const OPEN_MS = 30_000;
const RENEWALS = 3;

/** What is known of the calls of a model, by the clock of the database in milliseconds since 1970. */
interface Known {
  recent: RecentCalls;
  learned: LearnedLimits;
  now: number;
}

/** The calls of one provider by all processes of a store. */
export class CallRows {
  /** How often at least a call that waits asks again: others tell nobody that their calls have ended. */
  readonly pollMs = 250;
  readonly #database: Database;
  readonly #provider: string;
  readonly #open = new Set<number>();
  #renewing: NodeJS.Timeout | undefined;

  /** `provider`: its name and its address. */
  constructor(database: Database, provider: string) {
    this.#database = database;
    this.#provider = provider;
  }

  async begin(wanted: WantedCall): Promise<{ kind: 'begun'; call: BegunCall } | ({ kind: 'wait' } & CallWait)> {
    const { model, tokens } = wanted;
    const begun = await this.#database.transaction(async (query) => {
      const known = await this.#read(query, model);
      const wait = waitOfCall(wanted, known);
      if (wait !== undefined) return { kind: 'wait', ...wait } as const;
      const { learned, now } = known;
      await this.#learn(query, model, afterBegin(learned, wanted));
      const [row] = await query(
        `insert into model_calls (provider, model, begun_at, tokens, open_until)
         values ($1, $2, to_timestamp($3::float8 / 1000), $4, to_timestamp($5::float8 / 1000)) returning id`,
        [this.#provider, model, now, tokens, now + OPEN_MS],
      );
      return { kind: 'begun', call: { id: Number(row?.['id']), model } } as const;
    });
    if (begun.kind === 'begun') this.#hold(begun.call.id);
    return begun;
  }

  async end({ id, model }: BegunCall, lesson: Lesson): Promise<void> {
    this.#letGo(id);
    await this.#database.transaction(async (query) => {
      await this.#lock(query);
      await query('update model_calls set open_until = null, tokens = coalesce($2, tokens) where id = $1', [
        id,
        lesson.counted,
      ]);
      const { recent, learned, now } = await this.#read(query, model);
      await this.#learn(query, model, afterAnswer(learned, lesson, { open: recent.openOfModel, now }));
    });
  }

  /** One transaction at a time looks at the calls of a provider. */
  async #lock(query: Query): Promise<void> {
    await query(`select pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1, 0))`, [this.#provider]);
  }

  async #read(query: Query, model: string): Promise<Known> {
    await this.#lock(query);
    const [row = {}] = await query(
      `with clock as (select clock_timestamp() as now),
         old as (
           delete from model_calls using clock
           where provider = $1 and begun_at <= now - interval '1 minute' and (open_until is null or open_until <= now)
         ),
         recent as (
           select model, tokens, begun_at, open_until > now as is_open, begun_at > now - interval '1 minute' as counts
           from model_calls, clock where provider = $1
         )
       select (extract(epoch from (select now from clock)) * 1000)::float8 as now,
         count(*) filter (where counts) as begun,
         coalesce(sum(tokens) filter (where counts), 0)::float8 as tokens,
         (extract(epoch from min(begun_at) filter (where counts)) * 1000)::float8 as oldest,
         count(*) filter (where is_open) as open,
         count(*) filter (where is_open and model = $2) as open_of_model,
         (select learned from model_limits where provider = $1 and model = $2) as learned
       from recent`,
      [this.#provider, model],
    );
    const now = Number(row['now']);
    const recent = {
      begun: Number(row['begun']),
      tokens: Number(row['tokens']),
      leavesMs: Number(row['oldest'] ?? now) + MINUTE_MS - now,
      open: Number(row['open']),
      openOfModel: Number(row['open_of_model']),
    };
    return { recent, learned: row['learned'] ?? {}, now };
  }

  async #learn(query: Query, model: string, learned: LearnedLimits): Promise<void> {
    await query(
      `insert into model_limits (provider, model, learned) values ($1, $2, $3)
       on conflict (provider, model) do update set learned = excluded.learned`,
      [this.#provider, model, JSON.stringify(learned)],
    );
  }

  #hold(id: number): void {
    this.#open.add(id);
    this.#renewing ??= setInterval(() => void this.#renew(), OPEN_MS / RENEWALS).unref();
  }

  #letGo(id: number): void {
    this.#open.delete(id);
    if (this.#open.size > 0) return;
    clearInterval(this.#renewing);
    this.#renewing = undefined;
  }

  async #renew(): Promise<void> {
    try {
      await this.#database.query(
        `update model_calls set open_until = clock_timestamp() + $2 * interval '1 millisecond'
         where id = any($1) and open_until is not null`,
        [[...this.#open], OPEN_MS],
      );
    } catch {
      // The next one tries again. Until then the calls may count as ended, and others begin too early.
    }
  }
}
