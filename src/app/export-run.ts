import { createHash } from 'node:crypto';

import type { EndUser } from '../domain/run/end-user.js';
import { exportLine, runsInside, type ExportStarted } from '../domain/run/export-records.js';
import { plansNamedIn } from '../domain/run/named-values.js';
import { HiddenValues } from '../domain/run/hidden-values.js';
import type { PlanningExchange } from '../domain/run/planning-exchange.js';
import { addValues, redactedEvent, redactedPlan } from '../domain/run/redacted-event.js';
import { DEFAULT_END_USER, type Run } from '../domain/run/run.js';
import { PortiaError } from '../domain/errors.js';
import { portia } from '../domain/next-step.js';
import type { PlanId, RunId } from '../domain/values/ids.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Store } from '../storage/store.js';
import { recordsOfRun } from './records-of-run.js';

export interface ExportServices {
  store: Store;
  now: () => Date;
  /** Of portia. */
  version: string;
}

/** A run that can be exported, with what belongs to it. */
export interface Exported {
  run: Run;
  /** Whether a process drives it now. */
  isDriven: boolean;
  /** The runs inside it and itself, which comes last. */
  runs: RunId[];
  plans: { plan: Plan; planning: PlanningExchange[] }[];
  /** Plans that it needs and that are not here: without them the copy can only be shown. */
  missingPlans: PlanId[];
  /** Plans of which it is lost what a model was sent and said when they were made. */
  lostPlanning: PlanId[];
  user: EndUser | undefined;
}

/**
 * Reads what belongs to a run; how its plans were made is left out where it is `redacted`. Rejects with `unreadable` for
 * one without events, and with `log-edited`.
 */
export async function exportedRun(
  id: RunId,
  { store }: ExportServices,
  { redacted = false }: { redacted?: boolean | undefined } = {},
): Promise<Exported> {
  const { run, hasLog, owner } = await store.requireRun(id);
  if (!hasLog) throw withoutEvents(id);
  const runs: RunId[] = [];
  const needed = new Set<PlanId>();
  await addRuns(id, { store, runs, needed, seen: new Set([id]) });
  const plans: Exported['plans'] = [];
  const missingPlans: PlanId[] = [];
  const lostPlanning: PlanId[] = [];
  for (const planId of needed) {
    const plan = await store.readPlan(planId);
    if (plan === undefined) missingPlans.push(planId);
    else {
      const planning = redacted ? [] : await keptPlanning(planId, store);
      if (planning === undefined) lostPlanning.push(planId);
      plans.push({ plan, planning: planning ?? [] });
    }
  }
  const user = run.end_user_id === DEFAULT_END_USER ? undefined : await store.readEndUser(run.end_user_id);
  return { run, isDriven: owner !== undefined, runs, plans, missingPlans, lostPlanning, user };
}

/** Undefined when it is damaged: the plan and the run do without it. */
async function keptPlanning(id: PlanId, store: Store): Promise<PlanningExchange[] | undefined> {
  try {
    return await store.readPlanning(id);
  } catch (error) {
    if (error instanceof PortiaError && error.code === 'unreadable') return undefined;
    throw error;
  }
}

interface Found {
  store: Store;
  runs: RunId[];
  needed: Set<PlanId>;
  seen: Set<RunId>;
}

/** Adds the run behind those inside it: whoever has it has all that it continues from. */
async function addRuns(id: RunId, found: Found): Promise<void> {
  const { store, runs, needed, seen } = found;
  const events = await store.readEvents(id);
  await refuseBroken(id, store);
  for (const event of events) for (const plan of plansNamedIn(event).keys()) needed.add(plan);
  for (const inner of runsInside(events)) {
    // A step records which run it will start before that run is there.
    if (seen.has(inner) || !(await store.has(inner))) continue;
    seen.add(inner);
    await addRuns(inner, found);
  }
  runs.push(id);
}

