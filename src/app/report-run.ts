import { PortiaError } from '../domain/errors.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { actingCalls } from '../domain/run/acting-calls.js';
import type { ReportedAct, ReportedRun, ReportedValue } from '../domain/reported.js';
import { isStored, type Output, type Run } from '../domain/run/run.js';
import { stepCosts } from '../domain/run/step-costs.js';
import { digestValue, measureJson } from '../domain/values/digest.js';
import { isJsonObject, type Json } from '../domain/values/json.js';
import type { ModelPrice } from '../domain/values/model-roles.js';
import { bareName } from '../domain/values/names.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Store, StoredRun } from '../storage/store.js';
import { loadReferencedPlans } from './plans/referenced-plans.js';
import { recall } from './recall.js';

type ReadStore = Pick<Store, 'readPlan' | 'readEvents' | 'readMemory'>;

/** What a report tells of a run, whose record has all rounds. Rejects with what is wrong with its log. */
export async function reportRun(
  store: ReadStore,
  { run, owner, hasLog }: StoredRun,
  { prices }: { prices: ReadonlyMap<string, ModelPrice> },
): Promise<ReportedRun> {
  const { id } = run;
  const plan = await planOf(store, run);
  const plans = plan === undefined ? new Map<string, Plan>() : await loadReferencedPlans(plan, store, () => undefined);
  const events = hasLog ? await store.readEvents(id) : [];
  const acts: ReportedAct[] = [];
  for (const call of actingCalls(events, run.outputs.clarifications)) {
    const args = await recall(store, id, call.args);
    acts.push({ ...call, args: isJsonObject(args) ? args : undefined });
  }
  return {
    ...{ run, plan, plans, events, acts, isDriven: owner !== undefined },
    values: await valuesOf(store, run, plan),
    costs: stepCosts(events, prices),
  };
}

/** A report tells of a run also where its plan cannot be read. */
async function planOf(store: ReadStore, { plan_id: id }: Run): Promise<Plan | undefined> {
  try {
    return await store.readPlan(id);
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'unreadable') return undefined;
    throw error;
  }
}

/** Bytes of one value that a report has in full, and of all. Of the others it has the digest. */
const MOST_OF_ONE = 1_000_000;
const MOST_OF_ALL = 3_000_000;

async function valuesOf(store: ReadStore, run: Run, plan: Plan | undefined): Promise<ReportedValue[]> {
  const defaults = new Map(plan?.plan_inputs.map(({ name, default: value }) => [bareName(name), value]));
  const madeBy = new Map(run.steps.map(({ output_name: name = '', path }) => [bareName(name), path]));
  const inputs = Object.entries(run.plan_run_inputs).map(([name, output]) => {
    const standard = defaults.get(bareName(name));
    return { name, output, from: isSame(output, standard) ? 'input, the default' : 'input' };
  });
  const outputs = Object.entries(run.outputs.step_outputs).map(([name, output]) => {
    const path = madeBy.get(bareName(name));
    return { name, output, from: path === undefined ? '' : `step ${stepNumber(path)}` };
  });
  const values: ReportedValue[] = [];
  let left = MOST_OF_ALL;
  for (const { name, output, from } of [...inputs, ...outputs]) {
    const { digest = '', bytes = 0 } = isStored(output) ? output : measureJson(output.value);
    const hasRoom = bytes <= Math.min(left, MOST_OF_ONE);
    const value = hasRoom ? await valueOf(store, run, output) : undefined;
    if (value !== undefined) left -= bytes;
    values.push({ name, from, digest, bytes, value, summary: output.summary ?? undefined });
  }
  return values;
}

function isSame(output: Output, standard: unknown): boolean {
  return standard !== undefined && !isStored(output) && digestValue(output.value) === digestValue(standard);
}

async function valueOf(store: ReadStore, { id }: Run, output: Output): Promise<Json | undefined> {
  if (!isStored(output)) return output.value;
  const { digest = '', bytes = 0 } = output;
  return (await recall(store, id, { memory: { digest, bytes } })) ?? undefined;
}
