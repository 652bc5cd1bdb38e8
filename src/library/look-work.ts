import { reportPlan } from '../app/report-plan.js';
import { reportRun } from '../app/report-run.js';
import { PortiaError } from '../domain/errors.js';
import type { Plan } from '../domain/plan/plan.js';
import { diffPlans, type PlanChange } from '../domain/plan/plan-diff.js';
import type { Run } from '../domain/run/run.js';
import { diffRuns, type RunChange } from '../domain/run/run-diff.js';
import { isRunId, type PlanId, type RunId } from '../domain/values/ids.js';
import type { StoredRun } from '../storage/store.js';
import { reportPage, type Reported } from '../ui/report/report.js';
import type { PlanOrRun } from './portia-options.js';
import type { Project } from './project.js';

type Found = { kind: 'plan'; plan: Plan } | { kind: 'run'; stored: StoredRun };

/** What differs between two plans or two runs. */
export async function compare(
  project: Project,
  before: PlanOrRun,
  after: PlanOrRun,
): Promise<PlanChange[] | RunChange[]> {
  const [one, other] = [await found(project, before), await found(project, after)];
  if (one.kind === 'plan' && other.kind === 'plan') return diffPlans(one.plan, other.plan);
  if (one.kind === 'run' && other.kind === 'run') return diffRuns(one.stored.run, other.stored.run);
  throw differentKinds();
}

/** The page about a plan or a run, or about what differs. */
export async function pageAbout(project: Project, of: PlanOrRun, comparedWith: PlanOrRun | undefined): Promise<string> {
  const one = await reported(project, of);
  const other = comparedWith === undefined ? undefined : await reported(project, comparedWith);
  const { now } = await project.open();
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const page = reportPage(one, other, { now: now(), zone });
  if (page === undefined) throw differentKinds();
  return page;
}

async function reported(project: Project, of: PlanOrRun): Promise<Reported> {
  const is = await found(project, of);
  const services = await project.open();
  const store = project.storeOf(services);
  if (is.kind === 'plan') return { kind: 'plan', ...(await reportPlan(is.plan, services, store)) };
  return { kind: 'run', ...(await reportRun(store, is.stored, services.settings)) };
}

/** A run that is given is looked up, because its record may have less than its log. */
async function found(project: Project, of: PlanOrRun): Promise<Found> {
  if (typeof of === 'string') return isRunId(of) ? foundRun(project, of) : foundPlan(project, of);
  return isRun(of) ? foundRun(project, of.id) : foundPlan(project, of);
}

async function foundRun(project: Project, id: RunId): Promise<Found> {
  return { kind: 'run', stored: await (await project.store()).requireRun(id, { keeps: () => true }) };
}

async function foundPlan(project: Project, plan: Plan | PlanId): Promise<Found> {
  return { kind: 'plan', plan: await project.take(plan)() };
}

function isRun(of: Plan | Run): of is Run {
  return 'state' in of;
}

function differentKinds(): PortiaError {
  return new PortiaError('usage', 'A plan and a run cannot be compared.', { fix: 'Give two plans, or two runs.' });
}
