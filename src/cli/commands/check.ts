import { existsSync } from 'node:fs';
import { relative } from 'node:path';

import type { Problem } from '../../domain/errors.js';
import type { PlanId } from '../../domain/ids.js';
import type { Json } from '../../domain/json.js';
import { checkPlan } from '../../domain/plan-rules.js';
import type { Plan } from '../../domain/plan.js';
import { schemaProblems } from '../../library/plan-schemas.js';
import { loadReferencedPlans } from '../../library/referenced-plans.js';
import { planPath } from '../../storage/file-store.js';
import { planProblems } from '../../storage/upgrade.js';
import { checkView } from '../../ui/check-view.js';
import { documentProblems } from '../document-problems.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../io.js';
import type { AllOptions } from '../options.js';
import { findPlan, locateProblems, readDocument, readStoredPlan, type Document } from '../references.js';
import { createSession, type Session } from '../session.js';

/** All problems of a plan, its shape's and its meaning's, without running or storing anything. */
export async function runCheckCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const [text = ''] = invocation.parameters;
  const { document, id } = await findDocument(session, text);
  const problems = inOrder(await locateProblems(await allProblems(session, document, id), document.locate));
  const name = id ?? document.name;
  await session.answer({
    json: { plan: name, problems: problems as unknown as Json },
    human: (look) => checkView({ name, file: document.name }, problems, look),
  });
  return problems.some((problem) => problem.severity === 'error') ? EXIT.usage : EXIT.complete;
}

/** The text of the plan, also of one that is kept: that is where its problems stand. */
async function findDocument(session: Session, text: string): Promise<{ document: Document; id?: PlanId }> {
  const found = await findPlan(session, text);
  if (found.kind === 'document') return { document: found };
  const { id } = found;
  const { cwd, settings } = session.services;
  const path = planPath(settings.storageDir.value, id);
  const document = existsSync(path) ? await readDocument(session, path) : undefined;
  if (document !== undefined) return { document: { ...document, name: relative(cwd, path) }, id };
  const value = await readStoredPlan(session.services, id);
  return { document: { kind: 'document', name: id, value, locate: async () => new Map() }, id };
}

async function allProblems(session: Session, { value }: Document, id: PlanId | undefined): Promise<Problem[]> {
  const { services } = session;
  const createdAt = services.now().toISOString();
  const judge = async (plan: Plan) => problemsOf(session, plan);
  if (id === undefined || planProblems(value).some(isError)) return documentProblems(value, { createdAt, judge });
  return [...planProblems(value), ...(await judge(await readStoredPlan(services, id)))];
}

const isError = (problem: Problem): boolean => problem.severity === 'error';

async function problemsOf(session: Session, plan: Plan): Promise<Problem[]> {
  const registry = await session.services.tools();
  const tools = new Map(registry.list().map((tool) => [tool.id, tool]));
  const plans = await referencedPlans(session, plan);
  return [...checkPlan(plan, { tools, plans }), ...(await schemaProblems(plan))];
}

async function referencedPlans(session: Session, plan: Plan): Promise<Map<string, Plan>> {
  const broken: string[] = [];
  const plans = await loadReferencedPlans(plan, session.services.store, ({ message, details }) => {
    broken.push([message, details.why].filter(Boolean).join(' '));
  });
  for (const warning of broken) await session.warn(warning);
  return plans;
}

/** As they stand in the text, which is how a person goes through them. */
function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
}
