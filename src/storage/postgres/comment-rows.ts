import type { PlanComment } from '../../domain/run/plan-comment.js';
import type { PlanId } from '../../domain/values/ids.js';
import { noSuchPlan } from '../no-such-plan.js';
import { noSuchComment, readComment } from '../plan-comments.js';
import { parseTextOrThrow } from '../read-file.js';
import type { Database } from './database.js';

/** The table of the comments on plans. */
export class CommentRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(comment: PlanComment): Promise<void> {
    const { id, plan_id: plan, at } = comment;
    const found = await this.#database.query(
      `with plan as (select id from plans where id = $2), added as (
         insert into plan_comments (id, plan_id, at, body) select $1, plan.id, $3, $4 from plan on conflict (id) do nothing)
       select 1 from plan`,
      [id, plan, at, JSON.stringify(comment)],
    );
    if (found.length === 0) throw noSuchPlan(plan);
  }

  async list(id: PlanId): Promise<PlanComment[]> {
    const rows = await this.#database.read('select id, body from plan_comments where plan_id = $1 order by at, id', [
      id,
    ]);
    return rows.map(({ id: comment, body }) => {
      const where = `comment ${String(comment)}`;
      return readComment(parseTextOrThrow(String(body), where), id, where);
    });
  }

  async remove({ plan_id: plan, id }: Pick<PlanComment, 'plan_id' | 'id'>): Promise<void> {
    const removed = await this.#database.query('delete from plan_comments where id = $1 and plan_id = $2 returning 1', [
      id,
      plan,
    ]);
    if (removed.length === 0) throw noSuchComment(id);
  }
}
