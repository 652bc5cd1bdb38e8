import { PortiaError } from '../../domain/errors.js';
import type { ChangedTool } from '../../executor/changed-tools.js';
import { changedToolsView } from '../../ui/changed-tools-view.js';
import type { PausePicture } from './drive.js';
import type { DriveFlags } from '../session/options.js';
import type { Session } from '../session/session.js';
import { signalOfPrompt } from '../session/stopping.js';

/** Asks at the terminal whether the run may continue with tools that have changed; undefined where nobody can be asked. */
export function confirmChangesHere(
  session: Session<Pick<DriveFlags, 'detachOnClarification'>>,
  pause: PausePicture,
): ((changed: ChangedTool[]) => Promise<boolean>) | undefined {
  if (!session.prompting.yes || session.options.detachOnClarification) return undefined;
  return (changed) => pause(async () => ask(session, changed));
}

async function ask({ io, look }: Session, changed: ChangedTool[]): Promise<boolean> {
  const { streams } = io;
  await streams.err.write(changedToolsView(changed, look));
  const { askYesNo } = await import('../../ui/prompts.js');
  const message = changed.length === 1 ? 'Continue with it as it is now?' : 'Continue with them as they are now?';
  const asked = await askYesNo({ streams, look }, { message, default: false });
  if (asked.kind === 'interrupted') {
    throw new PortiaError('interrupted', 'Nothing was changed.', { signal: signalOfPrompt(io) });
  }
  return asked.kind === 'answered' && asked.value;
}
