import type { SpellCommand } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { toolsOfSteps } from '../../domain/plan/plan-steps.js';
import type { Run } from '../../domain/run/run.js';
import type { SharedOptions } from '../session/options.js';
import type { Services } from '../../app/services.js';
import type { Session } from '../session/session.js';
import { commandSpeller } from '../session/spell-commands.js';

/**
 * Spells commands with the `--stub` flags of a run in every `portia resume`, because a run that was started with stubs
 * can only be resumed with them. What the stubs gave is not kept; VALUE stands for it.
 */
export async function spellFor(session: Session, shown: Run): Promise<SpellCommand> {
  const { options, services, look } = session;
  const run = await outermost(services, shown);
  if (run.stubbed === undefined || run.state === 'COMPLETE') return look.spell;
  const acting = await actingTools(services, run);
  const isDryRun = acting?.every((id) => run.stubbed?.includes(id)) ?? false;
  const others = run.stubbed.filter((id) => !isDryRun || acting?.includes(id) !== true);
  const stubs: Pick<SharedOptions, 'dryRun' | 'stub'> = {
    ...(isDryRun && { dryRun: true }),
    ...(others.length > 0 && { stub: others.map((id) => `${id}=VALUE`) }),
  };
  return commandSpeller({ ...options, ...stubs });
}

/** A run inside another continues with that one. */
async function outermost(services: Services, run: Run): Promise<Run> {
  const parent = run.parent_run && (await services.store.readRun(run.parent_run.id))?.run;
  return parent === undefined ? run : outermost(services, parent);
}

/** Tools of the run's plans that do not only read; undefined when nobody knows any more, or there are none. */
async function actingTools(services: Services, run: Run): Promise<string[] | undefined> {
  try {
    const plan = await services.store.readPlan(run.plan_id);
    if (plan === undefined) return undefined;
    // Needed for few runs, and heavy for a command that only shows.
    const { loadSubPlans } = await import('../../app/plans/load-sub-plans.js');
    const plans = [plan, ...(await loadSubPlans(plan, services.store)).values()];
    const tools = await services.tools();
    const called = toolsOfSteps(plans.flatMap(({ steps }) => steps)).flatMap((id) => tools.get(id) ?? []);
    const acting = called.filter(({ effect }) => effect !== 'read');
    return acting.length === 0 ? undefined : acting.map(({ id }) => id);
  } catch (error) {
    // What is wrong with a plan or a tool is said where it is used.
    if (error instanceof PortiaError) return undefined;
    throw error;
  }
}
