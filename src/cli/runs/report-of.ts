import { checkHere } from '../../app/check-here.js';
import { loadReferencedPlans } from '../../app/plans/referenced-plans.js';
import { reportRun } from '../../app/report-run.js';
import { effectsOf } from '../../app/tool-effects.js';
import { PortiaError } from '../../domain/errors.js';
import { portiaTyped } from '../../domain/next-step.js';
import { diffPlans } from '../../domain/plan/plan-diff.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { ReportedRun } from '../../domain/run/reported-run.js';
import { diffRuns } from '../../domain/run/run-diff.js';
import { isPlanId, isRunId } from '../../domain/values/ids.js';
import { isJsonObject } from '../../domain/values/json.js';
import type { StoredRun } from '../../storage/store.js';
import { comparedRuns } from '../../ui/report/compared-runs.js';
import { exactTimes } from '../../ui/report/exact-times.js';
import { planReport, type ReportedPlan } from '../../ui/report/plan-report.js';
import { runReport } from '../../ui/report/run-report.js';
import { findStored, readGiven, readGivenPlan, readStoredPlan, type Document } from '../input/references.js';
import type { Session } from '../session/session.js';
import { ownZone } from './start-time.js';
import { readExportedFile, readExportedText } from './show-export.js';

type Found = { kind: 'run'; session: Session; stored: StoredRun } | { kind: 'plan'; plan: Plan };

/** The page about a plan or a run, or about what differs between two of them. */
export async function reportOf(session: Session, first: string, second: string | undefined): Promise<string> {
  const { now } = session.services;
  const context = { now: now(), times: exactTimes(ownZone()) };
  const found = await find(session, first);
  if (second === undefined) {
    if (found.kind === 'plan') return planReport(await checked(session, found.plan), context);
    const reported = await reportedRun(found);
    return runReport(reported, { ...context, plans: await plansIn(found.session, reported.plan) });
  }
  const other = await find(session, second);
  if (found.kind === 'plan' && other.kind === 'plan') {
    const before = { plan: found.plan, changes: diffPlans(found.plan, other.plan) };
    return planReport(await checked(session, other.plan), { ...context, before });
  }
  if (found.kind === 'run' && other.kind === 'run') {
    const [before, after] = [await reportedRun(found), await reportedRun(other)];
    return comparedRuns({ before, after, changes: diffRuns(before.run, after.run) }, context);
  }
  throw new PortiaError('usage', `${first} is a ${found.kind}, and ${second} a ${other.kind}.`, {
    why: 'A report compares two plans, or two runs.',
    fix: portiaTyped('report', 'RUN RUN -o report.html'),
  });
}

async function find(session: Session, text: string): Promise<Found> {
  const exported = await readExportedFile(session, text);
  if (exported !== undefined) return runOf(exported.session, exported.id);
  const given = await readGiven(session, text);
  if (given?.kind === 'exported') {
    const read = await readExportedText(session, given);
    return runOf(read.session, read.id);
  }
  if (given !== undefined) return findInDocument(session, given);
  const id = await findStored(session, text);
  if (isRunId(id)) return runOf(session, id);
  return { kind: 'plan', plan: await readStoredPlan(session.services, id) };
}

async function runOf(session: Session, id: string): Promise<Found> {
  if (!isRunId(id)) throw new PortiaError('not-found', `There is no run ${id}.`);
  const stored = await session.services.store.requireRun(id, { keeps: () => true });
  for (const warning of stored.warnings) await session.warn(warning);
  return { kind: 'run', session, stored };
}

/** The record of a run without its log is reported as far as it goes. */
async function findInDocument(session: Session, document: Document): Promise<Found> {
  const { name, value } = document;
  if (!isJsonObject(value) || !('state' in value)) {
    return { kind: 'plan', plan: await readGivenPlan(session, document) };
  }
  const { id } = value;
  if (isRunId(id) && (await session.services.store.readRun(id)) !== undefined) return runOf(session, id);
  const { readRunDocument } = await import('../../storage/upgrade/upgrade.js');
  const createdAt = session.services.now().toISOString();
  const planId = value['plan_id'];
  const plan = isPlanId(planId) ? await session.services.store.readPlan(planId) : undefined;
  const { run, warnings } = readRunDocument(value, { createdAt, name, plan });
  for (const warning of warnings) await session.warn(warning);
  return { kind: 'run', session, stored: { run, warnings, hasLog: false } };
}

async function reportedRun({ session, stored }: Found & { kind: 'run' }): Promise<ReportedRun> {
  const { store, settings } = session.services;
  return reportRun(store, stored, { prices: settings.prices });
}

async function plansIn({ services }: Session, plan: Plan | undefined): Promise<ReadonlyMap<string, Plan>> {
  return plan === undefined ? new Map() : loadReferencedPlans(plan, services.store, () => undefined);
}

async function checked(session: Session, plan: Plan): Promise<ReportedPlan> {
  const { services } = session;
  const plans = await plansIn(session, plan);
  const effects = effectsOf(await services.toolsToCheck([plan, ...plans.values()]));
  return {
    ...{ plan, plans },
    problems: await checkHere(plan, services, services.store),
    isReading: (id) => effects.get(id) === 'read',
  };
}
