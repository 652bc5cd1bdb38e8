import { ProjectRecords } from '../config/project-records.js';
import type { Environment } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import { planDigest } from '../domain/plan/plan-digest.js';
import type { Plan } from '../domain/plan/plan.js';
import { isPlanId, type Now, type PlanId } from '../domain/values/ids.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import type { Store } from '../storage/store.js';
import { realPathOf } from './trust/real-path.js';

/** A plan that this user made or approved here, and for which request. */
interface MadePlan {
  /** The digest of the request. */
  request: string;
  plan_id: string;
  plan_digest: string;
  made_at: string;
}

/** More are not remembered for a project. */
const MOST = 200;

const NOTHING_ELSE_LOST = 'Nothing else is lost: the plan is saved.';

/** The plans that this user made or approved in a project, by their requests. What others put into `plans/` is not among them. */
export interface PlansMade {
  /** The plan as it was, when it is still here so. */
  find(request: string): Promise<{ plan: Plan; madeAt: string } | undefined>;
  /** Rejects with `storage-failed`. */
  keep(request: string, plan: Plan): Promise<void>;
}

interface PlansMadeOptions {
  shell: Environment;
  store: Pick<Store, 'readPlan'>;
  now: Now;
  /** Says a sentence to the user. */
  warn(text: string): void;
}

export function openPlansMade(projectRoot: string, { shell, store, now, warn }: PlansMadeOptions): PlansMade {
  const root = realPathOf(projectRoot) ?? projectRoot;
  const records = new ProjectRecords('planned', shell);
  // The plans themselves are elsewhere: a damaged list of them may not keep a plan from being made.
  const read = (): MadePlan[] => {
    const path = records.path(root);
    try {
      return plansIn(records.read(path));
    } catch (error) {
      if (!(error instanceof PortiaError) || error.code !== 'invalid-settings') throw error;
      records.remove(root, NOTHING_ELSE_LOST);
      warn(`${path} was damaged and is begun anew: plans made before are not found by --cached.`);
      return [];
    }
  };
  return {
    async find(request) {
      const made = read().find((one) => one.request === request);
      if (made === undefined || !isPlanId(made.plan_id)) return undefined;
      const plan = await store.readPlan(made.plan_id);
      const isSame = plan !== undefined && planDigest(plan) === made.plan_digest;
      return isSame ? { plan, madeAt: made.made_at } : undefined;
    },
    async keep(request, plan) {
      const made = { request, plan_id: plan.id, plan_digest: planDigest(plan), made_at: now().toISOString() };
      const others = read().filter((one) => one.request !== request);
      await records.write(root, { plans: [made, ...others].slice(0, MOST) }, NOTHING_ELSE_LOST);
    },
  };
}

/** The same of plans that live in this process only. */
export function plansMadeInMemory({ store, now }: Pick<PlansMadeOptions, 'store' | 'now'>): PlansMade {
  const made = new Map<string, { id: PlanId; madeAt: string }>();
  return {
    async find(request) {
      const { id, madeAt } = made.get(request) ?? {};
      const plan = id && (await store.readPlan(id));
      return plan && madeAt ? { plan, madeAt } : undefined;
    },
    keep: async (request, { id }) => void made.set(request, { id, madeAt: now().toISOString() }),
  };
}

function plansIn(record: Json | undefined): MadePlan[] {
  const plans = isJsonObject(record) && Array.isArray(record['plans']) ? record['plans'] : [];
  return plans.flatMap((plan): MadePlan[] => {
    if (!isJsonObject(plan)) return [];
    const { request, plan_id, plan_digest, made_at } = plan;
    if (typeof request !== 'string' || typeof plan_id !== 'string') return [];
    if (typeof plan_digest !== 'string' || typeof made_at !== 'string') return [];
    return [{ request, plan_id, plan_digest, made_at }];
  });
}
