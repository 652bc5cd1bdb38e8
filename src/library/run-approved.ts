import { advice, portia } from '../domain/next-step.js';
import { trustMissingForPlans } from '../app/trust-of-run.js';
import { prepareRun } from '../app/prepare-run.js';
import type { Services } from '../app/services.js';
import { inputsAsJson, inputsError } from '../app/inputs/check-inputs.js';
import { PortiaError } from '../domain/errors.js';
import type { PlanId } from '../domain/values/ids.js';
import { bareName } from '../domain/values/names.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Run } from '../domain/run/run.js';
import type { DriveOptions } from '../executor/open-run.js';
import type { StartingWith } from '../executor/start-run.js';
import type { Store } from '../storage/store.js';
import { keepPlan } from '../app/plans/keep-plan.js';
import { keepGivenEndUser } from './end-user.js';
import type { RunOptions } from './portia-options.js';

/** A stored plan. Rejects with `not-found`. */
export async function readPlan(store: Store, id: PlanId): Promise<Plan> {
  const plan = await store.readPlan(id);
  if (plan !== undefined) return plan;
  throw new PortiaError('not-found', `There is no plan ${id}.`, {
    planId: id,
    fix: 'Plan first, or give the plan itself.',
  });
}

export function refuseUntrusted(missing: PortiaError | undefined): void {
  if (missing === undefined) return;
  const fix = advice`new Portia({ trustProject: true }), or once on the command line: ${portia('trust')}`;
  throw new PortiaError(missing.code, missing.message, { ...missing.details, fix });
}

/** Starts a run of a plan, once nothing is wrong with the plan, its inputs and its project. */
export async function runApproved(
  given: Plan,
  options: RunOptions,
  { drive, services }: { drive: DriveOptions & StartingWith; services: Services },
): Promise<Run> {
  const { store } = drive;
  const keep = async () => keepPlan(given, { ...services, store });
  const found = { plan: given, name: given.id, keep };
  const endUser = await keepGivenEndUser(store, options.endUser);
  const { check, start } = await prepareRun(
    found,
    { ...services, store },
    {
      endUser: endUser?.external_id,
      review: async (plans) => refuseUntrusted(await trustMissingForPlans(plans, services)),
    },
  );
  const checked = check(inputsAsJson(options.inputs ?? {}));
  const error = inputsError(checked);
  if (error !== undefined) throw inWordsOfCode(error, given);
  return start(checked.values, drive);
}

/** The remedy of the command line is a flag. */
function inWordsOfCode({ code, message, details }: PortiaError, { plan_inputs: inputs }: Plan): PortiaError {
  const names = inputs.map(({ name }) => `${bareName(name)}: …`);
  const fix = names.length === 0 ? 'Give no inputs.' : `runPlan(plan, { inputs: { ${names.join(', ')} } })`;
  return new PortiaError(code, message, { ...details, fix });
}
