import { parentPort, workerData } from 'node:worker_threads';

import { messageOf } from '../../domain/errors.js';
import { ContentRefused } from './content-refused.js';
import { decode } from './decode-content.js';
import type { ReadJob } from './file-content.js';
import { readContent } from './read-content.js';
import type { ReadReply } from './read-in-worker.js';
import { readJson } from './read-records.js';

async function read(job: ReadJob): Promise<Omit<ReadReply & { ok: true }, 'ok'>> {
  if (job.kind === 'json') {
    const text = decode(job.content, job.options.encoding);
    readJson(text);
    return { json: text.replace(/^\uFEFF/, '') };
  }
  const { value, ...rest } = await readContent(job);
  return { ...rest, json: JSON.stringify(value) };
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

const job: ReadJob = workerData;
parentPort?.postMessage(await answer(job));
