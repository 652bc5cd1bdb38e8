import { existsSync } from 'node:fs';
import { relative } from 'node:path';

import { hookProblems } from '../../app/hook-problems.js';
import { notifyProblems } from '../../app/notify-problems.js';
import { documentProblems } from '../../app/plans/document-problems.js';
import { schemaProblems } from '../../app/plans/plan-schemas.js';
import { readinessNotes } from '../../app/plans/ready-tools.js';
import { fromCwd } from '../../app/services.js';
import { effectsOf } from '../../app/tool-effects.js';
import { toolsLeftOut } from '../../app/trust/missing-trust.js';
import { locateProblems } from '../../documents/parse-document.js';
import { PortiaError, type Problem } from '../../domain/errors.js';
import { checkPlan } from '../../domain/plan-check/plan-rules.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { PlanId } from '../../domain/values/ids.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import { planPath } from '../../storage/file-store.js';
import { planProblems } from '../../storage/upgrade/upgrade.js';
import { findPlan, readDocument, readStoredPlan, STDIN, type Document } from '../input/references.js';
import { plansInside } from '../output/plan-picture.js';
import type { Session } from '../session/session.js';

/** A plan as it was checked, with what was found around it. */
export interface UsablePlan {
  plan: Plan;
  effects: ReadonlyMap<string, ToolEffect>;
  plans: ReadonlyMap<string, Plan>;
}

/** All that is to say of one plan. */
export interface CheckedPlan {
  /** What a person calls it. */
  name: string;
  /** What the lines of its problems are lines of. */
  document: string;
  /** The file that it is in, as an absolute path. */
  file?: string | undefined;
  /** In the order of the text. */
  problems: Problem[];
  /** Undefined when it has errors. */
  usable?: UsablePlan | undefined;
}

/** Finds every problem of a plan; runs and keeps nothing. Rejects for a text that cannot be read. */
export async function checkNamedPlan(session: Session, text: string): Promise<CheckedPlan> {
  const { document, id, file } = await findDocument(session, text);
  const report = await checkDocument(session, document, id);
  const problems = inOrder(await locateProblems(report.problems, document.locate));
  return {
    name: id ?? document.name,
    document: document.name,
    file,
    problems,
    // The totals of a plan are known only when all of it could be read.
    usable: problems.some(isError) ? undefined : report.plan,
  };
}

/** The same beside other plans: what cannot be read is a problem of this one. */
export async function checkOneOfSeveral(session: Session, text: string): Promise<CheckedPlan> {
  try {
    return await checkNamedPlan(session, text);
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    const { why, fix, line, column } = error.details;
    const message = [error.message, why].filter(Boolean).join(' ');
    const problem: Problem = { severity: 'error', rule: error.code, message, pointer: '', fix, line, column };
    const path = fromCwd(session.services, text);
    return { name: text, document: text, file: existsSync(path) ? path : undefined, problems: [problem] };
  }
}

export const isError = (problem: Problem): boolean => problem.severity === 'error';

/** The text of the plan, also of a stored one: the places of problems are in it. */
async function findDocument(
  session: Session,
  text: string,
): Promise<{ document: Document; id?: PlanId; file?: string | undefined }> {
  const found = await findPlan(session, text);
  if (found.kind === 'document') {
    return { document: found, file: found.name === STDIN ? undefined : fromCwd(session.services, text) };
  }
  const { id } = found;
  const { cwd, settings } = session.services;
  const path = planPath(settings.storageDir.value, id);
  const document = existsSync(path) ? await readDocument(session, path) : undefined;
  if (document !== undefined) return { document: { ...document, name: relative(cwd, path) }, id, file: path };
  const value = await readStoredPlan(session.services, id);
  return { document: { kind: 'document', name: id, value, locate: async () => new Map() }, id };
}

interface PlanReport {
  problems: Problem[];
  plan?: UsablePlan | undefined;
}

async function checkDocument(session: Session, { value }: Document, id: PlanId | undefined): Promise<PlanReport> {
  const { services } = session;
  let checked: UsablePlan | undefined;
  const problemsOf = async (plan: Plan) => {
    const found = await checkContent(session, plan);
    checked = found.plan;
    return found.problems;
  };
  if (id === undefined || planProblems(value).some(isError)) {
    const createdAt = services.now().toISOString();
    return { problems: await documentProblems(value, { createdAt, check: problemsOf }), plan: checked };
  }
  const problems = [...planProblems(value), ...(await problemsOf(await readStoredPlan(services, id)))];
  return { problems, plan: checked };
}

async function checkContent(session: Session, plan: Plan): Promise<Required<PlanReport>> {
  const plans = await plansInside(session, plan);
  const registry = await session.services.toolsToCheck([plan, ...plans.values()]);
  const tools = new Map(registry.list().map((tool) => [tool.id, tool]));
  const hasOtherTools = toolsLeftOut(session.services).length > 0;
  const problems = [
    ...checkPlan(plan, { tools, plans, hasOtherTools }),
    ...(await schemaProblems(plan)),
    ...(await hookProblems(session.services)),
    ...notifyProblems(plan, session.services.settings),
    ...(await readinessNotes([plan, ...plans.values()], registry, session.services.toolEnvironment)),
  ];
  return { problems, plan: { plan, plans, effects: effectsOf(registry) } };
}

/** In the order of the text, in which a person goes through them. */
function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
}
