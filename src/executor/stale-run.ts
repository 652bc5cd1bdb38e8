import { advice, portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import { ExpressionError } from '../domain/expressions/expression-error.js';
import { planDigest } from '../domain/plan/plan-digest.js';
import type { Plan, Step } from '../domain/plan/plan.js';
import { stepOutput } from '../domain/plan/plan-steps.js';
import { namesTaken } from '../domain/plan/step-references.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { subPlanDigests } from '../domain/plan/sub-plans.js';
import type { EventOf } from '../domain/run/events.js';
import { isFinal, type Run } from '../domain/run/run.js';
import type { RunId } from '../domain/values/ids.js';
import { bareName } from '../domain/values/names.js';
import type { Store, StoredRun } from '../storage/store.js';
import type { OpenedRun } from './changed-tools.js';

/**
 * A run that no other process drives. Rejects with `run-locked` for one that is driven: the second process gets that
 * error, and not one that its question is answered, or not asked yet.
 */
export async function readFree(store: Store, id: RunId): Promise<StoredRun> {
  const stored = await store.requireRun(id);
  const { run, owner } = stored;
  if (owner === undefined || run.state === 'COMPLETE' || isFinal(run) || run.parent_run !== undefined) return stored;
  const log = await store.openRun(id);
  // Its owner has just ended.
  await log.close();
  return store.requireRun(id);
}

/** Throws for a run inside another. It continues with that one only: it alone knows what was asked and answered. */
export function refusePart({ id, parent_run: parent }: Run): void {
  if (parent === undefined) return;
  throw new PortiaError('usage', `${id} is a part of another run.`, {
    why: `Step ${stepNumber(parent.path)} of ${parent.id} runs it.`,
    fix: portia('resume', parent.id),
    runId: parent.id,
  });
}

/** Throws `declined` for a run that a person ended. */
export function refuseFinal(run: Run): void {
  if (!isFinal(run)) return;
  throw new PortiaError('declined', `${run.id} was ended by a person: ${run.error?.message ?? 'declined'}`, {
    why: 'A run that a person declined or cancelled cannot continue.',
    fix: portia('run-plan', run.plan_id),
    runId: run.id,
    planId: run.plan_id,
  });
}

/** Exactly the plan that the run was started from. Rejects with `plan-missing` or `stale`. */
export async function planOf(store: Store, run: Run): Promise<Plan> {
  const plan = await store.readPlan(run.plan_id);
  if (plan === undefined) {
    throw new PortiaError('plan-missing', `The plan of ${run.id} is not here: ${run.plan_id}.`, {
      why: 'A run continues only with exactly the plan that it was started from.',
      fix: advice`Put the plan's file back as plans/${run.plan_id}.json; ${portia('show', run.id)} still shows the run.`,
      runId: run.id,
      planId: run.plan_id,
    });
  }
  if (run.plan_digest !== '' && planDigest(plan) !== run.plan_digest) {
    throw new PortiaError('stale', `The plan ${plan.id} is not the one that ${run.id} was started from.`, {
      why: 'Its content has changed since, and nothing but the approved plan is run.',
      fix: advice`Restore plans/${plan.id}.json, or start over with: ${portia('run-plan', plan.id)}`,
      runId: run.id,
      planId: plan.id,
    });
  }
  return plan;
}

/**
 * Throws `unreadable` for a run of another tool that does not hold what a step left which its file calls finished, when a
 * step that is still to be done needs it: skipping that one would look like success.
 */
export function refuseLostOutputs(run: Run, { id, steps }: Plan): void {
  const records = new Map(run.steps.map((record) => [record.path, record]));
  const needed = namesStillNeeded(run, steps);
  const lost = steps.find((step, index) => {
    const name = bareName(stepOutput(step) ?? '');
    const record = records.get(String(index));
    // Only what another tool recorded has no time at which it ended.
    const isImported = record?.status === 'completed' && record.finished_at === null;
    const mayBeSkipped = step.condition !== undefined || step.when !== undefined;
    return isImported && record.output === undefined && !mayBeSkipped && needed.has(name);
  });
  if (lost === undefined) return;
  throw new PortiaError('unreadable', `The value of $${bareName(stepOutput(lost) ?? '')} is not here.`, {
    why: `${run.id} comes from another tool, calls the step that makes it finished, and does not hold what it left.`,
    fix: advice`Restore the run's file from a backup, or start over with: ${portia('run-plan', id)}`,
    runId: run.id,
    planId: id,
  });
}

/** The same for an input that the file of such a run does not hold: `missing-input`. */
export function refuseLostInputs(run: Run, { id, steps, plan_inputs: inputs }: Plan): void {
  const given = new Set(Object.keys(run.plan_run_inputs).map(bareName));
  const needed = namesStillNeeded(run, steps);
  const lost = inputs.map(({ name }) => bareName(name)).filter((name) => !given.has(name) && needed.has(name));
  if (lost.length === 0) return;
  const flags = lost.flatMap((name) => ['-i', `${name}=VALUE`]);
  throw new PortiaError('missing-input', `${run.id} does not hold its input ${lost.join(', ')}.`, {
    why: 'It comes from another tool, and the steps that are left need it.',
    fix: advice`Start over with: ${portia('run-plan', id, ...flags)}`,
    runId: run.id,
    planId: id,
  });
}

function namesStillNeeded(run: Run, steps: Step[]): Set<string> {
  const done = new Set(run.steps.map(({ path }) => path));
  return new Set(steps.filter((_step, index) => !done.has(String(index))).flatMap(readNamesTaken));
}

/** None where an expression cannot be read, as in a plan of an older version: the step itself fails and says so. */
function readNamesTaken(step: Step): string[] {
  try {
    return namesTaken(step);
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

/** Throws `stale` when a plan inside the plan is not as it was approved with the run. */
export function refuseChangedPlans({ plan, subPlans, log }: OpenedRun): void {
  const created = log.events.find((event): event is EventOf<'run.created'> => event.type === 'run.created');
  if (created === undefined) return;
  const plans = differences(created.plans ?? {}, subPlanDigests(subPlans));
  if (plans.length === 0) return;
  throw new PortiaError('stale', `These plans inside the plan have changed: ${plans.join(', ')}.`, {
    why: 'Their content has changed since the run was started, and nothing but the approved plan is run.',
    fix: advice`Restore their files, or start over with: ${portia('run-plan', plan.id)}`,
    runId: log.run.id,
    planId: plan.id,
  });
}

/** Names whose digest differs from the recorded one, in either direction. */
function differences(recorded: Record<string, string>, current: Record<string, string>): string[] {
  const names = new Set([...Object.keys(recorded), ...Object.keys(current)]);
  return [...names].filter((name) => recorded[name] !== current[name]).sort();
}
