import type { Environment } from '../../domain/environment.js';
import { PortiaError } from '../../domain/errors.js';
import { runEditor } from '../../ui/user-editor.js';
import type { Session } from '../session/session.js';

/** Only the shell may name the program: a project's .env must not. */
export function findEditor({ VISUAL, EDITOR }: Environment): string | undefined {
  return [VISUAL, EDITOR].find((value) => value !== undefined && value.trim() !== '');
}

export function requireEditor({ io, prompting }: Session): string {
  const command = findEditor(io.environment);
  if (command !== undefined) return command;
  const nobody = prompting.yes ? '' : ` Nobody can type here either: ${prompting.because}.`;
  throw new PortiaError('usage', 'There is no editor.', {
    why: `Neither VISUAL nor EDITOR is set.${nobody}`,
    fix: 'export EDITOR=nano',
  });
}

/** Opens a file and waits for its end. Rejects with a PortiaError where the editor fails or is stopped. */
export async function openInEditor({ io }: Session, editor: string, file: string): Promise<void> {
  const end = await runEditor(editor, file, { environment: io.environment, onStop: io.onStop });
  if (end.kind === 'done') return;
  if (end.kind === 'stopped') throw editingInterrupted(end.signal);
  throw new PortiaError('usage', 'The editor failed, so nothing was changed.', {
    why: end.why,
    fix: 'export EDITOR=nano   # or another editor that works here',
  });
}

export function editingInterrupted(signal: string): PortiaError {
  return new PortiaError('interrupted', `Editing was ended by ${signal}.`, {
    why: 'Nothing was changed.',
    fix: 'Give the same command again.',
    signal,
  });
}
