import { ProjectRecords } from '../config/project-records.js';
import type { Environment } from '../domain/environment.js';
import { planDigest } from '../domain/plan/plan-digest.js';
import type { Plan } from '../domain/plan/plan.js';
import { isPlanId, type Now, type PlanId } from '../domain/values/ids.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import { realPathOf } from './trust/real-path.js';

/** A plan that this user liked, as it was then. */
export interface LikedPlan {
  plan_id: PlanId;
  plan_digest: string;
  /** ISO 8601, UTC. */
  liked_at: string;
}

const STAYS = 'Nothing has changed: the plans are as they were.';

/** The plans that this user liked in a project. They are kept beside the user's settings: no file of the project can like one. */
export interface LikedPlans {
  /** The newest first. Throws `invalid-settings` when the list is damaged. */
  list(): LikedPlan[];
  /** False when the plan was liked as it is. Rejects with `storage-failed` or `invalid-settings`. */
  like(plan: Plan): Promise<boolean>;
  /** False when it was not liked. Rejects with `storage-failed` or `invalid-settings`. */
  unlike(id: PlanId): Promise<boolean>;
}

export function openLikedPlans(projectRoot: string, shell: Environment, now: Now): LikedPlans {
  const root = realPathOf(projectRoot) ?? projectRoot;
  const records = new ProjectRecords('liked', shell);
  return likedPlansIn(
    {
      list: () => likedIn(records.read(records.path(root))),
      keep: async (plans) => records.write(root, { plans }, STAYS),
    },
    now,
  );
}

/** The same of plans that live in this process only. */
export function likedPlansInMemory(now: Now): LikedPlans {
  let kept: LikedPlan[] = [];
  return likedPlansIn({ list: () => kept, keep: async (plans) => void (kept = plans) }, now);
}

interface Kept {
  list(): LikedPlan[];
  keep(plans: LikedPlan[]): Promise<void>;
}

function likedPlansIn({ list, keep }: Kept, now: Now): LikedPlans {
  return {
    list,
    async like(plan) {
      const liked = { plan_id: plan.id, plan_digest: planDigest(plan), liked_at: now().toISOString() };
      const all = list();
      if (all.some((one) => one.plan_id === liked.plan_id && one.plan_digest === liked.plan_digest)) return false;
      await keep([liked, ...all.filter((one) => one.plan_id !== liked.plan_id)]);
      return true;
    },
    async unlike(id) {
      const all = list();
      const others = all.filter((one) => one.plan_id !== id);
      if (others.length === all.length) return false;
      await keep(others);
      return true;
    },
  };
}

function likedIn(record: Json | undefined): LikedPlan[] {
  const plans = isJsonObject(record) && Array.isArray(record['plans']) ? record['plans'] : [];
  return plans.flatMap((plan): LikedPlan[] => {
    if (!isJsonObject(plan)) return [];
    const { plan_id, plan_digest, liked_at } = plan;
    if (typeof plan_id !== 'string' || !isPlanId(plan_id)) return [];
    return typeof plan_digest === 'string' && typeof liked_at === 'string' ? [{ plan_id, plan_digest, liked_at }] : [];
  });
}
