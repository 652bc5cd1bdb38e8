import { setTimeout as sleep } from 'node:timers/promises';

import { PortiaError } from '../../domain/errors.js';
import type { QueueLimits } from '../../domain/run/queue.js';
import type { Run } from '../../domain/run/run.js';
import type { RunId } from '../../domain/values/ids.js';
import { runnableFrom } from '../../domain/run/runnable.js';
import { resumeRun } from '../../executor/resume-run.js';
import type { DriveOptions } from '../../executor/open-run.js';
import type { TellUnreadable, WorkQueue } from '../../storage/run-queue.js';

/** How a run that a worker continued ended, or why it could not be continued. */
export type WorkerReport = { id: RunId; run: Run } | { id: RunId; error: PortiaError };

export interface WorkerOptions {
  queue: Pick<WorkQueue, 'claim' | 'release' | 'listen'>;
  tellUnreadable: TellUnreadable;
  /** Runs at a time. */
  jobs: number;
  labels?: readonly string[] | undefined;
  /** Leaves runs to workers that are due now. Gives whether another process has one of them, so that it has to be looked again. */
  startDue: () => Promise<boolean>;
  limits: QueueLimits;
  /** Also runs that keep to another machine. */
  anyHost?: boolean | undefined;
  /** End when nothing can be continued now. */
  untilIdle: boolean;
  /** What a run is driven with. Rejects when it cannot be driven here. */
  drive: (id: RunId, signal: AbortSignal) => Promise<DriveOptions>;
  /** Keeps that the run was refused for its tools. Gives the digest of those that this worker has; undefined otherwise. */
  refuse: (id: RunId, error: PortiaError) => Promise<string | undefined>;
  report: (report: WorkerReport) => Promise<void>;
  /** Called once when the store cannot be reached. */
  onTrouble: (error: PortiaError) => Promise<void>;
}

/** How often the queue is looked at when nothing tells of it, in milliseconds. */
const LOOK_MS = 1_000;
/** After this time a run is tried again that could not be continued here, in milliseconds. */
const REFUSED_MS = 60_000;

/** Continues the runs of a store that can continue, one after the other and several at a time. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #active = new Map<RunId, Promise<void>>();
  /** Runs that could not be continued here, and until when they are left alone: `performance.now()`. */
  readonly #refused = new Map<RunId, number>();
  /** Digest of the tools that this worker has; known once it refused a run for them. */
  #tools: string | undefined;
  #wake: () => void = () => undefined;
  #stopListening: (() => Promise<void>) | undefined;
  #wasReached = false;
  #isAway = false;
  /** What went wrong in portia itself while a run was continued: the next run would most likely meet it, too. */
  #fault: { error: unknown } | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /**
   * `stop`: no other run is begun. `interrupt`: those under way stop where they are. Resolves when all have ended; rejects then
   * with what went wrong in portia itself, such as code that is gone because portia was installed anew.
   */
  async work({ stop, interrupt }: { stop: AbortSignal; interrupt: AbortSignal }): Promise<void> {
    const wake = () => this.#wake();
    stop.addEventListener('abort', wake);
    try {
      while (!stop.aborted && !(await this.#look(interrupt))) await this.#untilWoken();
      await Promise.all(this.#active.values());
      if (this.#fault !== undefined) throw this.#fault.error;
    } finally {
      stop.removeEventListener('abort', wake);
      await this.#stopListening?.();
    }
  }

  /** Looks for runs. A store that was reached before may be away for a while. */
  async #look(interrupt: AbortSignal): Promise<boolean> {
    try {
      this.#stopListening ??= await this.#options.queue.listen(() => this.#wake());
      const hasMore = await this.#options.startDue();
      const isDone = (await this.#isDone(interrupt)) && !hasMore;
      this.#wasReached = true;
      this.#isAway = false;
      return isDone;
    } catch (error) {
      if (!(error instanceof PortiaError) || error.code !== 'store-unreachable' || !this.#wasReached) throw error;
      this.#stopListening = undefined;
      if (!this.#isAway) await this.#options.onTrouble(error);
      this.#isAway = true;
      return false;
    }
  }

  /** Begins as many runs as it may. Gives whether the worker has nothing left to do. */
  async #isDone(interrupt: AbortSignal): Promise<boolean> {
    const { queue, jobs, labels, limits, anyHost, untilIdle, tellUnreadable } = this.#options;
    while (this.#active.size < jobs) {
      if (this.#fault !== undefined) return true;
      const id = await queue.claim(
        { labels, limits, anyHost, tools: this.#tools, except: this.#left() },
        tellUnreadable,
      );
      if (id === undefined) return untilIdle && this.#active.size === 0;
      this.#active.set(id, this.#continue(id, interrupt));
    }
    return false;
  }

  /** Runs that are not to be claimed: those under way, and those that were refused a moment ago. */
  #left(): RunId[] {
    const now = performance.now();
    for (const [id, until] of this.#refused) if (until <= now) this.#refused.delete(id);
    return [...this.#active.keys(), ...this.#refused.keys()];
  }

  /** Never rejects: a fault is told once all runs have ended. */
  async #continue(id: RunId, signal: AbortSignal): Promise<void> {
    try {
      await this.#drive(id, signal);
    } catch (error) {
      // A store that is away is noticed, and told, when the queue is looked at; its lease runs out by itself.
      if (!(error instanceof PortiaError) || error.code !== 'store-unreachable') this.#fault ??= { error };
    } finally {
      this.#active.delete(id);
      this.#wake();
    }
  }

  async #drive(id: RunId, signal: AbortSignal): Promise<void> {
    const { drive, queue, report } = this.#options;
    try {
      const run = await resumeRun(id, { ...(await drive(id, signal)), answers: async () => [] });
      // One that could continue at once, and did not: to try it again and again would help nobody.
      if (canContinue(run)) this.#leave(id);
      await report({ id, run });
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      await this.#refuse(id, error);
    } finally {
      await queue.release(id);
    }
  }

  async #refuse(id: RunId, error: PortiaError): Promise<void> {
    const { refuse, report } = this.#options;
    this.#tools = (await refuse(id, error)) ?? this.#tools;
    this.#leave(id);
    // Another worker was faster.
    if (error.code !== 'run-locked') await report({ id, error });
  }

  #leave(id: RunId): void {
    this.#refused.set(id, performance.now() + REFUSED_MS);
  }

  async #untilWoken(): Promise<void> {
    const timer = new AbortController();
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    await Promise.race([woken, sleep(LOOK_MS, undefined, { signal: timer.signal })]).catch(() => undefined);
    timer.abort();
  }
}

function canContinue(run: Run): boolean {
  const from = runnableFrom(run);
  return from !== null && from <= run.metadata.updated_at;
}
