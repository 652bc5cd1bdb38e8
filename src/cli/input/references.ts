import { advice, type Advice, adviceLines, portia, portiaTyped } from '../../domain/next-step.js';
import { existsSync } from 'node:fs';

import { PortiaError } from '../../domain/errors.js';
import { isPlanId, isRunId, type PlanId, type RunId } from '../../domain/values/ids.js';
import { isJsonObject, jsonOf } from '../../domain/values/json.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import type { Plan } from '../../domain/plan/plan.js';
import { isExportRecord } from '../../domain/run/export-records.js';
import type { Run } from '../../domain/run/run.js';
import { readDocumentText } from '../../documents/parse-document.js';
import type { LocatePointers } from '../../documents/positions.js';
import { MAX_RECORD_DEPTH } from '../../storage/read-file.js';
import type { ReadOptions } from '../../storage/store.js';
import { findPlanId, findRunId, wholeId } from '../../app/find-stored.js';
import type { FoundPlan } from '../../app/prepare-run.js';
import { fromCwd, type Services } from '../../app/services.js';
import type { Session } from '../session/session.js';

/** Where a plan or run comes from: a stored one by its id, or a document that was handed in. */
export type Reference<Id> = { kind: 'stored'; id: Id } | Document;

/** What messages call it. */
export const STDIN = 'standard input';

/** A plan or a run that was handed in, as JSON or YAML. */
export interface Document {
  kind: 'document';
  /** What messages call it. */
  name: string;
  value: unknown;
  /** The places of its values in the text. */
  locate: LocatePointers;
}

/** A run that was exported, as lines. */
export interface ExportedText {
  kind: 'exported';
  /** What messages call it. */
  name: string;
  content: string;
}

/** A word with a slash or a dot is a path; ids and `last` have neither. */
function isPath(text: string): boolean {
  return text.includes('/') || text.includes('.');
}

export async function findPlan(session: Session, text: string): Promise<Reference<PlanId>> {
  const document = await readDocument(session, text);
  if (document !== undefined) return document;
  const { store } = session.services;
  return { kind: 'stored', id: await findPlanId(store, text) };
}

export async function findRun(session: Session, text: string): Promise<RunId> {
  if (text === '-' || isPath(text)) {
    return runIdOfDocument(session, text);
  }
  const { store } = session.services;
  return findRunId(store, text);
}

/** The run behind a reference to one of this project; says what a person should know of it. */
export async function requireRun(session: Session, text: string): Promise<Run> {
  return readStoredRun(session, await findRun(session, text));
}

/** The same by its id. Rejects with `not-found` when it is not there. */
export async function readStoredRun(session: Session, id: RunId, options?: ReadOptions): Promise<Run> {
  const { run, warnings } = await session.services.store.requireRun(id, options);
  for (const warning of warnings) await session.warn(warning);
  return run;
}

/** The run that a file shows, when it is the one in the store: a copy elsewhere has no log to continue from. */
async function runIdOfDocument(session: Session, text: string): Promise<RunId> {
  const document = await readDocument(session, text);
  const id = isJsonObject(document?.value) ? document.value['id'] : undefined;
  if (isRunId(id) && (await session.services.store.readRun(id)) !== undefined) return id;
  throw new PortiaError('not-found', `${text} is not a run of this project.`, {
    why: 'A run continues from the files in runs/; a copy elsewhere can only be shown.',
    fix: advice`${portia('show', text)}, or put the file into runs/ under its own name.`,
  });
}

/** A stored plan or run to act on: `plan-…` and `prun-…` say which; else runs come first. */
export async function findStored(session: Session, text: string): Promise<PlanId | RunId> {
  const { store } = session.services;
  if (text.startsWith('plan-')) return findPlanId(store, text);
  if (text.startsWith('prun-')) return findRunId(store, text);
  const whole = (await wholeId(store, text, 'prun')) ?? (await wholeId(store, text, 'plan'));
  if (whole !== undefined) return whole;
  try {
    return await findRunId(store, text);
  } catch (noRun) {
    if (!isNotFound(noRun)) throw noRun;
    return findPlanId(store, text).catch((noPlan: unknown) => {
      if (!isNotFound(noPlan) || text === 'last') throw noPlan;
      const { details } = noPlan;
      throw new PortiaError('not-found', `There is no run or plan ${JSON.stringify(text)}.`, {
        ...details,
        fix: adviceLines([noRun.details.fix, details.fix]),
      });
    });
  }
}

