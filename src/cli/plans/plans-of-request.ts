import type { PlanRequest } from '../../app/plans/planning.js';
import { PortiaError } from '../../domain/errors.js';
import type { Plan } from '../../domain/plan/plan.js';
import { timeAgo } from '../../ui/times.js';
import type { Session } from '../session/session.js';

/** The plan of a request that this user made or approved here. */
interface PlansOfRequest {
  /** Says so when there is one. */
  find(): Promise<Plan | undefined>;
  /** A warning says when it cannot be kept. */
  keep(plan: Plan): Promise<void>;
}

/** A plan without a model costs nothing, so it is always made again. */
export async function plansOfRequest(session: Session, request: PlanRequest): Promise<PlansOfRequest> {
  const { services, io, look } = session;
  if (services.planner() === 'offline') return { find: async () => undefined, keep: async () => undefined };
  const [{ openPlansMade }, { requestKey }] = await Promise.all([
    import('../../app/plans-made.js'),
    import('../../app/plans/request-key.js'),
  ]);
  const { store, now } = services;
  const made = openPlansMade(services.projectRoot, {
    shell: io.environment,
    store,
    now,
    warn: async (text) => session.warn(text),
  });
  const key = requestKey(services, request);
  return {
    async find() {
      const found = await made.find(key);
      if (found === undefined) return undefined;
      const { plan, madeAt } = found;
      await session.note(
        `Using ${plan.id}, which you made or approved ${timeAgo(madeAt, look.now)} for this request.\n`,
      );
      return plan;
    },
    async keep(plan) {
      try {
        await made.keep(key, plan);
      } catch (error) {
        if (!(error instanceof PortiaError) || error.code !== 'storage-failed') throw error;
        await session.warn(`The plan will not be found by --cached. ${error.message} ${error.details.why ?? ''}`);
      }
    },
  };
}
