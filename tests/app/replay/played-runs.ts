import { playRecording, type Played } from '../../../src/app/replay/play-recording.js';
import { recordedRun } from '../../../src/app/replay/recorded-run.js';
import { keepSubPlans } from '../../../src/app/plans/load-sub-plans.js';
import type { Recording } from '../../../src/domain/recording/recording.js';
import type { Plan } from '../../../src/domain/plan/plan.js';
import type { Run } from '../../../src/domain/run/run.js';
import type { Bench } from '../../executor/bench.js';

/** What is recorded of a run of the bench, to be played with its plan or another one. */
export async function recordingOf(bench: Bench, run: Run, other?: Plan): Promise<Recording> {
  const plan = other ?? (await bench.store.readPlan(run.plan_id));
  if (plan === undefined) throw new Error(`there is no plan ${run.plan_id}`);
  const innerPlans = [...(await keepSubPlans(plan, bench.store)).values()];
  return recordedRun(run.id, { plan, innerPlans }, bench.store);
}

export async function played(recording: Recording, until?: (path: string) => boolean): Promise<Played> {
  return playRecording(recording, { cpuTime: () => performance.now(), signal: new AbortController().signal, until });
}
