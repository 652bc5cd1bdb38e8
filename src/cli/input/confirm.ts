import type { CommandStep } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { capitalised } from '../../domain/values/capitalised.js';
import type { YesOptions } from '../session/options.js';
import type { Session } from '../session/session.js';
import { signalOfPrompt } from '../session/stopping.js';

/**
 * A yes to this command's own question: by --yes, or asked on a terminal. Rejects for a no, and when nobody can be
 * asked.
 */
export async function confirm(session: Session<YesOptions>, about: Asked): Promise<void> {
  if (!session.options.yes) await askYes(session, about);
}

/** The question, and the command that says yes to it. */
interface Asked {
  question: string;
  command: CommandStep;
}

/** A yes on a terminal. Rejects for a no, and when nobody can be asked. */
export async function askYes(session: Session, about: Asked): Promise<void> {
  if (!session.prompting.yes) {
    throw new PortiaError('approval-needed', `${about.question} Nobody can be asked here.`, {
      why: `${capitalised(session.prompting.because)}.`,
      fix: about.command,
    });
  }
  const { askYesNo } = await import('../../ui/prompts.js');
  const asked = await askYesNo(
    { streams: session.io.streams, look: session.look },
    { message: about.question, default: false },
  );
  if (asked.kind === 'answered' && asked.value) return;
  const isInterrupted = asked.kind === 'interrupted';
  throw new PortiaError(isInterrupted ? 'interrupted' : 'declined', 'Nothing was changed.', {
    why: 'The question was not answered with yes.',
    fix: about.command,
    signal: isInterrupted ? signalOfPrompt(session.io) : undefined,
  });
}
