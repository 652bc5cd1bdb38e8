import { advice, portia } from '../domain/next-step.js';
import { createHash } from 'node:crypto';

import { endsDrive } from '../domain/run/consents.js';
import { digestText } from '../domain/values/digest.js';
import { PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { signerOf, type Signing } from '../domain/run/signatures.js';
import type { LogContent } from './event-log.js';
import { findBreak } from './log-chain.js';
import type { LogBreak } from './store.js';

interface CheckedLog {
  name: string;
  runId: RunId;
  signing: Pick<Signing, 'judge'> | undefined;
}

/**
 * Checks that a log is as it was recorded, from the last drive on whose end this user signed: the digest of all that
 * came before it is compared at once. Gives the number of that event, 0 when there is none. Throws `log-edited`.
 */
export function checkLog(content: LogContent, log: CheckedLog): number {
  const end = lastOwnEnd(content, log);
  const found = (end !== undefined && breakBefore(content, end)) || findBreak(content, end?.seq);
  if (found !== undefined) throw logEdited(found, log);
  return end?.seq ?? 0;
}

/** The first break of the whole log, whoever vouched for what. */
export function findLogBreak(content: LogContent): LogBreak | undefined {
  const found = findBreak(content);
  if (found !== undefined) return found;
  const all = createHash('sha256');
  let done = 0;
  for (const { seq, log_digest: digest } of content.events) {
    if (digest === undefined) continue;
    const start = content.starts[seq - 1] ?? 0;
    all.update(content.bytes.subarray(done, start));
    done = start;
    if (digest !== all.copy().digest('hex')) return { seq, why: OTHER_LOG };
  }
  return undefined;
}

const OTHER_LOG = 'The log before it does not have the SHA-256 that it has as "log_digest".';

function lastOwnEnd({ events }: LogContent, log: CheckedLog): RunEvent | undefined {
  const { signing } = log;
  if (signing === undefined) return undefined;
  return events.findLast((event) => {
    if (!endsDrive(event.type) || event.log_digest === undefined) return false;
    const { kind } = signerOf(event, signing);
    if (kind === 'forged') throw logEdited({ seq: event.seq, why: FORGED }, log);
    return kind === 'own';
  });
}

const FORGED = 'Its signature is not of what it says.';

/** Where the log is not what the end of a drive says that it was. */
function breakBefore(content: LogContent, { seq, log_digest: digest }: RunEvent): LogBreak | undefined {
  if (digest === digestText(content.bytes.subarray(0, content.starts[seq - 1]))) return undefined;
  const found = findBreak(content);
  if (found !== undefined && found.seq < seq) return found;
  return { seq, why: OTHER_LOG };
}

/** What acts on a run refuses a log that somebody changed. */
function logEdited(found: LogBreak, { name, runId }: CheckedLog): PortiaError {
  return new PortiaError('log-edited', `${name}:${found.seq} is not as it was recorded.`, {
    why: found.why,
    fix: advice`Restore ${name} from a backup; nothing was changed.\n${portia('verify', runId)}   # says what holds`,
    runId,
  });
}
