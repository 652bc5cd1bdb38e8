import type { Json } from '../domain/values/json.js';
import type { Plan } from '../domain/plan/plan.js';
import { DEFAULT_END_USER, type Run } from '../domain/run/run.js';
import type { DriveOptions } from '../executor/open-run.js';
import { askedModels } from '../domain/plan/asked-models.js';
import { refuseUnpriced } from '../executor/prices.js';
import { startRun, type StartingWith } from '../executor/start-run.js';
import type { Store } from '../storage/store.js';
import { loadSubPlans } from './plans/load-sub-plans.js';
import { refuseToolsThatAreOff } from './plans/ready-tools.js';
import { createInputCheck, refuseBrokenPlans, type InputCheck } from './plans/runnable-plan.js';
import type { Services } from './services.js';

/** A plan that somebody wants to run. A plan from outside is kept only when nothing is wrong with it. */
export interface FoundPlan {
  plan: Plan;
  /** What a person calls it: its id, its file, or - for standard input. */
  name: string;
  /** The plan as it is in the store, perhaps under another id. */
  keep(): Promise<Plan>;
}

/** A plan that can be run here, any number of times. */
export interface PreparedRun {
  check: InputCheck;
  /** The plan as it is kept: when its first run starts, or before. */
  keep(): Promise<Plan>;
  /** With inputs that are checked. */
  start(inputs: Record<string, Json>, options: DriveOptions & StartingWith): Promise<Run>;
}

interface PrepareOptions {
  /** Who the runs are for. */
  endUser: string | undefined;
  /** May refuse the plan and those inside it before they are looked at: for lack of trust, or flags that do not fit. */
  review(plans: Plan[]): Promise<void>;
}

/** Refuses a plan that cannot be run here. */
export async function prepareRun(
  { plan, name, keep: keepFound }: FoundPlan,
  services: Pick<Services, 'toolsToRun' | 'toolEnvironment' | 'executor'> & { store: Pick<Store, 'readPlan'> },
  { endUser = DEFAULT_END_USER, review }: PrepareOptions,
): Promise<PreparedRun> {
  const subPlans = await loadSubPlans(plan, services.store);
  const plans = [plan, ...subPlans.values()];
  await review(plans);
  const tools = await services.toolsToRun(plans);
  await refuseBrokenPlans({ plan, subPlans, name }, tools);
  await refuseToolsThatAreOff(plans, tools, services.toolEnvironment);
  refuseUnpriced(askedModels(plans), await services.executor());
  let kept: Promise<Plan> | undefined;
  const keep = async () => (kept ??= keepFound());
  return {
    check: await createInputCheck(plan),
    keep,
    async start(inputs, options) {
      return startRun(await keep(), { ...options, inputs, endUserId: endUser });
    },
  };
}
