import { parentPort, workerData } from 'node:worker_threads';

import { messageOf } from '../../domain/errors.js';
import type { ReadJob, ReadReply } from './read-in-worker.js';
import { ContentRefused, decode, readCsv, readJson } from './read-records.js';

async function read({ kind, content }: ReadJob): Promise<Omit<ReadReply & { ok: true }, 'ok'>> {
  switch (kind) {
    case 'json': {
      const text = decode(content);
      readJson(text);
      return { json: text.replace(/^\uFEFF/, '') };
    }
    case 'csv':
      return { json: JSON.stringify(await readCsv(decode(content))) };
    case 'xlsx': {
      const { readXlsx } = await import('./read-xlsx.js');
      const { rows, first } = await readXlsx(Buffer.from(content));
      return { json: JSON.stringify(rows), first };
    }
  }
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
