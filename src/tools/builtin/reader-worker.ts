import { parentPort, workerData } from 'node:worker_threads';

import { messageOf } from '../../domain/errors.js';
import type { ReadJob, ReadReply } from './read-in-worker.js';
import { ContentRefused, decode, readCsv, readJson } from './read-records.js';

async function read({ kind, content }: ReadJob): Promise<string> {
  switch (kind) {
    case 'json': {
      const text = decode(content);
      readJson(text);
      return text.replace(/^\uFEFF/, '');
    }
    case 'csv':
      return JSON.stringify(await readCsv(decode(content)));
    case 'xlsx': {
      const { readXlsx } = await import('./read-xlsx.js');
      return JSON.stringify(await readXlsx(Buffer.from(content)));
    }
  }
}

async function answer(job: ReadJob): Promise<ReadReply> {
  try {
    return { ok: true, json: await read(job) };
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
