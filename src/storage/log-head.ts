import type { Clarification } from '../domain/run/clarification.js';
import { endsDrive, isSigned } from '../domain/run/consents.js';
import type { EventBody, RunEvent } from '../domain/run/events.js';
import type { Run } from '../domain/run/run.js';
import { RunEvents } from '../domain/run/run-events.js';
import { createFold, type RunFold } from '../domain/run/run-transitions.js';
import type { Signing } from '../domain/run/signatures.js';
import type { Now, RunId } from '../domain/values/ids.js';
import type { Limits } from './limits.js';
import { LogChain } from './log-chain.js';
import { sealEvent, type Sealed } from './seal-event.js';

/** What was read of a log. */
export interface PastLog {
  lastSeq: number;
  fold: RunFold;
  /** Those that say something about the run as a whole. */
  events: RunEvents;
  /** Its end. */
  chain: LogChain;
}

export interface LogHeadOptions {
  id: RunId;
  /** Of the log, in messages. */
  name: string;
  now: Now;
  /** What the log holds already; a new one without. */
  past?: PastLog | undefined;
  /** Signs consents and the end of each drive. Without it nothing is signed. */
  signing?: Signing | undefined;
  limits: Limits;
}

/** The end of a log in memory: each event is tied to the one before, and changes the record of the run. */
export class LogHead {
  readonly #options: LogHeadOptions;
  readonly #chain: LogChain;
  readonly #fold: RunFold;
  #events: RunEvents | undefined;
  #lastSeq: number;

  constructor(options: LogHeadOptions) {
    const past = options.past ?? { lastSeq: 0, fold: createFold(), events: new RunEvents(), chain: new LogChain() };
    this.#options = options;
    this.#chain = past.chain;
    this.#fold = past.fold;
    this.#events = past.events;
    this.#lastSeq = past.lastSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get events(): readonly RunEvent[] {
    return this.#events?.all ?? [];
  }

  get run(): Run {
    return this.#fold.run;
  }

  forgetEvents(): void {
    this.#events = undefined;
  }

  record(body: EventBody): Sealed {
    const sealed = this.#seal(body);
    const { event, line } = sealed;
    this.#fold.apply(event);
    this.#chain.add(line);
    this.#events?.add(event);
    this.#lastSeq = event.seq;
    return sealed;
  }

  #seal(body: EventBody): Sealed {
    const { id, name, now, limits, signing } = this.#options;
    const place = {
      seq: this.#lastSeq + 1,
      ts: now().toISOString(),
      id,
      name,
      prev: this.#chain.prev,
      maxBytes: limits.eventBytes,
    };
    if (signing === undefined || !isSigned(body, this.#questionOf(body))) return sealEvent(body, place);
    const logDigest = endsDrive(body.type) ? this.#chain.digest() : undefined;
    return sealEvent(body, { ...place, logDigest }, signing);
  }

  /** The question that is answered, if one is. */
  #questionOf(body: EventBody): Clarification | undefined {
    if (body.type !== 'clarification.resolved') return undefined;
    return this.#fold.run.outputs.clarifications.findLast(({ id }) => id === body.id);
  }
}
