import { parentPort } from 'node:worker_threads';

import { messageOf } from '../../domain/errors.js';
import { ContentRefused } from './content-refused.js';
import { decode } from './decode-content.js';
import { isDocument, type ReadJob } from './file-content.js';
import { readContent } from './read-content.js';
import { readDocument } from './read-document.js';
import type { ReadReply } from './read-in-worker.js';

async function read(job: ReadJob): Promise<Omit<ReadReply & { ok: true }, 'ok'>> {
  const { value, ...rest } = isDocument(job) ? await readDocument(job) : await readContent(job);
  const isJson = job.kind === 'json' && job.options.as === undefined;
  return { ...rest, json: isJson ? decode(job.content, job.options.encoding) : JSON.stringify(value) };
}

async function answer(job: ReadJob): Promise<ReadReply> {
  try {
    return { ok: true, ...(await read(job)) };
  } catch (error) {
    // Whatever else goes wrong with a strange file is the file's fault, too.
    return {
      ok: false,
      why: error instanceof ContentRefused ? error.message : `it cannot be read (${messageOf(error)})`,
    };
  }
}

parentPort?.on('message', (job: ReadJob) => void answer(job).then((reply) => parentPort?.postMessage(reply)));
