import { parentPort } from 'node:worker_threads';

import { messageOf } from '../../domain/errors.js';
import { ContentRefused } from './content-refused.js';
import type { QueryJob, QueryReply } from './query-job.js';
import { QueryRows } from './query-rows.js';
import { openDatabase } from './sqlite-engines.js';
import type { WriteJob, WriteReply } from './write-job.js';
import { writeRows } from './write-rows.js';

async function answer(job: QueryJob | WriteJob): Promise<QueryReply | WriteReply> {
  if ('statement' in job) return writeRows(job);
  try {
    const engine = await openDatabase(job);
    try {
      const rows = new QueryRows(engine, job);
      const results = job.queries.map((query) => rows.read(query));
      return { ok: true, results, ...rows.findings };
    } finally {
      engine.close();
    }
  } catch (error) {
    const says = error instanceof ContentRefused ? 'The result cannot be read' : 'SQLite says';
    return { ok: false, why: `${says}: ${messageOf(error)}` };
  }
}

parentPort?.on(
  'message',
  (job: QueryJob | WriteJob) => void answer(job).then((reply) => parentPort?.postMessage(reply)),
);
