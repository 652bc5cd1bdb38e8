import {
  toolsLeftOut,
  trustMissingForPlanning,
  trustMissingForRun,
  trustMissingForTools,
} from '../../app/trust/missing-trust.js';
import { projectUntrusted } from '../../app/trust/project-untrusted.js';
import type { PortiaError } from '../../domain/errors.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { DriveFlags } from '../session/options.js';
import type { Session } from '../session/session.js';

/**
 * Asks on a terminal when the plans need what is left out of the project; elsewhere rejects with `project-untrusted`.
 */
export async function requireTrustForRun(
  session: Session<Partial<Pick<DriveFlags, 'maxCost'>>>,
  plans: Plan[],
): Promise<void> {
  const { services, options } = session;
  const tools = await services.toolsToRun(plans);
  if (services.trust.isTrusted) return;
  const hasCostLimit = options.maxCost !== undefined;
  await require(session, trustMissingForRun(plans, { ...services, tools, hasCostLimit }));
  // A yes has brought new ones.
  await session.services.toolsToRun(plans);
}

/** The same for planning with a model. */
export async function requireTrustForPlanning(session: Session): Promise<void> {
  const { services } = session;
  if (services.trust.isTrusted || services.planner() === 'offline') return;
  await require(session, trustMissingForPlanning(services));
}

/** The same for a tool that is called by its name. */
export async function requireTrustForTool(session: Session, id: string): Promise<void> {
  const { services } = session;
  const leftOut = toolsLeftOut(services);
  if (leftOut.length === 0 || (await services.tools()).get(id) !== undefined) return;
  await require(session, trustMissingForTools([id], leftOut));
}

/** The same for an MCP server that is started or reached. */
export async function requireTrustForServer(session: Session, name: string): Promise<void> {
  const { services } = session;
  if (services.trust.isTrusted) return;
  await require(session, projectUntrusted(`The MCP server ${name} is one of the project`, toolsLeftOut(services)));
}

async function require(session: Session, missing: PortiaError | undefined): Promise<void> {
  if (missing === undefined) return;
  if (!session.prompting.yes) throw missing;
  const { askForTrust } = await import('./ask-trust.js');
  await askForTrust(session, missing);
}