async function refuseBroken(id: RunId, store: Store): Promise<void> {
  const found = await store.findLogBreak(id);
  if (found === undefined) return;
  throw new PortiaError('log-edited', `Event ${found.seq} of ${id} is not as it was recorded.`, {
    why: `${found.why} Nobody could import it.`,
    fix: portia('verify', id),
    runId: id,
  });
}

function withoutEvents(id: RunId): PortiaError {
  return new PortiaError('unreadable', `${id} has no events, so there is nothing to export.`, {
    why: 'Another program made it, and it was not resumed since. Its file is all of it.',
    fix: `Copy runs/${id}.json`,
    runId: id,
  });
}

/** What the file will not have, though the run is built on it: a sentence each. */
export function missingParts({ missingPlans, lostPlanning }: Exported): string[] {
  return [
    ...missingPlans.map((id) => `The plan ${id} is not here: without it the run can only be shown.`),
    ...lostPlanning.map((id) => `What a model was sent and said for ${id} is damaged, so it is not in the file.`),
  ];
}

/** The lines of the exported run, each with its line end. */
export async function* exportLines(
  { run, runs, plans, user }: Exported,
  { store, now, version }: ExportServices,
): AsyncGenerator<string> {
  const file = new ExportedFile();
  yield file.line(exportLine(started(run, { now, version })));
  for (const { plan, planning } of plans) {
    const asked = planning.length > 0 && { planning };
    yield file.line(exportLine({ v: 1, type: 'export.plan', plan, ...asked }));
  }
  if (user !== undefined) yield file.line(exportLine({ v: 1, type: 'export.end_user', user }));
  for (const id of runs) for await (const line of linesOfRun(id, store)) yield file.line(line);
  yield file.end();
}

/** The same for people who must not see the data of the run. `hide` takes secrets that are known here out of a text. */
export async function* redactedLines(
  { run, runs, plans }: Exported,
  { store, now, version, hide }: ExportServices & { hide(text: string): string },
): AsyncGenerator<string> {
  const file = new ExportedFile();
  yield file.line(exportLine({ ...started(run, { now, version }), redacted: true }));
  for (const { plan } of plans) {
    yield file.line(hide(exportLine({ v: 1, type: 'export.plan', plan: redactedPlan(plan) })));
  }
  const hidden = new HiddenValues();
  for (const id of runs) await addDataOf(id, { store, hidden });
  for (const id of runs) {
    for (const event of await store.readEvents(id)) yield file.line(hide(JSON.stringify(redactedEvent(event, hidden))));
  }
  yield file.end();
}

/** Adds all values of a run: those of its events, and the large ones beside them. */
async function addDataOf(id: RunId, { store, hidden }: { store: Store; hidden: HiddenValues }): Promise<void> {
  for await (const record of recordsOfRun(id, store)) {
    if ('line' in record) addValues(JSON.parse(record.line), hidden);
    else hidden.add(record.value);
  }
}

function started({ id }: Run, { now, version }: Pick<ExportServices, 'now' | 'version'>): ExportStarted {
  return { v: 1, type: 'export.started', version, run_id: id, exported_at: now().toISOString() };
}

async function* linesOfRun(id: RunId, store: Store): AsyncGenerator<string> {
  for await (const record of recordsOfRun(id, store)) {
    yield 'line' in record ? record.line : exportLine({ v: 1, type: 'export.value', run_id: id, ...record });
  }
}

/** Counts and sums the lines of a file, and vouches for them with its last one. */
class ExportedFile {
  readonly #sum = createHash('sha256');
  #lines = 0;

  line(text: string): string {
    const line = `${text}\n`;
    this.#sum.update(line);
    this.#lines += 1;
    return line;
  }

  end(): string {
    const digest = this.#sum.digest('hex');
    return `${exportLine({ v: 1, type: 'export.finished', lines: this.#lines, digest })}\n`;
  }
}