function isNotFound(error: unknown): error is PortiaError {
  return error instanceof PortiaError && error.code === 'not-found';
}

function isReserved(text: string): boolean {
  return text === 'last' || isPlanId(text) || isRunId(text);
}

/** The document behind a path or `-`; undefined when the text is an id. Rejects for an exported run. */
export async function readDocument(session: Session, text: string): Promise<Document | undefined> {
  const given = await readGiven(session, text);
  if (given?.kind === 'exported') throw notImported(text, given);
  return given;
}

/** The same, or the text of an exported run. */
export async function readGiven(session: Session, text: string): Promise<Document | ExportedText | undefined> {
  // `last` and ids keep their meaning where a file has the same name; ./last is the file.
  const isWord = text !== '-' && !isPath(text);
  if (text === '' || (isWord && (isReserved(text) || !existsSync(fromCwd(session.services, text))))) return undefined;
  const name = text === '-' ? STDIN : text;
  const content = await session.readText(text);
  if (isExportRecord(content)) return { kind: 'exported', name, content };
  const options = { name, maxDepth: MAX_RECORD_DEPTH, ifEmpty: fixOfEmpty(name) };
  return { kind: 'document', name, ...(await readDocumentText(content, options)) };
}

function notImported(text: string, { name, content }: ExportedText): PortiaError {
  const first = jsonOf(content.slice(0, content.indexOf('\n')));
  if (isJsonObject(first) && first['redacted'] === true) {
    return new PortiaError('usage', `${name} is a redacted run, which can only be shown.`, {
      fix: portia('show', text),
    });
  }
  return new PortiaError('usage', `${name} is an exported run.`, {
    why: 'This command takes what is stored in the project.',
    fix: advice`Import it first: ${portia('import', text)}`,
  });
}

function fixOfEmpty(name: string): Advice {
  return name === STDIN
    ? 'The command before the | printed nothing: look at what it says.'
    : advice`Write a plan into it, for example: ${portiaTyped('plan', '"add 1 + 2"')} > ${shellQuote(name)}`;
}

/** The plan behind a reference; says what a person should know about it. */
export async function loadPlan(session: Session, text: string): Promise<FoundPlan> {
  const found = await findPlan(session, text);
  if (found.kind === 'stored') {
    const stored = await readStoredPlan(session.services, found.id);
    return { plan: stored, name: stored.id, keep: async () => stored };
  }
  const plan = await readGivenPlan(session, found);
  return { plan, name: text, keep: () => keepGiven(session, plan) };
}

/** The plan that was handed in. Rejects with `invalid-plan`, which says where in the document every problem stands. */
export async function readGivenPlan(session: Session, document: Document): Promise<Plan> {
  const { planOfDocument } = await import('../../app/plans/plan-document.js');
  const { plan, warnings } = await planOfDocument(document, session.services.now().toISOString());
  for (const warning of warnings) await session.warn(warning);
  return plan;
}

export async function readStoredPlan(services: Pick<Services, 'store'>, id: PlanId): Promise<Plan> {
  const plan = await services.store.readPlan(id);
  if (plan !== undefined) return plan;
  throw new PortiaError('not-found', `There is no plan ${id}.`, { fix: portia('list', 'plans'), planId: id });
}

async function keepGiven(session: Session, plan: Plan): Promise<Plan> {
  const { keepPlan } = await import('../../app/plans/keep-plan.js');
  const kept = await keepPlan(plan, session.services);
  if (kept.id !== plan.id) {
    await session.warn(`plans/${plan.id}.json has different content, so this plan is kept as ${kept.id}.`);
  }
  return kept;
}
