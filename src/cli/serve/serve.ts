import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';

import { SEAL_VARIABLE } from '../../domain/run/secret-answers.js';
import { EXIT, exitCodeOfSignal } from '../session/exit-codes.js';
import { whoAnswers, type Session } from '../session/session.js';
import { commandSpeller } from '../session/spell-commands.js';
import type { ServeOptions } from './serve-flags.js';

/** A long run that was read leaves much behind: V8 looks for that once the heap has grown by so much, and not by several times. */
const SMALL_HEAP = '--heap-growing-percent=30';

/** Serves the pages until a signal comes. */
export async function serveInBrowser(session: Session<ServeOptions>): Promise<number> {
  const { services, options, io } = session;
  const { listeningOf } = await import('./listening.js');
  const listening = await listeningOf(session);
  const { serveWeb } = await import('../../server/web/serve-web.js');
  const stopping = new AbortController();
  let stoppedBy: string | undefined;
  const release = io.onStop((signal) => {
    stoppedBy = signal;
    stopping.abort();
  });
  const serving = {
    services,
    // Whoever reads a page may be anywhere.
    spell: commandSpeller({ ...options, dir: services.cwd }),
    by: whoAnswers(session),
    drive: options.drive === true,
    seal: async () => (await import('../../app/seal.js')).openSeal(io.environment),
    linkKey: async () => (await import('../../app/own-secret.js')).ownSecret('link-key', io.environment).value,
    project: basename(services.projectRoot),
    warn: session.warn,
  };
  try {
    // A key that cannot be used is told before anybody comes in.
    if (io.environment[SEAL_VARIABLE] !== undefined) await serving.seal();
    await serveWeb(serving, {
      listening,
      signal: stopping.signal,
      async onListening({ url, listensAt }) {
        await session.print({ record: { url, listens_at: listensAt }, human: (look) => `${look.link(url, url)}\n` });
        if (new URL(url).host !== listensAt) await session.note(`It listens at ${listensAt}.\n`);
        if (options.check === true) stopping.abort();
        // What was loaded until now was compiled with the usual flags.
        else setFlagsFromString(SMALL_HEAP);
      },
    });
  } finally {
    release();
  }
  return stoppedBy === undefined ? EXIT.complete : exitCodeOfSignal(stoppedBy);
}
