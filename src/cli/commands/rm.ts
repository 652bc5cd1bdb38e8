import { advice, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { isPlanId, isRunId, type PlanId, type RunId } from '../../domain/values/ids.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import { loadReferencedPlans } from '../../app/plans/referenced-plans.js';
import { partsOfRun, readableRun } from '../../app/parts-of-run.js';
import type { Schedule } from '../../domain/schedule/schedule.js';
import type { SchedulingStore } from '../../storage/schedules.js';
import type { Store } from '../../storage/store.js';
import { confirm } from '../input/confirm.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { YES_FLAGS } from '../session/options.js';
import { findStored } from '../input/references.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import { createSession } from '../session/session.js';

const FLAGS = YES_FLAGS;

/** Deletes plans and runs, after a yes. All names are resolved before anything is deleted. */
export const command = defineCommand({
  examples: [['portia rm last --yes', 'the newest run with its events']],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    refuseFieldsBut(['removed'], session.options.fields);
    const { store } = session.services;
    const named = new Set<PlanId | RunId>();
    for (const text of invocation.parameters) named.add(await findStored(session, text));
    const ids = [...named];
    await refuseScheduled(store, ids);
    const parts = new Map<RunId, RunId[]>();
    for (const id of ids) if (isRunId(id)) parts.set(id, await partsToRemove(store, id));
    for (const message of await strandings(store, ids)) await session.warn(message);
    const what = ids.join(', ');
    await confirm(session, { question: `Delete ${what}?`, command: portia('rm', ...ids, '--yes') });
    for (const id of ids) {
      // A run inside another goes first: without it the other is whole enough to be removed again.
      if (isRunId(id)) for (const part of [...(parts.get(id) ?? []), id]) await store.removeRun(part);
      else if (isPlanId(id)) await store.removePlan(id);
      else throw new PortiaError('usage', `${String(id)} is neither a plan nor a run.`);
    }
    await session.print({ record: { removed: ids }, human: () => `Deleted ${what}.\n` });
    return EXIT.complete;
  },
});

/** Rejects when a schedule needs one of the plans. */
async function refuseScheduled(store: SchedulingStore, ids: readonly (PlanId | RunId)[]): Promise<void> {
  if (!ids.some(isPlanId)) return;
  for (const schedule of await store.schedules.list()) {
    if ('unreadable' in schedule) continue;
    const needed = (await plansNeededBy(schedule, store)).find((id) => ids.some((removed) => removed === id));
    if (needed === undefined) continue;
    const place = needed === schedule.plan_id ? 'the plan' : 'inside the plan';
    throw new PortiaError('usage', `${needed} is ${place} of the schedule ${schedule.id}.`, {
      why: `Without ${needed === schedule.plan_id ? 'its plan' : 'it'} the schedule begins no more runs.`,
      fix: advice`End the schedule first: ${portia('queue', 'unschedule', schedule.id)}`,
    });
  }
}

/** Its plan, and those inside it that can be read: of the others a run says what is wrong. */
async function plansNeededBy({ plan_id: id }: Schedule, store: Store): Promise<string[]> {
  try {
    const plan = await store.readPlan(id);
    if (plan !== undefined) return [id, ...(await loadReferencedPlans(plan, store, () => undefined)).keys()];
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
  }
  return [id];
}

/** Which runs could no longer be resumed, for each plan that is to be deleted. */
async function strandings(store: Store, ids: readonly (PlanId | RunId)[]): Promise<string[]> {
  if (!ids.some(isPlanId)) return [];
  const open = new Map<string, RunId[]>();
  for (const id of await store.listRunIds()) {
    const brief = ids.includes(id) ? undefined : await store.readRunBrief(id);
    if (brief === undefined || !('plan_id' in brief) || isOver(brief.state)) continue;
    open.set(brief.plan_id, [...(open.get(brief.plan_id) ?? []), id]);
  }
  return ids.flatMap((id) => {
    const runs = open.get(id) ?? [];
    return runs.length === 0 ? [] : [`${id} is the plan of ${runs.join(', ')}, which cannot be resumed without it.`];
  });
}

const isOver = (state: string): boolean => state === 'COMPLETE' || state === 'FAILED';

/** The runs that are parts of a run, the innermost first. Rejects for one that is itself a part of another. */
async function partsToRemove(store: Store, id: RunId): Promise<RunId[]> {
  const run = (await readableRun(store, id))?.run;
  const parent = run?.parent_run?.id;
  if (parent !== undefined && (await store.has(parent))) {
    throw new PortiaError('usage', `${id} is a part of ${parent}, which could do its work again without it.`, {
      why: `Step ${stepNumber(run?.parent_run?.path ?? '')} of ${parent} runs it.`,
      fix: portia('rm', parent, '--yes'),
    });
  }
  return partsOfRun(store, run);
}
