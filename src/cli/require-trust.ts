import {
  modulesLeftOut,
  trustMissingForPlanning,
  trustMissingForRun,
  trustMissingForTools,
} from '../app/trust/missing-trust.js';
import type { PortiaError } from '../domain/errors.js';
import type { Plan } from '../domain/plan.js';
import type { Session } from './session.js';

/** Rejects with `project-untrusted` when the plans need what is left out of the project. */
export async function requireTrustForRun(session: Session, plans: Plan[]): Promise<void> {
  const { services, options } = session;
  if (services.trust.isTrusted) return;
  const tools = await services.tools();
  const hasCostLimit = options.maxCost !== undefined;
  await require(trustMissingForRun(plans, { ...services, tools, hasCostLimit }));
}

/** The same for planning with a model. */
export async function requireTrustForPlanning({ services }: Session): Promise<void> {
  if (services.trust.isTrusted || services.planner() === 'offline') return;
  await require(trustMissingForPlanning(services));
}

/** The same for a tool that is called by its name. */
export async function requireTrustForTool({ services }: Session, id: string): Promise<void> {
  const modules = modulesLeftOut(services);
  if (modules.length === 0 || (await services.tools()).get(id) !== undefined) return;
  await require(trustMissingForTools([id], modules));
}

async function require(missing: PortiaError | undefined): Promise<void> {
  if (missing !== undefined) throw missing;
}
