import { type CommandStep, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import type { PlanningBudget } from '../../app/plans/planning-budget.js';
import type { Plan } from '../../domain/plan/plan.js';
import { errorView } from '../../ui/error-view.js';
import type { PlanOptions, SharedOptions, YesOptions } from '../session/options.js';
import { showBeforeRun, viewPlan } from '../output/plan-picture.js';
import { startFlags } from '../session/spell-flags.js';
import type { Session } from '../session/session.js';

/** The flags that approving reads: a person may have the plan made again. */
type ApprovalOptions = YesOptions & PlanOptions & { endUser: string | undefined };

/** The plan as the person left it, and whether they said yes to it; without a yes, they interrupted. */
export interface Approval {
  plan: Plan;
  isApproved: boolean;
}

/**
 * A yes to a plan that was shown, by --yes or asked; at the question the person may also change it, which makes another
 * plan each time. Without a yes the plan is saved, and the error says how to run it.
 */
export async function approvePlan(
  session: Session<ApprovalOptions>,
  { made, budget }: { made: Plan; budget: PlanningBudget },
  inputs: Record<string, Json>,
): Promise<Approval> {
  if (session.options.yes) return { plan: made, isApproved: true };
  if (!session.prompting.yes) {
    const why = `Nobody can be asked here (${session.prompting.because}), and --yes was not given. The plan is saved.`;
    throw waiting(session, made, why);
  }
  const { askPlanApproval } = await import('../../ui/prompts.js');
  const canRefine = session.services.planner() === 'model';
  let plan = made;
  for (;;) {
    const asked = await askPlanApproval({ streams: session.io.streams, look: session.look }, { canRefine });
    if (asked.kind === 'interrupted') return { plan, isApproved: false };
    if (asked.kind === 'later') throw waiting(session, plan, 'It was left for later. The plan is saved.');
    if (asked.value === 'run') return { plan, isApproved: true };
    if (asked.value === 'no') throw declined(session, plan);
    if (asked.value === 'view') {
      const viewed = await viewPlan(session, plan, inputs);
      if (viewed.kind === 'interrupted') throw stoppedViewing(session, plan, viewed.signal);
      continue;
    }
    const changed = asked.value === 'edit' ? await edited(session, plan) : await refined(session, plan, budget);
    if (changed === 'interrupted') return { plan, isApproved: false };
    if (changed === undefined) continue;
    plan = changed;
    await showBeforeRun(session, plan, inputs);
  }
}

function waiting({ options }: Session, plan: Plan, why: string): PortiaError {
  const fix = runPlanCommandLine(plan, options);
  return new PortiaError('approval-needed', 'The plan waits for a yes.', { why, fix, planId: plan.id });
}

function declined({ options }: Session, plan: Plan): PortiaError {
  const fix = runPlanCommandLine(plan, options);
  return new PortiaError('declined', 'The plan was not run.', { why: 'You said no to it.', fix, planId: plan.id });
}

const asFound = (plan: Plan) => ({ plan, name: plan.id, keep: async () => plan });

async function edited(session: Session<YesOptions>, plan: Plan): Promise<Plan | undefined> {
  const { editPlan } = await import('./edit-plan.js');
  return orStay(session, plan, () => editPlan(session, asFound(plan), { confirm: false }));
}

async function refined(
  session: Session<ApprovalOptions>,
  plan: Plan,
  budget: PlanningBudget,
): Promise<Plan | undefined | 'interrupted'> {
  const { askText } = await import('../../ui/prompts.js');
  const asked = await askText(
    { streams: session.io.streams, look: session.look },
    { message: 'What should be different? (empty leaves the plan as it is)', mayLeave: true },
  );
  if (asked.kind === 'interrupted') return 'interrupted';
  if (asked.kind === 'later') return undefined;
  const { refinePlan } = await import('./refine-plan.js');
  return orStay(session, plan, () =>
    refinePlan(session, asFound(plan), { hint: asked.value.trim(), endUser: session.options.endUser, budget }),
  );
}

/** A failed change is reported; the plan stays as it is, and the person is asked about it again. */
async function orStay(
  session: Session,
  plan: Plan,
  change: () => Promise<Plan | undefined>,
): Promise<Plan | undefined> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    if (error.code === 'interrupted') throw stopped(session, plan, error);
    await session.io.streams.err.write(session.speech.redact(errorView(error, session.look)));
    return undefined;
  }
}

function stopped({ options }: Session, plan: Plan, { message, details }: PortiaError): PortiaError {
  const why = 'The plan is saved as it was before.';
  const fix = runPlanCommandLine(plan, options);
  return new PortiaError('interrupted', message, { ...details, why, fix, planId: plan.id });
}

function stoppedViewing({ options }: Session, plan: Plan, signal: string): PortiaError {
  const fix = runPlanCommandLine(plan, options);
  const why = 'The plan is saved.';
  return new PortiaError('interrupted', `Viewing the plan was ended by ${signal}.`, {
    why,
    fix,
    signal,
    planId: plan.id,
  });
}

/** The command that does the same as a yes, with all flags that were given for the run. */
export function runPlanCommandLine(plan: Plan, options: SharedOptions): CommandStep {
  return portia('run-plan', plan.id, ...startFlags(options));
}
