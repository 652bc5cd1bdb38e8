import { openProject } from '../../app/open-project.js';
import { keepTrust, listTrust, type TrustListing } from '../../app/trust/list-trust.js';
import type { Session } from '../session/session.js';

/** Changes files of the project. A user who changes a trusted project by a command has said yes to the change. */
export async function changeProject(session: Session, change: () => Promise<void>): Promise<void> {
  const before = await listingOf(session);
  await change();
  if (!before.isCovered && before.entries.length > 0) return;
  const after = await listingOf(session);
  if (after.isCovered || after.entries.length === 0) return;
  const mode = before.record?.mode ?? 'content';
  await keepTrust(after, { mode, now: session.services.now(), shell: session.io.environment });
}

async function listingOf({ services, io }: Session): Promise<TrustListing> {
  const { cwd, projectRoot } = services;
  const { environment, userId } = io;
  return listTrust(await openProject(projectRoot, { cwd, environment, userId, flags: {} }), environment);
}
