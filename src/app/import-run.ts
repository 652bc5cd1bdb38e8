import { PortiaError } from '../domain/errors.js';
import { portia } from '../domain/next-step.js';
import { planDigest } from '../domain/plan/plan-digest.js';
import type { ReceivedRun } from '../storage/run-receiver.js';
import type { Store } from '../storage/store.js';
import { readExport, type ExportName, type ReadExport } from './read-export.js';

export interface Imported {
  run: ReceivedRun['run'];
  /** `new`, or what the run was here before. */
  standing: ReceivedRun['standing'];
  /** What a person should know. */
  warnings: string[];
}

/**
 * Takes over a run that `portia export` wrote, with the runs inside it and their plans: all of it or nothing.
 * Rejects as `readExport` does, and with `stale` when a plan is here with another content.
 */
export async function importRun(source: AsyncIterable<Uint8Array>, named: ExportName, store: Store): Promise<Imported> {
  const receiver = store.receiveRuns();
  try {
    const read = await readExport(source, { ...named, receiver });
    refuseMissing(read, named.name);
    await refuseOtherPlans(read.plans, store);
    const { run, standing } = read.run;
    for (const { plan, planning } of read.plans) await store.savePlan(plan, planning);
    await receiver.take();
    const kept = await store.requireRun(run.id);
    const isUserKept = read.user === undefined || (await store.keepEndUser(read.user));
    return { run: kept.run, standing, warnings: warningsOf(read, isUserKept) };
  } finally {
    await receiver.close();
  }
}

function refuseMissing({ runs }: ReadExport, name: string): void {
  const lacking = runs.find(({ missing }) => missing.length > 0);
  if (lacking === undefined) return;
  throw new PortiaError('unreadable', `${name} lacks a value of ${lacking.run.id}.`, {
    why: `The value with the SHA-256 ${lacking.missing[0]} is named in it, and is not there.`,
    fix: 'Export the run again where it is; nothing was imported.',
  });
}

/** Before anything is kept. */
async function refuseOtherPlans(plans: ReadExport['plans'], store: Store): Promise<void> {
  for (const { plan } of plans) {
    const here = await store.readPlan(plan.id);
    if (here === undefined || planDigest(here) === planDigest(plan)) continue;
    throw new PortiaError('stale', `The plan ${plan.id} is here already, and it is not the same.`, {
      why: 'The run continues only with exactly the plan that it was started from; nothing was imported.',
      fix: portia('show', plan.id),
      planId: plan.id,
    });
  }
}

function warningsOf({ runs, plans, user }: ReadExport, isUserKept: boolean): string[] {
  const there = new Set<string>(plans.map(({ plan }) => plan.id));
  const lacking = runs.flatMap((run) => [...run.plans.keys()]).filter((id) => !there.has(id));
  return [
    ...[...new Set(lacking)].map(
      (id) => `The plan ${id} did not come with the run, which cannot be resumed without it.`,
    ),
    ...(user === undefined || isUserKept
      ? []
      : [`Of the end user ${user.external_id} something else is known here, and that stays.`]),
  ];
}
