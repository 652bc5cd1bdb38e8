import type { Plan } from '../domain/plan/plan.js';
import type { PlanningExchange } from '../domain/run/planning-exchange.js';
import type { PlanId } from '../domain/values/ids.js';

export interface PlanStore {
  /**
   * Keeps the plan, with what the planning model was sent and said; a plan that is there already is not touched. `stale`
   * when the id holds another content.
   */
  savePlan(plan: Plan, exchanges?: readonly PlanningExchange[]): Promise<void>;
  /** Undefined when there is none; `unreadable`, `newer-version` or `invalid-plan` when there is a bad one. */
  readPlan(id: PlanId): Promise<Plan | undefined>;
  /** What the plan was made for, cheaply: nothing else of it is verified. Null when the plan is not there or does not say. */
  readRequest(id: PlanId): Promise<string | null>;
  /** What the planning model was sent and said; empty when nothing is kept. `unreadable` when that is damaged. */
  readPlanning(id: PlanId): Promise<PlanningExchange[]>;
  /** Newest first. */
  listPlanIds(): Promise<PlanId[]>;
  /** With its comments, and what the planning model was sent and said. */
  removePlan(id: PlanId): Promise<void>;
}
