import { PortiaError } from '../../domain/errors.js';
import { advice, portia, portiaTyped } from '../../domain/next-step.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isStep } from '../../domain/plan/step-selector.js';
import type { Run } from '../../domain/run/run.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Store } from '../../storage/store.js';
import { loadSubPlans } from '../plans/load-sub-plans.js';
import { playRecording, type Played, type PlayOptions } from './play-recording.js';
import type { Recording } from '../../domain/recording/recording.js';
import { recordedRun, type WholePlan } from './recorded-run.js';

export interface ReplayOptions extends Omit<PlayOptions, 'until'> {
  store: Store;
  /** Plays this plan instead of the one that was recorded. */
  plan?: Plan | undefined;
  /** Stops before the first step of the plan with such a path. */
  until?: ((path: string, plan: Plan) => boolean) | undefined;
}

/**
 * Plays a run of a store again. Rejects with `plan-missing`, with `stale` when its plan is not the one that it was
 * started from, and with `unreadable` when it is not whole.
 */
export async function replayRun(id: RunId, { store, plan, ...options }: ReplayOptions): Promise<Played> {
  const recording = await recordedRun(id, await wholePlanOf(id, store, plan), store);
  return replayRecording(recording, options);
}

/** The same for a recording that is read; `plan` is played instead of its own, with the plans inside its own. */
export async function replayRecording(
  recording: Recording,
  { plan = recording.plan, until, ...options }: Omit<ReplayOptions, 'store'>,
): Promise<Played> {
  return playRecording({ ...recording, plan }, { ...options, until: until && ((path) => until(path, plan)) });
}

/** The plan that a run was started from, or another one, with those inside it. Rejects as `replayRun` does. */
export async function wholePlanOf(id: RunId, store: Store, other?: Plan): Promise<WholePlan> {
  const { run } = await store.requireRun(id);
  const plan = other ?? (await store.readPlan(run.plan_id));
  if (plan === undefined) throw planMissing(id, run.plan_id);
  if (other === undefined && planDigest(plan) !== run.plan_digest) throw otherPlan(id, run.plan_id);
  return { plan, innerPlans: [...new Set((await loadSubPlans(plan, store)).values())] };
}

/** A run as it was before a step: its path, name or output. Rejects as `replayRun` does, and with `usage` when it never came. */
export async function replayUntil(
  id: RunId,
  step: string,
  options: Omit<ReplayOptions, 'until' | 'plan'>,
): Promise<{ run: Run; store: Store }> {
  const played = await replayRun(id, { ...options, until: (path, plan) => isStep(plan, path, step) });
  if (played.stoppedAt === undefined) throw noSuchStep(id, step);
  return played;
}

export function noSuchStep(name: string, step: string): PortiaError {
  return new PortiaError('usage', `${name} never came to the step ${step}.`, {
    why: 'A step is its path as in the run (2, 4[2].steps.0), its name, or its output ($total).',
    fix: portia('show', name, '--json'),
  });
}

function planMissing(runId: RunId, planId: string): PortiaError {
  return new PortiaError('plan-missing', `The plan ${planId} of ${runId} is not here.`, {
    why: 'A run is played with the plan that it was started from.',
    fix: advice`Restore plans/${planId}.json, or play another plan: ${portiaTyped('replay', `${runId} --plan FILE`)}`,
    runId,
  });
}

function otherPlan(runId: RunId, planId: string): PortiaError {
  return new PortiaError('stale', `The plan ${planId} is not the one that ${runId} was started from.`, {
    why: 'Its digest is another one: somebody changed the file.',
    fix: advice`To play the changed plan on purpose: ${portia('replay', runId, '--plan', `plans/${planId}.json`)}`,
    runId,
  });
}
