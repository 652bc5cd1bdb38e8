import { advice, portia } from '../domain/next-step.js';
import { endsDrive } from '../domain/run/consents.js';
import { PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import { signerOf, type Signing } from '../domain/run/signatures.js';
import { LogChain } from './log-chain.js';
import type { LogBreak } from './store.js';

interface CheckedLog {
  name: string;
  runId: RunId;
  signing: Pick<Signing, 'judge'> | undefined;
}

/** Finds, line by line, where a log is not as it was recorded. */
export class LogCheck {
  readonly chain = new LogChain();
  /** `at`: the event that shows it. */
  readonly #breaks: (LogBreak & { at: number })[] = [];
  /** The events with a digest of the log before them, and what that digest is. */
  readonly #vouching: { event: RunEvent; digest: string }[] = [];
  #isTied = false;

  add(event: RunEvent, line: Uint8Array): void {
    const { seq, prev } = event;
    if (event.log_digest !== undefined) this.#vouching.push({ event, digest: this.chain.digest() });
    if (seq > 1 && (this.#isTied || prev !== undefined)) this.#checkTie(seq, prev);
    if (prev !== undefined) this.#isTied = true;
    this.chain.add(line);
  }

  /** A log that an older version began has no `prev` until this version continued it. */
  #checkTie(seq: number, prev: string | undefined): void {
    if (prev === undefined) {
      this.#breaks.push({ at: seq, seq, why: 'It has no "prev", and the events before it have one.' });
    } else if (prev !== this.chain.prev) {
      const why = `Its line does not have the SHA-256 that event ${seq} has as "prev": a line was changed, removed or added.`;
      this.#breaks.push({ at: seq, seq: seq - 1, why });
    }
  }

  /**
   * Checks that the log is as it was recorded. All before the last end of a drive that this user signed is compared
   * at once, by its digest. Gives the number of that event, 0 when there is none. Throws `log-edited`.
   */
  vouchedSeq(log: CheckedLog): number {
    const end = this.#lastOwnEnd(log);
    const found = (end !== undefined && this.#breakBefore(end)) || this.#firstBreak(end?.event.seq);
    if (found !== undefined) throw logEdited(found, log);
    return end?.event.seq ?? 0;
  }

  /** The first break of the whole log, whoever vouched for what. */
  firstBreak(): LogBreak | undefined {
    const found = this.#firstBreak();
    if (found !== undefined) return found;
    const wrong = this.#vouching.find(({ event, digest }) => event.log_digest !== digest);
    return wrong && { seq: wrong.event.seq, why: OTHER_LOG };
  }

  /** Behind event number `after`. */
  #firstBreak(after = 1): LogBreak | undefined {
    const found = this.#breaks.find(({ at }) => at > after);
    return found && { seq: found.seq, why: found.why };
  }

  #lastOwnEnd(log: CheckedLog): { event: RunEvent; digest: string } | undefined {
    const { signing } = log;
    if (signing === undefined) return undefined;
    return this.#vouching.findLast(({ event }) => {
      if (!endsDrive(event.type)) return false;
      const { kind } = signerOf(event, signing);
      if (kind === 'forged') throw logEdited({ seq: event.seq, why: FORGED }, log);
      return kind === 'own';
    });
  }

  /** Where the log is not what the end of a drive says that it was. */
  #breakBefore({ event, digest }: { event: RunEvent; digest: string }): LogBreak | undefined {
    if (digest === event.log_digest) return undefined;
    const found = this.#firstBreak();
    if (found !== undefined && found.seq < event.seq) return found;
    return { seq: event.seq, why: OTHER_LOG };
  }
}

const OTHER_LOG = 'The log before it does not have the SHA-256 that it has as "log_digest".';

const FORGED = 'Its signature does not match what it says.';

/** What acts on a run refuses a log that somebody changed. */
function logEdited(found: LogBreak, { name, runId }: CheckedLog): PortiaError {
  return new PortiaError('log-edited', `${name}:${found.seq} is not as it was recorded.`, {
    why: found.why,
    fix: advice`Restore ${name} from a backup; nothing was changed.\n${portia('verify', runId)}   # says what holds`,
    runId,
  });
}
