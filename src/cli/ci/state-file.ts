import { existsSync, readFileSync } from 'node:fs';

import { exportedRun, exportLines } from '../../app/export-run.js';
import { importRun } from '../../app/import-run.js';
import { keepPlan } from '../../app/plans/keep-plan.js';
import { planOfDocument } from '../../app/plans/plan-document.js';
import type { FoundPlan } from '../../app/prepare-run.js';
import { fromCwd } from '../../app/services.js';
import type { StateFile } from '../../ci/github/marker.js';
import { readDocumentText } from '../../documents/parse-document.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isExportRecord } from '../../domain/run/export-records.js';
import type { Run } from '../../domain/run/run.js';
import { digestText } from '../../domain/values/digest.js';
import type { RunId } from '../../domain/values/ids.js';
import { MAX_RECORD_DEPTH } from '../../storage/read-file.js';
import { writeFileSafely, writePiecesSafely } from '../../storage/safe-write.js';
import type { CiSession } from './open-session.js';

/** What a job left for the next one: a plan that was shown, or the run with its plan. */
export type KeptState = { kind: 'plan'; plan: Plan } | { kind: 'run'; plan: Plan; run: Run };

/** Where it is, as an absolute path. */
function stateFile({ services, options }: CiSession): string {
  return fromCwd(services, options.state ?? 'portia-state.ndjson');
}

/** The SHA-256 of the file; undefined when it is not there. */
function digestOf(path: string): string | undefined {
  return existsSync(path) ? digestText(readFileSync(path)) : undefined;
}

export function writePlanState(session: CiSession, plan: Plan): string {
  const path = stateFile(session);
  writeFileSafely(path, `${JSON.stringify(plan)}\n`, { mode: 0o600 });
  return digestText(readFileSync(path));
}

export async function writeRunState(session: CiSession, id: RunId): Promise<string> {
  const path = stateFile(session);
  const { store, now } = session.services;
  const services = { store, now, version: session.io.version };
  await writePiecesSafely(path, exportLines(await exportedRun(id, services), services));
  return digestText(readFileSync(path));
}

/**
 * Reads what the job before left, and brings a run into the store. Undefined when the file is not there, or not the one
 * that the comment is about.
 */
export async function readState(session: CiSession, wanted: StateFile | undefined): Promise<KeptState | undefined> {
  const path = stateFile(session);
  if (wanted === undefined || digestOf(path) !== wanted.digest) return undefined;
  const { store } = session.services;
  if (isExportRecord(Buffer.from(session.readBeginning(path)).toString())) {
    const { run } = await importRun(session.openText(path), { name: path, shownBy: portia('show', path) }, store);
    const plan = await store.readPlan(run.plan_id);
    return plan === undefined ? undefined : { kind: 'run', plan, run };
  }
  return { kind: 'plan', plan: await planIn(session, await session.readText(path), path) };
}

/** The same, which must be there. */
export async function requireState(session: CiSession, wanted: StateFile | undefined): Promise<KeptState> {
  const state = await readState(session, wanted);
  if (state !== undefined) return state;
  throw new PortiaError('stale', 'The artifact of the comment is not here.', {
    why: 'It is gone, was not fetched, or has another content than the comment says.',
    fix: '/portia plan',
  });
}

/** The plan in a text. Rejects with `unreadable` or `invalid-plan`. */
export async function planIn(session: CiSession, text: string, name: string): Promise<Plan> {
  const options = { name, maxDepth: MAX_RECORD_DEPTH, ifEmpty: 'Write a plan into it.' };
  const document = await readDocumentText(text, options);
  return (await planOfDocument({ name, ...document }, session.services.now().toISOString())).plan;
}

/** A plan of a job before, as one that is run. */
export function foundPlan(session: CiSession, plan: Plan): FoundPlan {
  return { plan, name: plan.id, keep: async () => keepPlan(plan, session.services) };
}
