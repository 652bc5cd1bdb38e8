import { planDigest } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { PlanningExchange } from '../../domain/run/planning-exchange.js';
import { isPlanId, type Now, type PlanId } from '../../domain/values/ids.js';
import { noSuchPlan } from '../no-such-plan.js';
import { parseTextOrThrow } from '../read-file.js';
import { readExchanges } from '../read-exchanges.js';
import { planText, refuseOtherContent, refuseOtherId } from '../plan-text.js';
import { madeMs } from './age.js';
import type { Database } from './database.js';

/** The table of the plans. */
export class PlanRows {
  readonly #database: Database;
  readonly #now: Now;

  constructor(database: Database, now: Now) {
    this.#database = database;
    this.#now = now;
  }

  async save(plan: Plan, exchanges: readonly PlanningExchange[] = []): Promise<void> {
    if (!isPlanId(plan.id)) throw noSuchPlan(plan.id);
    const kept = exchanges.length === 0 ? null : JSON.stringify(exchanges);
    const made = await this.#database.query(
      `insert into plans (id, digest, request, body, made_ms, exchanges) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do nothing returning 1`,
      [plan.id, planDigest(plan), plan.plan_context.query, planText(plan), madeMs(plan.id, this.#now), kept],
    );
    if (made.length > 0) return;
    const before = await this.read(plan.id);
    if (before !== undefined) refuseOtherContent(before, plan);
  }

  async read(id: PlanId): Promise<Plan | undefined> {
    const [row] = await this.#database.read('select body, made_ms::float8 as made from plans where id = $1', [id]);
    if (row === undefined) return undefined;
    // Loaded only when a plan is read: a schema costs as much as starting the program.
    const { readPlanDocument } = await import('../upgrade/upgrade.js');
    const name = `plan ${id}`;
    const createdAt = new Date(Number(row['made'])).toISOString();
    const { plan, hadId } = readPlanDocument(parseTextOrThrow(String(row['body']), name), { createdAt, name });
    if (hadId) refuseOtherId(plan, id, name);
    return { ...plan, id };
  }

  async request(id: PlanId): Promise<string | null> {
    const [row] = await this.#database.read('select request from plans where id = $1', [id]);
    return typeof row?.['request'] === 'string' ? row['request'] : null;
  }

  async planning(id: PlanId): Promise<PlanningExchange[]> {
    const [row] = await this.#database.read('select exchanges from plans where id = $1', [id]);
    const kept = row?.['exchanges'];
    return typeof kept === 'string' ? readExchanges(parseTextOrThrow(kept, `plan ${id}`), `plan ${id}`) : [];
  }

  async has(id: PlanId): Promise<boolean> {
    return (await this.#database.read('select 1 from plans where id = $1', [id])).length > 0;
  }

  async list(): Promise<PlanId[]> {
    const rows = await this.#database.read('select id from plans order by made_ms desc, id desc');
    return rows.map(({ id }) => id).filter(isPlanId);
  }

  async remove(id: PlanId): Promise<void> {
    const removed = await this.#database.query('delete from plans where id = $1 returning 1', [id]);
    if (removed.length === 0) throw noSuchPlan(id);
  }
}
