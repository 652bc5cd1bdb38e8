import { existsSync } from 'node:fs';

import { PortiaError } from '../domain/errors.js';
import { isRunId, type PlanId, type RunId } from '../domain/ids.js';
import { isJsonObject } from '../domain/json.js';
import { planDigest } from '../domain/plan-digest.js';
import type { Plan } from '../domain/plan.js';
import { fromCwd, type Services } from './services.js';
import type { Session } from './session.js';

/** Where a plan or run comes from: a stored one by its id, or a document that was handed in. */
export type Reference<Id> = { kind: 'stored'; id: Id } | { kind: 'document'; name: string; value: unknown };

/** A word with a slash or a dot is a path; ids and `last` have neither. */
function isPath(text: string): boolean {
  return text.includes('/') || text.includes('.');
}

export async function findPlan(session: Session, text: string): Promise<Reference<PlanId>> {
  const document = await readDocument(session, text);
  if (document !== undefined) return document;
  const { resolvePlanRef } = await import('../storage/resolve-id.js');
  const { store } = session.services;
  return { kind: 'stored', id: await resolveLast(text, () => store.listPlanIds(), resolvePlanRef) };
}

export async function findRun(session: Session, text: string): Promise<RunId> {
  if (text === '-' || isPath(text)) {
    return runIdOfDocument(session, text);
  }
  const { resolveRunRef } = await import('../storage/resolve-id.js');
  const { store } = session.services;
  return resolveLast(text, () => store.listRunIds(), resolveRunRef);
}

/** The run that a file shows, when it is the one in the store: a copy elsewhere has no log to go on with. */
async function runIdOfDocument(session: Session, text: string): Promise<RunId> {
  const document = await readDocument(session, text);
  const id = isJsonObject(document?.value) ? document.value['id'] : undefined;
  if (isRunId(id) && (await session.services.store.readRun(id)) !== undefined) return id;
  throw new PortiaError('not-found', `${text} is not a run of this project.`, {
    why: 'A run goes on from the files in runs/; a copy elsewhere can only be shown.',
    fix: `portia show ${text}, or put the file into runs/ under its own name.`,
  });
}

/** A stored plan or run to act on: `plan-…` and `prun-…` say which; else runs come first. */
export async function findStored(session: Session, text: string): Promise<PlanId | RunId> {
  const { resolvePlanRef, resolveRunRef } = await import('../storage/resolve-id.js');
  const { store } = session.services;
  if (text.startsWith('plan-')) return resolvePlanRef(text, await store.listPlanIds());
  const runs = await store.listRunIds();
  try {
    return resolveRunRef(text, runs);
  } catch (error) {
    if (text.startsWith('prun-') || !(error instanceof PortiaError) || error.code !== 'not-found') throw error;
    return resolvePlanRef(text, await store.listPlanIds());
  }
}

async function resolveLast<Id extends string>(
  text: string,
  list: () => Promise<Id[]>,
  resolve: (text: string, ids: Id[]) => Id,
): Promise<Id> {
  return resolve(text, await list());
}

/** The JSON document behind a path or `-`; undefined when the text is an id. */
export async function readDocument(
  session: Session,
  text: string,
): Promise<{ kind: 'document'; name: string; value: unknown } | undefined> {
  if (text !== '-' && !isPath(text) && !existsSync(fromCwd(session.services, text))) return undefined;
  const name = text === '-' ? 'standard input' : text;
  const { parseJson } = await import('../storage/read-file.js');
  const value = parseJson(new TextEncoder().encode(await session.readText(text)), name);
  return { kind: 'document', name, value };
}

/** The plan behind a reference, stored; and what a person should know about it. */
export async function loadPlan(session: Session, text: string): Promise<Plan> {
  const found = await findPlan(session, text);
  if (found.kind === 'stored') return readStoredPlan(session.services, found.id);
  const { readPlanDocument } = await import('../storage/upgrade.js');
  const { plan, warnings } = readPlanDocument(found.value, { createdAt: session.services.now().toISOString() });
  for (const warning of warnings) await session.warn(warning);
  return keepPlan(session, plan);
}

export async function readStoredPlan(services: Pick<Services, 'store'>, id: PlanId): Promise<Plan> {
  const plan = await services.store.readPlan(id);
  if (plan !== undefined) return plan;
  throw new PortiaError('not-found', `There is no plan ${id}.`, { fix: 'portia list plans', planId: id });
}

/**
 * A plan that came from outside is what runs. Its id may already stand for another content: then it is kept under a
 * new one, because plans never change.
 */
async function keepPlan(session: Session, plan: Plan): Promise<Plan> {
  const { store, newId } = session.services;
  const stored = await store.readPlan(plan.id);
  if (stored === undefined || planDigest(stored) === planDigest(plan)) {
    if (stored === undefined) await store.savePlan(plan);
    return stored ?? plan;
  }
  const renamed = { ...plan, id: newId('plan'), derived_from: plan.id };
  await store.savePlan(renamed);
  await session.warn(`plans/${plan.id}.json has another content, so this plan is kept as ${renamed.id}.`);
  return renamed;
}
