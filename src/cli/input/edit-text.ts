import { PortiaError } from '../../domain/errors.js';
import type { Edited } from '../../ui/ask-approval.js';
import { runEditor } from '../../ui/user-editor.js';
import type { Session } from '../session/session.js';
import { EditedCopy } from './edited-copy.js';
import { findEditor } from './open-editor.js';

/** How a person edits a text in an editor; undefined where none is set. */
export function textEditor({ io }: Session): ((text: string, name: string) => Promise<Edited>) | undefined {
  const editor = findEditor(io.environment);
  if (editor === undefined) return undefined;
  return async (text, name) => {
    const copy = new EditedCopy(text, name);
    try {
      return await copy.use(
        async () => {
          const end = await runEditor(editor, copy.file, { environment: io.environment, onStop: io.onStop });
          if (end.kind === 'stopped') return { kind: 'interrupted' };
          return end.kind === 'failed' ? end : { kind: 'edited', text: await copy.read() };
        },
        ({ details }) => details.fix ?? '',
      );
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      return { kind: 'failed', why: [error.message, error.details.why].filter(Boolean).join(' ') };
    }
  };
}
