import { PortiaError } from '../../domain/errors.js';
import type { Usage } from '../../domain/plan/plan.js';
import { sumUsage } from '../../domain/plan/usage.js';
import type { ModelUsage } from '../../domain/run/events.js';
import { priceOfTokens, type ModelPrice } from '../../domain/values/model-roles.js';
import type { Limits } from '../../executor/budget.js';

/** What planning may cost that is done for a run, and what it has used. */
export class PlanningBudget {
  readonly #limit: number;
  readonly #prices: ReadonlyMap<string, ModelPrice>;
  readonly #spent = new Map<string, Usage>();

  /** A model without a price costs nothing that could be counted. */
  constructor({ cost = Infinity }: Pick<Limits, 'cost'>, prices: ReadonlyMap<string, ModelPrice>) {
    this.#limit = cost;
    this.#prices = prices;
  }

  /** Throws `budget-reached` when no reply may be paid any more. `usage`: of this planning, before it is added. */
  beforeAttempt(model: string, usage: Usage): void {
    const cost = [...this.spent, { model, usage }].reduce((sum, one) => sum + this.#costOf(one), 0);
    if (cost < this.#limit) return;
    throw new PortiaError('budget-reached', `The budget is used up: planning has cost ${cost.toFixed(4)} US dollars.`, {
      why: 'No plan has come of it yet.',
      fix: 'Give a higher --max-cost, or say more in the request.',
      usage,
    });
  }

  add(model: string, usage: Usage): void {
    this.#spent.set(model, sumUsage(this.#spent.get(model), usage));
  }

  get spent(): ModelUsage[] {
    return [...this.#spent].map(([model, usage]) => ({ model, usage }));
  }

  #costOf({ model, usage }: ModelUsage): number {
    const price = this.#prices.get(model);
    if (price === undefined) return 0;
    return priceOfTokens({ input: usage.input_tokens, output: usage.output_tokens }, price);
  }
}
