import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const MAX_MEMORY_MB = 1_024;

/**
 * What a thread answers to a job. It can be ended, whatever it is doing: a small file can mean endless work. `file` is
 * beside the built library; it keeps listening for jobs, because Node can hang when it ends a thread that is ending.
 * Rejects with the signal's reason as soon as it is aborted, or with why the thread ended.
 */
export async function askWorker<Reply>(file: string, job: object, signal: AbortSignal): Promise<Reply> {
  const { Worker } = await import('node:worker_threads');
  signal.throwIfAborted();
  // Portia's own package name finds the library, also when this runs from the sources.
  const library = createRequire(import.meta.url).resolve('portia');
  const worker = new Worker(new URL(file, pathToFileURL(library)), {
    resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    execArgv: [],
    env: {},
  });
  let onAbort = () => {};
  try {
    return await new Promise<Reply>((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      worker.once('message', resolve);
      worker.postMessage(job);
      worker.once('error', (error) => reject(isOutOfMemory(error) ? tooLarge(error) : error));
      worker.once('exit', (code) => reject(new Error(`it ended with code ${code}`)));
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}

function isOutOfMemory(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function tooLarge(cause: Error): Error {
  return new Error(`it needs more than ${MAX_MEMORY_MB} MB of memory`, { cause });
}
