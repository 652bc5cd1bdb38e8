import { judgeHere } from '../../app/signing/judge-here.js';
import { portia } from '../../domain/next-step.js';
import { consentsUnconfirmed } from '../../domain/run/consents.js';
import type { ConsentRules, Unconfirmed } from '../../executor/consent-check.js';
import { askYes } from '../input/confirm.js';
import type { Session } from '../session/session.js';

/** Whose consents count for this command, and how a person confirms others: `accepted` is what --accept-recorded says. */
export async function consentRules(session: Session, accepted?: string): Promise<ConsentRules> {
  const judge = await judgeHere(session.services);
  return { judge, confirm: async (found) => confirmRecorded(session, found, accepted) };
}

async function confirmRecorded(
  session: Session,
  { run, consents, digest }: Unconfirmed,
  given: string | undefined,
): Promise<void> {
  if (given === digest) return;
  const command = portia('resume', run.id, '--accept-recorded', digest);
  if (given === undefined && session.prompting.yes) {
    const { unconfirmedView } = await import('../../ui/consents-view.js');
    await session.io.streams.err.write(session.speech.redact(unconfirmedView(consents, run.id, session.look)));
    return askYes(session, { question: 'Do they count for you, too?', command });
  }
  const why =
    given === undefined
      ? 'Neither you nor anybody whom you named gave them here:'
      : `--accept-recorded ${given} is about other answers than these:`;
  throw consentsUnconfirmed({ runId: run.id, consents }, why, command);
}
