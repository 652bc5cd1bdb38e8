import { findPlanId } from '../../app/find-stored.js';
import { inputsAsJson, inputsError } from '../../app/inputs/check-inputs.js';
import { documentProblems } from '../../app/plans/document-problems.js';
import { keepPlan } from '../../app/plans/keep-plan.js';
import { planOfDocument } from '../../app/plans/plan-document.js';
import type { FoundPlan } from '../../app/prepare-run.js';
import { PortiaError, type Problem } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Drive, Drives } from '../drives.js';
import { prepareGiven } from '../prepare-given.js';
import type { Serving } from './serving.js';

/** A plan as a client gives it: the id of a stored one, or the plan itself. */
type Given = string | Record<string, unknown>;

const NAME = 'that was given';

export async function givenPlan(given: Given, { services }: Serving): Promise<FoundPlan> {
  if (typeof given === 'string') {
    const stored = await storedPlan(given, services.store);
    return { plan: stored, name: stored.id, keep: async () => stored };
  }
  const document = { name: NAME, value: given, locate: async () => new Map<string, never>() };
  const { plan } = await planOfDocument(document, services.now().toISOString());
  return { plan, name: plan.id, keep: async () => keepPlan(plan, services) };
}

async function storedPlan(text: string, store: Serving['services']['store']): Promise<Plan> {
  const id = await findPlanId(store, text);
  const plan = await store.readPlan(id);
  if (plan !== undefined) return plan;
  throw new PortiaError('not-found', `There is no plan ${id}.`, { fix: portia('list', 'plans'), planId: id });
}

/** All that is wrong with a plan, in its shape and in its meaning. */
export async function checkGivenPlan(
  given: Given,
  { services }: Serving,
  check: (plan: Plan) => Promise<Problem[]>,
): Promise<Problem[]> {
  if (typeof given === 'string') return check(await storedPlan(given, services.store));
  return documentProblems(given, { createdAt: services.now().toISOString(), check });
}

/** Starts a run once nothing is wrong with the plan, its inputs and its project. Resolves when the run is recorded. */
export async function startPlan(
  found: FoundPlan,
  inputs: Readonly<Record<string, unknown>>,
  { serving, drives }: { serving: Serving; drives: Drives },
): Promise<Drive> {
  const prepared = await prepareGiven(found, serving);
  const checked = prepared.check(inputsAsJson(inputs));
  const error = inputsError(checked);
  if (error !== undefined) throw new PortiaError(error.code, error.message, { why: error.details.why, fix: NAMES });
  return drives.start(prepared, checked.values);
}

const NAMES = 'Give each input by its name, in the type that the plan asks for.';
