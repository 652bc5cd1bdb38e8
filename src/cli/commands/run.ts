import { PortiaError } from '../../domain/errors.js';
import type { Plan } from '../../domain/plan.js';
import { shellCommand } from '../../domain/shell-quote.js';
import { planView } from '../../ui/plan-view.js';
import { exitCodeOfSignal } from '../exit-codes.js';
import type { Invocation } from '../io.js';
import { declaredInputs, makePlan } from '../make-plan.js';
import type { AllOptions } from '../options.js';
import { readQuery } from '../query.js';
import { createSession, type Session } from '../session.js';
import { readAllInputs, startPlan } from '../start.js';
import { effectsOfTools } from '../tool-effects.js';

/** Plans, shows the plan, asks whether to run it, runs it. */
export async function runRunCommand(invocation: Invocation<AllOptions>): Promise<number> {
  const session = await createSession(invocation);
  const query = await readQuery(session, invocation.parameters[0]);
  const declared = declaredInputs(session.options);
  const inputs = await readAllInputs(
    session,
    declared.map(({ name }) => name),
  );
  const plan = await makePlan(session, query, Object.keys(inputs));
  await session.note(`${planView(plan, session.look, { effects: await effectsOfTools(session) })}\n`);
  if (await approvePlan(session, plan))
    return startPlan(session, { plan, name: plan.id, keep: async () => plan }, inputs);
  await session.note(`The plan is saved. Next: ${runPlanCommandLine(plan, session.options)}\n`);
  return exitCodeOfSignal('SIGINT');
}

/** The command that does what a yes does, with everything that was said about the run. */
function runPlanCommandLine(plan: Plan, options: AllOptions): string {
  const { input = [], approve = [], deny = [], answer = [], stub = [], allowPath = [] } = options;
  const repeated = { '-i': input, '--approve': approve, '--deny': deny, '--answer': answer, '--stub': stub };
  const once = {
    '--inputs': options.inputs,
    '--answers': options.answers,
    '--end-user': options.endUser,
    '--jobs': options.jobs?.toString(),
    '--model': options.model,
    '--execution-model': options.executionModel,
    '--introspection-model': options.introspectionModel,
    '--summarizer-model': options.summarizerModel,
    '--base-url': options.baseUrl,
    '--api-key-env': options.apiKeyEnv,
    '--api-key-file': options.apiKeyFile,
    '--max-steps': options.maxSteps,
    '--max-model-calls': options.maxModelCalls,
    '--max-tokens': options.maxTokens,
    '--max-cost': options.maxCost,
    '--timeout': options.timeout,
  };
  const switches = { '--dry-run': options.dryRun, '--summarize': options.summarize };
  return shellCommand([
    'portia',
    'run-plan',
    plan.id,
    ...Object.entries({ ...repeated, '--allow-path': allowPath }).flatMap(([flag, all]) =>
      all.flatMap((value) => [flag, value]),
    ),
    ...Object.entries(once).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
    ...Object.entries(switches).flatMap(([flag, isOn]) => (isOn === true ? [flag] : [])),
  ]);
}

/**
 * A yes to the plan, by --yes or asked; false when the person broke off. Without a yes the plan is saved, and the
 * error says how to run it.
 */
async function approvePlan(session: Session, plan: Plan): Promise<boolean> {
  if (session.options.yes) return true;
  const fix = runPlanCommandLine(plan, session.options);
  const waiting = (why: string) =>
    new PortiaError('approval-needed', 'The plan waits for a yes.', { why, fix, planId: plan.id });
  if (!session.prompting.yes) {
    throw waiting(
      `Nobody can be asked here (${session.prompting.because}), and --yes was not given. The plan is saved.`,
    );
  }
  const { askPlanApproval } = await import('../../ui/prompts.js');
  const asked = await askPlanApproval({ streams: session.io.streams, look: session.look });
  if (asked.kind === 'interrupted') return false;
  if (asked.kind === 'answered' && asked.value) return true;
  if (asked.kind === 'answered') {
    throw new PortiaError('declined', 'The plan was not run.', { why: 'You said no to it.', fix, planId: plan.id });
  }
  throw waiting('It was left for later. The plan is saved.');
}
