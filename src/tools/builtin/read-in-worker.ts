import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { parseKeepingDigits } from '../../domain/values/whole-numbers.js';
import { ContentRefused } from './content-refused.js';
import type { FileContent, ReadJob } from './file-content.js';

/** JSON, because it is quicker to bring over than the value, and keeps keys such as __proto__. The rest: as in FileContent. */
export type ReadReply = ({ ok: true; json: string } & Omit<FileContent, 'value'>) | { ok: false; why: string };

const MAX_MEMORY_MB = 1_024;

/**
 * Reads a file's content in a thread that can be ended: a small file can mean endless work. Rejects with ContentRefused,
 * or with the signal's reason as soon as it is aborted.
 */
export async function readInWorker(job: ReadJob, signal: AbortSignal): Promise<FileContent> {
  const { Worker } = await import('node:worker_threads');
  signal.throwIfAborted();
  // Beside the built library. Portia's own package name finds that, also when this runs from the sources.
  const library = createRequire(import.meta.url).resolve('portia');
  const worker = new Worker(new URL('./reader-worker.js', pathToFileURL(library)), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    execArgv: [],
    env: {},
  });
  let onAbort = () => {};
  try {
    return await new Promise<FileContent>((resolve, reject) => {
      const refuse = (why: string) => reject(new ContentRefused(why));
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      worker.once('message', (reply: ReadReply) => {
        if (!reply.ok) {
          refuse(reply.why);
          return;
        }
        const { ok: _, json, ...rest } = reply;
        const { value, first = rest.first } = parseKeepingDigits(json);
        resolve({ ...rest, value, first });
      });
      worker.once('error', (error) => refuse(causeOf(error)));
      worker.once('exit', (code) => refuse(`reading it ended with code ${code}`));
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}

function causeOf(error: Error): string {
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? `reading it needs more than ${MAX_MEMORY_MB} MB of memory. Split it`
    : `reading it failed (${error.message})`;
}
