import { hookProblems } from '../../app/hook-problems.js';
import { adviceText } from '../../domain/next-step.js';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';

import { toolsLeftOut } from '../../app/trust/missing-trust.js';
import { locateProblems } from '../../documents/parse-document.js';
import type { Problem } from '../../domain/errors.js';
import type { PlanId } from '../../domain/values/ids.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import type { AgentType } from '../../domain/values/agent-types.js';
import { countPlan } from '../../domain/plan/inner-plans.js';
import type { JsonObject } from '../../domain/values/json.js';
import { checkPlan } from '../../domain/plan-check/plan-rules.js';
import type { Plan } from '../../domain/plan/plan.js';
import { readinessNotes } from '../../app/plans/ready-tools.js';
import { schemaProblems } from '../../app/plans/plan-schemas.js';
import { planPath } from '../../storage/file-store.js';
import { planProblems } from '../../storage/upgrade/upgrade.js';
import { checkView } from '../../ui/check-view.js';
import { planSummary } from '../../ui/plan-view.js';
import { documentProblems } from '../../app/plans/document-problems.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { RUN_FLAGS } from '../session/options.js';
import { plansInside } from '../output/plan-picture.js';
import { findPlan, readDocument, readStoredPlan, type Document } from '../input/references.js';
import { effectsOf } from '../../app/tool-effects.js';
import { createSession, type Session } from '../session/session.js';

/** All problems of a plan, in its shape and its meaning, without running or storing anything. */
export const command = defineCommand({
  about: 'Gives the line and column of each. Also says which steps ask a person and which change something.',
  examples: [
    ['portia check plan.json', 'exit 2 when there are errors'],
    ['portia check city.json --stub weather_tool=sunny', 'with a tool that is not here'],
  ],
  flags: { stub: RUN_FLAGS.stub },
  async run(invocation) {
    const session = await createSession(invocation);
    for (const problem of await session.services.ruleProblems()) await session.warn(problem);
    const [text = ''] = invocation.parameters;
    const { document, id } = await findDocument(session, text);
    const report = await checkDocument(session, document, id);
    const problems = inOrder(await locateProblems(report.problems, document.locate));
    const name = id ?? document.name;
    const hasErrors = problems.some(isError);
    // The totals of a plan are known only when all of it could be read.
    const usable = hasErrors ? undefined : report.plan;
    await session.print({
      record: {
        plan: name,
        problems: problems.map((problem) => ({ ...problem, ...fixText(problem) })),
        ...(usable !== undefined && { counts: countsOf(usable, session.services.settings.agent.value) }),
      },
      human: (look) => {
        const summary = usable === undefined ? undefined : planSummary(usable.plan, look, usable);
        return checkView({ name, file: document.name, summary }, problems, look);
      },
    });
    if (hasErrors) return EXIT.usage;
    return problems.some(({ rule }) => rule === 'not-checked') ? EXIT.notApproved : EXIT.complete;
  },
});

/** For programs, as one text. */
function fixText({ fix }: Problem): { fix?: string } {
  return fix === undefined ? {} : { fix: adviceText(fix) };
}

/** A plan as it was checked, with what was found around it. */
interface CheckedPlan {
  plan: Plan;
  effects: ReadonlyMap<string, ToolEffect>;
  plans: ReadonlyMap<string, Plan>;
}

/** The totals of a run of the plan, with all plans inside it. */
function countsOf({ plan, plans }: CheckedPlan, agent: AgentType): JsonObject {
  const { steps, tools, calls } = countPlan(plan, plans, agent);
  return { steps, tools, model_calls: calls.least, more_model_calls: calls.open };
}

/** The text of the plan, also of a stored one: the places of problems are in it. */
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

interface PlanReport {
  problems: Problem[];
  plan?: CheckedPlan | undefined;
}

async function checkDocument(session: Session, { value }: Document, id: PlanId | undefined): Promise<PlanReport> {
  const { services } = session;
  let checked: CheckedPlan | undefined;
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

const isError = (problem: Problem): boolean => problem.severity === 'error';

async function checkContent(session: Session, plan: Plan): Promise<Required<PlanReport>> {
  const plans = await plansInside(session, plan);
  const registry = await session.services.toolsToCheck([plan, ...plans.values()]);
  const tools = new Map(registry.list().map((tool) => [tool.id, tool]));
  const hasOtherTools = toolsLeftOut(session.services).length > 0;
  const problems = [
    ...checkPlan(plan, { tools, plans, hasOtherTools }),
    ...(await schemaProblems(plan)),
    ...(await hookProblems(session.services)),
    ...(await readinessNotes([plan, ...plans.values()], registry, session.services.toolEnvironment)),
  ];
  return { problems, plan: { plan, plans, effects: effectsOf(registry) } };
}

/** In the order of the text, in which a person goes through them. */
function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
}
