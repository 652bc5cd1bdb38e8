import { messageOf } from '../../domain/errors.js';
import { parseKeepingDigits } from '../../domain/values/whole-numbers.js';
import { askWorker } from './ask-worker.js';
import { ContentRefused } from './content-refused.js';
import type { FileContent, ReadJob } from './file-content.js';

/** JSON, because it is quicker to bring over than the value, and keeps keys such as __proto__. The rest: as in FileContent. */
export type ReadReply = ({ ok: true; json: string } & Omit<FileContent, 'value'>) | { ok: false; why: string };

/** Reads a file's content in a thread. Rejects with ContentRefused, or with the signal's reason when it is aborted. */
export async function readInWorker(job: ReadJob, signal: AbortSignal): Promise<FileContent> {
  const reply = await ask(job, signal);
  if (!reply.ok) throw new ContentRefused(reply.why);
  const { ok: _, json, ...rest } = reply;
  const { value, first = rest.first } = parseKeepingDigits(json);
  return { ...rest, value, first };
}

async function ask(job: ReadJob, signal: AbortSignal): Promise<ReadReply> {
  try {
    return await askWorker<ReadReply>('./reader-worker.cjs', job, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new ContentRefused(`reading it failed: ${messageOf(cause)}. Split it`, { cause });
  }
}
