import { recordingText } from '../../app/replay/recording-file.js';
import { findRun } from '../input/references.js';
import { writeText, type Session } from '../session/session.js';

/** Writes a run as a recording, to be played again. */
export async function exportRecording(
  session: Session<{ requests?: boolean | undefined }>,
  text: string,
): Promise<void> {
  const { store } = session.services;
  const { version } = session.io;
  const id = await findRun(session, text);
  await writeText(
    session,
    await recordingText(id, store, { version, hasRequests: session.options.requests !== false }),
  );
}
