import { keptAnswerEvent } from '../domain/run/early-answers.js';
import type { ModelUsage } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import type { Run } from '../domain/run/run.js';
import type { Plan } from '../domain/plan/plan.js';
import { ConsentCheck } from './consent-check.js';
import { driveRun, driveSubRun } from './drive-run.js';
import { contextFor, driveWithLog, type DriveOptions } from './open-run.js';
import { knownEndUser } from './known-end-user.js';
import { prepareTools } from './prepare-tools.js';
import { ReadyTools } from './ready-tools.js';
import { RunPast } from './run-past.js';
import { recordCreation } from './record-creation.js';

/** What is known of a run before it is started. */
export interface StartingWith {
  /** The id that a key of the start has claimed. */
  id?: RunId | undefined;
  /** What was used to plan for it. */
  planning?: ModelUsage[] | undefined;
  /** Leaves the run to a worker; from `wake_at` on, ISO 8601, UTC. */
  queue?: { priority: number; labels: string[]; wake_at?: string | undefined } | undefined;
}

/** Starts a run of a plan that is in the store, and drives it as far as it goes. */
export async function startRun(
  plan: Plan,
  options: DriveOptions & StartingWith & { endUserId: string; inputs: Record<string, Json> },
): Promise<Run> {
  const { store, services } = options;
  const { early, by } = options.answering;
  early?.check(plan);
  const subPlans = await options.readSubPlans(plan);
  await prepareTools({ plan, subPlans }, services.tools);
  const id: RunId = options.id ?? services.newId('prun');
  const endUser = await knownEndUser(options.endUserId, store);
  const readyTools = new ReadyTools({ plan, subPlans, services, runId: id, endUser });
  await readyTools.ask(() => false, { isNew: true });
  const log = await store.createRun(id);
  return driveWithLog(log, services, async () => {
    const consents = new ConsentCheck(options);
    const context = contextFor(plan, log, {
      ...options,
      consents,
      past: new RunPast({ services, consents }),
      subPlans,
      driveSubRun,
      readyTools,
      endUser,
      runId: id,
    });
    await recordCreation(context, {
      id,
      endUserId: options.endUserId,
      inputs: options.inputs,
      agent: services.settings.agent,
      planning: options.planning,
      by,
    });
    const { recorder } = context;
    early?.keep(plan, [], (answer) => recorder.append(keptAnswerEvent({ by, ...answer })).seq);
    if (options.queue === undefined) return driveRun(context);
    recorder.append({ type: 'run.queued', ...options.queue });
    return recorder.run;
  });
}
