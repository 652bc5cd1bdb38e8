import { portia } from '../../domain/next-step.js';
import type { Json } from '../../domain/values/json.js';
import type { Plan } from '../../domain/plan/plan.js';
import { plansOfSteps } from '../../domain/plan/plan-steps.js';
import { plainPainter } from '../../ui/colour.js';
import type { Viewed } from '../../ui/pager.js';
import { planView, type PlanViewOptions } from '../../ui/plan-view.js';
import type { YesOptions } from '../session/options.js';
import type { Session } from '../session/session.js';
import { effectsOf, sendersOf } from '../../app/tool-effects.js';

/** What the picture of a plan shows beside the plan: what its tools do, and the stored plans inside it. */
export async function pictureParts(session: Session, plan: Plan): Promise<PlanViewOptions> {
  const plans = await plansInside(session, plan);
  const registry = await session.services.tools([plan, ...plans.values()]);
  const [effects, senders] = [effectsOf(registry), sendersOf(registry.list())];
  return { effects, senders, plans, agent: session.services.settings.agent.value };
}

/** The stored plans that a plan runs, by id. A warning names those that cannot be read. */
export async function plansInside(session: Session, plan: Plan): Promise<ReadonlyMap<string, Plan>> {
  if (plansOfSteps(plan.steps).length === 0) return new Map();
  const { loadReferencedPlans } = await import('../../app/plans/referenced-plans.js');
  const broken: string[] = [];
  const plans = await loadReferencedPlans(plan, session.services.store, ({ message, details }) => {
    broken.push([message, details.why].filter(Boolean).join(' '));
  });
  for (const warning of broken) await session.warn(warning);
  return plans;
}

/**
 * Shows the plan on standard error before it is run. When a person is asked about it, it is shown with --quiet, too.
 */
export async function showBeforeRun(
  session: Session<YesOptions>,
  plan: Plan,
  inputs: Record<string, Json>,
): Promise<void> {
  const { look, io, options, prompting, speech } = session;
  const isAsked = prompting.yes && options.yes !== true;
  const shownBy = isAsked ? 'v' : look.spell(portia('show', plan.id, '--all'));
  const cut = io.streams.err.isTerminal ? { shownBy } : undefined;
  const text = `${planView(plan, look, { ...(await pictureParts(session, plan)), inputs, cut })}\n`;
  if (isAsked) await io.streams.err.write(speech.redact(text));
  else await session.note(text);
}

/** The whole picture, for a person who is asked about the plan. */
export async function viewPlan(session: Session, plan: Plan, inputs: Record<string, Json>): Promise<Viewed> {
  const parts = await pictureParts(session, plan);
  // Not every pager shows colours.
  const look = { ...session.look, colour: plainPainter };
  return viewInPager(session, planView(plan, look, { ...parts, inputs }));
}

/** Shows a long text to the person at the terminal. */
export async function viewInPager({ io, look, speech }: Session, text: string): Promise<Viewed> {
  const { viewText } = await import('../../ui/pager.js');
  const { streams, environment, onStop } = io;
  return viewText(speech.redact(text), { streams, look, environment, onStop });
}
