import { advice, portia } from '../../domain/next-step.js';
import { keepTrust, listTrust, type TrustListing } from '../../app/trust/list-trust.js';
import type { TrustRecord } from '../../config/trusted-projects.js';
import { PortiaError } from '../../domain/errors.js';
import { trustView, type ShownProject } from '../../ui/trust-view.js';
import type { Session } from '../session/session.js';
import { signalOfPrompt } from '../session/stopping.js';

/**
 * What a person sees of a project: everything that needs trust, or after a yes to its content only what has changed
 * since.
 */
export function shownProject(
  { root, record, isCovered, entries, changes }: TrustListing,
  isTrustedHere = false,
): ShownProject {
  if (!isCovered && isTrustedHere && entries.length > 0) return { root, state: 'here', entries };
  if (isCovered && record !== undefined) return { root, state: record.mode, entries };
  return record === undefined ? { root, state: 'untrusted', entries } : { root, state: 'changed', entries: changes };
}

/**
 * Shows the listing and asks. `given` is what the flags say: then only yes or no is open. Rejects with `declined` for a
 * no.
 */
export async function askTrustMode(
  session: Session,
  listing: TrustListing,
  given?: TrustRecord['mode'],
): Promise<TrustRecord['mode']> {
  const { look, io, speech } = session;
  await io.streams.err.write(speech.redact(`${trustView(shownProject(listing), look)}\n`));
  const { askTrust } = await import('../../ui/prompts.js');
  const asked = await askTrust({ streams: io.streams, look }, given);
  if (asked.kind === 'interrupted') {
    throw new PortiaError('interrupted', 'The question was interrupted.', {
      why: 'Nothing was kept.',
      signal: signalOfPrompt(io),
    });
  }
  const mode = asked.kind === 'answered' ? asked.value : 'no';
  if (mode !== 'no') return mode;
  throw new PortiaError('declined', 'This project is not trusted.', {
    why: 'You said no to it.',
    fix: advice`${portia('trust')}   # asks again\nadd --no-project to look at it without its settings`,
  });
}

/** Asks for the trust that a command needs, keeps the yes, and lets the rest of the command see the whole project. */
export async function askForTrust(session: Session, missing: PortiaError): Promise<void> {
  const { services, io } = session;
  const listing = await listTrust(services.opened, io.environment);
  await session.warn(missing.message);
  const mode = await askTrustMode(session, listing);
  await keepTrust(listing, { mode, now: services.now(), shell: io.environment });
  await session.reopen();
  // Somebody changed it while it was looked at.
  if (!services.trust.isTrusted) throw missing;
}
