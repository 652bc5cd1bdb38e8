import { reportPlan } from '../../app/report-plan.js';
import { reportRun } from '../../app/report-run.js';
import { PortiaError } from '../../domain/errors.js';
import { portiaTyped } from '../../domain/next-step.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isPlanId, isRunId } from '../../domain/values/ids.js';
import { isJsonObject } from '../../domain/values/json.js';
import type { StoredRun } from '../../storage/store.js';
import { reportPage, type Reported } from '../../ui/report/report.js';
import { findStored, readGiven, readGivenPlan, readStoredPlan, type Document } from '../input/references.js';
import type { Session } from '../session/session.js';
import { ownZone } from './start-time.js';
import { readExportedFile, readExportedText, redactedHere } from './show-export.js';

type ReportSession = Session<{ redact: boolean | undefined }>;

/** The page about a plan or a run, or about what differs between two of them. */
export async function reportOf(session: ReportSession, first: string, second: string | undefined): Promise<string> {
  const one = await find(session, first);
  const other = second === undefined ? undefined : await find(session, second);
  const page = reportPage(one, other, { now: session.services.now(), zone: ownZone() });
  if (page !== undefined) return page;
  throw new PortiaError('usage', `${first} is a ${one.kind}, and ${second ?? ''} a ${other?.kind ?? ''}.`, {
    why: 'A report compares two plans, or two runs.',
    fix: portiaTyped('report', 'RUN RUN -o report.html'),
  });
}

async function find(session: ReportSession, text: string): Promise<Reported> {
  const exported = await readExportedFile(session, text);
  if (exported !== undefined) return runOf(exported.session, exported.id);
  const given = await readGiven(session, text);
  if (given?.kind === 'exported') {
    const read = await readExportedText(session, given);
    return runOf(read.session, read.id);
  }
  if (given !== undefined) return findInDocument(session, given);
  const id = await findStored(session, text);
  if (isRunId(id) && session.options.redact) {
    const redacted = await redactedHere(session, id);
    return runOf(redacted.session, redacted.id);
  }
  if (isRunId(id)) return runOf(session, id);
  return checked(session, await readStoredPlan(session.services, id));
}

async function runOf(session: Session, id: string): Promise<Reported> {
  if (!isRunId(id)) throw new PortiaError('not-found', `There is no run ${id}.`);
  const stored = await session.services.store.requireRun(id, { keeps: () => true });
  for (const warning of stored.warnings) await session.warn(warning);
  return reported(session, stored);
}

/** The record of a run without its log is reported as far as it goes. */
async function findInDocument(session: Session, document: Document): Promise<Reported> {
  const { name, value } = document;
  if (!isJsonObject(value) || !('state' in value)) {
    return checked(session, await readGivenPlan(session, document));
  }
  const { id } = value;
  if (isRunId(id) && (await session.services.store.readRun(id)) !== undefined) return runOf(session, id);
  const { readRunDocument } = await import('../../storage/upgrade/upgrade.js');
  const createdAt = session.services.now().toISOString();
  const planId = value['plan_id'];
  const plan = isPlanId(planId) ? await session.services.store.readPlan(planId) : undefined;
  const { run, warnings } = readRunDocument(value, { createdAt, name, plan });
  for (const warning of warnings) await session.warn(warning);
  return reported(session, { run, warnings, hasLog: false });
}

async function reported({ services }: Session, stored: StoredRun): Promise<Reported> {
  return { kind: 'run', ...(await reportRun(services.store, stored, services.settings)) };
}

async function checked({ services }: Session, plan: Plan): Promise<Reported> {
  return { kind: 'plan', ...(await reportPlan(plan, services, services.store)) };
}
