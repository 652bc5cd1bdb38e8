import type { Problem } from '../../domain/errors.js';
import type { Json } from '../../domain/json.js';
import { checkPlan } from '../../domain/plan-rules.js';
import { RUNNABLE_KINDS } from '../../executor/execute-step.js';
import { planProblems, readPlanDocument } from '../../storage/upgrade.js';
import { checkView } from '../../ui/check-view.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../io.js';
import type { AllOptions } from '../options.js';
import { findPlan, readStoredPlan } from '../references.js';
import { createSession, type Session } from '../session.js';

/** All problems of a plan, its shape's and its meaning's, without running or storing anything. */
export async function runCheckCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const [text = ''] = invocation.parameters;
  const found = await findPlan(session, text);
  const name = found.kind === 'stored' ? found.id : found.name;
  const value = found.kind === 'stored' ? await readStoredPlan(session.services, found.id) : found.value;
  const problems = await allProblems(session, value);
  await session.answer({
    json: { plan: name, problems: problems as unknown as Json },
    human: (look) => checkView(name, problems, look),
  });
  return problems.some((problem) => problem.severity === 'error') ? EXIT.usage : EXIT.complete;
}

async function allProblems(session: Session, value: unknown): Promise<Problem[]> {
  const shape = planProblems(value);
  if (shape.some((problem) => problem.severity === 'error')) return shape;
  const { plan } = readPlanDocument(value, { createdAt: session.services.now().toISOString() });
  const registry = await session.services.tools();
  const tools = new Map(registry.list().map((tool) => [tool.id, tool]));
  return [...shape, ...checkPlan(plan, { tools, kinds: RUNNABLE_KINDS })];
}
