import { digitsKept } from '../../domain/values/whole-numbers.js';
import { isDocument, type FileContent, type ReadJob } from './file-content.js';
import { readContent } from './read-content.js';
import { readInWorker } from './read-in-worker.js';

/** A small file of a kind whose work is no more than its size is read without a thread, which takes 30 ms to start. */
const SMALL_BYTES = 64_000;

/** The value of a file's content. Rejects with ContentRefused, or with the signal's reason when it is aborted. */
export function readFileContent(job: ReadJob, signal: AbortSignal): Promise<FileContent> {
  if (isDocument(job)) return readInWorker(job, signal);
  const isShort = job.kind === 'text' || job.content.length <= SMALL_BYTES;
  return isShort ? readContent(job) : readInWorker(job, signal);
}

/** The warnings about a file, as sentences. */
export function warningsOf(filename: string, { first, warnings = [] }: FileContent): string[] {
  const said = warnings.map((warning) => `${filename} ${warning}`);
  return first === undefined ? said : [...said, digitsKept(filename, first)];
}
