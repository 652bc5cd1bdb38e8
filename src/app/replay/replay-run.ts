import { PortiaError } from '../../domain/errors.js';
import { advice, portia, portiaTyped } from '../../domain/next-step.js';
import { planDigest } from '../../domain/plan/plan-digest.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Store } from '../../storage/store.js';
import { loadSubPlans } from '../plans/load-sub-plans.js';
import { playRecording, type Played, type PlayOptions } from './play-recording.js';
import { recordedRun } from './recorded-run.js';

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
export async function replayRun(id: RunId, { store, plan: other, until, ...options }: ReplayOptions): Promise<Played> {
  const { run } = await store.requireRun(id);
  const plan = other ?? (await store.readPlan(run.plan_id));
  if (plan === undefined) throw planMissing(id, run.plan_id);
  if (other === undefined && planDigest(plan) !== run.plan_digest) throw otherPlan(id, run.plan_id);
  const innerPlans = [...new Set((await loadSubPlans(plan, store)).values())];
  const recording = await recordedRun(id, { plan, innerPlans }, store);
  return playRecording(recording, { ...options, until: until && ((path) => until(path, plan)) });
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
