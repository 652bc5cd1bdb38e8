import type { Problem } from '../../domain/errors.js';
import { adviceText } from '../../domain/next-step.js';
import { countPlan } from '../../domain/plan/inner-plans.js';
import type { AgentType } from '../../domain/values/agent-types.js';
import type { JsonObject } from '../../domain/values/json.js';
import { checkView } from '../../ui/check-view.js';
import type { Look } from '../../ui/look.js';
import { planSummary } from '../../ui/plan-view.js';
import { reportOfPlans } from '../output/plan-reports.js';
import { checkNamedPlan, checkOneOfSeveral, isError, type CheckedPlan, type UsablePlan } from '../plans/check-plan.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { RUN_FLAGS } from '../session/options.js';
import { createSession, writeText, type Session } from '../session/session.js';

/** All problems of plans, in their shape and their meaning, without running or storing anything. */
export const command = defineCommand({
  about:
    'Gives the line and column of each. Also says which steps ask a person and which change something. ' +
    'Of several plans it says all of this for each, also when one cannot be read.\n\n' +
    'For programs: --format sarif for code scanning, github for annotations in a workflow, junit for reports of tests.',
  examples: [
    ['portia check plan.json', 'exit 2 when there are errors'],
    ['portia check city.json --stub weather_tool=sunny', 'with a tool that is not here'],
    ['portia check plan.json city.json --format sarif -o portia.sarif', 'several, for code scanning'],
  ],
  flags: { stub: RUN_FLAGS.stub },
  reports: ['sarif', 'github', 'junit', 'csv'],
  async run(invocation) {
    const session = await createSession(invocation);
    for (const problem of await session.services.ruleProblems()) await session.warn(problem);
    const plans = await checkAll(session, invocation.parameters);
    const { report } = session;
    if (report === undefined) await print(session, plans);
    else await writeText(session, await reportOfPlans(session, report, plans));
    const problems = plans.flatMap((plan) => plan.problems);
    if (problems.some(isError)) return EXIT.usage;
    return problems.some(({ rule }) => rule === 'not-checked') ? EXIT.notApproved : EXIT.complete;
  },
});

async function checkAll(session: Session, texts: readonly string[]): Promise<CheckedPlan[]> {
  const [text = '', ...others] = texts;
  if (others.length === 0 && session.report === undefined) return [await checkNamedPlan(session, text)];
  const plans: CheckedPlan[] = [];
  for (const each of texts) plans.push(await checkOneOfSeveral(session, each));
  return plans;
}

async function print(session: Session, plans: readonly CheckedPlan[]): Promise<void> {
  const records = plans.map((plan) => recordOf(plan, session.services.settings.agent.value));
  const [first] = records;
  await session.print({
    record: records.length === 1 && first !== undefined ? first : records,
    human: (look) => plans.map((plan) => pictureOf(plan, look)).join('\n'),
  });
}

function recordOf({ name, problems, usable }: CheckedPlan, agent: AgentType): object {
  return {
    plan: name,
    problems: problems.map((problem) => ({ ...problem, ...fixText(problem) })),
    ...(usable !== undefined && { counts: countsOf(usable, agent) }),
  };
}

function pictureOf({ name, document, file, problems, usable }: CheckedPlan, look: Look): string {
  const summary = usable === undefined ? undefined : planSummary(usable.plan, look, usable);
  return checkView({ name, file: document, path: file, summary }, problems, look);
}

/** For programs, as one text. */
function fixText({ fix }: Problem): { fix?: string } {
  return fix === undefined ? {} : { fix: adviceText(fix) };
}

/** The totals of a run of the plan, with all plans inside it. */
function countsOf({ plan, plans }: UsablePlan, agent: AgentType): JsonObject {
  const { steps, tools, calls } = countPlan(plan, plans, agent);
  return { steps, tools, model_calls: calls.least, more_model_calls: calls.open };
}
