import { PortiaError } from '../domain/errors.js';
import { isRunId, type PlanId, type RunId } from '../domain/values/ids.js';
import { isJsonObject } from '../domain/values/json.js';
import { createFold } from '../domain/run/run-transitions.js';
import type { RunEvent } from '../domain/run/events.js';
import { plansNamedIn } from '../domain/run/named-values.js';
import type { Run } from '../domain/run/run.js';
import { LogCheck } from './check-log.js';
import { readEvent } from './event-shape.js';
import { parseTextOrThrow } from './read-file.js';
import { notOfRun } from './refuse-received.js';
import { applyTo } from './run-log.js';
import type { ReceivedRun } from './run-receiver.js';

/** What the lines of one log say, read one after the other. */
export class ReadRun {
  readonly #id: RunId;
  readonly #fold = createFold();
  readonly #check = new LogCheck();
  readonly #plans = new Map<PlanId, string>();
  readonly #values = new Set<string>();
  lastSeq = 0;

  constructor(id: RunId) {
    this.#id = id;
  }

  /** The run that a line of a log belongs to. Throws `unreadable`, naming `where`. */
  static idOf(line: string, where: string): RunId {
    const value = parseTextOrThrow(line, where);
    const id = isJsonObject(value) ? value['run_id'] : undefined;
    if (isRunId(id)) return id;
    throw notOfRun(where);
  }

  get run(): Run {
    return this.#fold.run;
  }

  /** Throws `unreadable` or `newer-version`, naming `where`. */
  add(line: string, where: string): void {
    const event = readEvent(parseTextOrThrow(line, where), { seq: this.lastSeq + 1, runId: this.#id, where });
    applyTo(this.#fold, event, where);
    this.#check.add(event, Buffer.from(line));
    this.lastSeq = event.seq;
    this.#note(event);
  }

  #note(event: RunEvent): void {
    if (event.type === 'memory.stored') this.#values.add(event.digest);
    for (const [id, digest] of plansNamedIn(event)) this.#plans.set(id, digest);
  }

  /** Throws `unreadable` for a run without events, and `log-edited` when one of them is not as it was recorded. */
  refuseBroken(): void {
    if (this.lastSeq === 0) {
      throw new PortiaError('unreadable', `${this.#id} has values and no events.`, { runId: this.#id });
    }
    const found = this.#check.firstBreak();
    if (found === undefined) return;
    throw new PortiaError('log-edited', `Event ${found.seq} of ${this.#id} is not as it was recorded.`, {
      why: found.why,
      runId: this.#id,
    });
  }

  received(standing: ReceivedRun['standing'], values: ReadonlySet<string>): ReceivedRun {
    const missing = [...this.#values].filter((digest) => !values.has(digest));
    return { run: this.run, standing, plans: this.#plans, missing };
  }
}
