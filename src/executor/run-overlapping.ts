import { setMaxListeners } from 'node:events';

import type { Clarification } from '../domain/run/clarification.js';
import { settleQuestions } from './settle-questions.js';
import { dependencies, type Flow } from '../domain/plan/dataflow.js';
import { Interruption } from './interruption.js';
import type { RunContext } from './run-context.js';
import { follow } from '../timing/limit.js';

/** A piece of work that may overlap with others: a step, or an iteration. */
export interface Task<End> {
  flow: Flow;
  /** Is begun again after its questions were answered. */
  run(context: RunContext): Promise<End>;
}

type AnyEnd = { kind: string } | { kind: 'suspended'; clarifications: Clarification[] };

/** All ends in the written order, or the end of the first task that stopped. */
export type OverlapEnd<End, Done extends End> =
  | { kind: 'all'; ends: Done[] }
  | { kind: 'stopped'; end: Exclude<End, Done> };

/**
 * Does tasks side by side, as many at a time as the run allows, each after those that it depends on. The result is what
 * the written order gives: when one stops, only those before it are done to their end, and those after it are
 * interrupted. While one waits for a person the others continue; then all that is open is asked together.
 */
export async function runOverlapping<End extends AnyEnd, Done extends End>(
  context: RunContext,
  tasks: readonly Task<End>[],
  isDone: (end: End) => end is Done,
): Promise<OverlapEnd<End, Done>> {
  return new Overlap(context, tasks, isDone).run();
}

type Settled<End> = { kind: 'end'; end: End } | { kind: 'thrown'; error: unknown };

class Overlap<End extends AnyEnd, Done extends End> {
  readonly #context: RunContext;
  readonly #tasks: readonly Task<End>[];
  readonly #isDone: (end: End) => end is Done;
  readonly #settled: (Settled<End> | undefined)[];
  readonly #dependents: number[][];
  /** How many unfinished tasks each one waits for. */
  readonly #waitsFor: number[];
  /** Those that can begin, the last in the written order first. */
  readonly #ready: number[] = [];
  readonly #running = new Map<number, AbortController[]>();
  /** How many answers had come from outside when each began. */
  readonly #begunAt: number[] = [];
  /** The first one that stopped; those after it do not count. */
  #stop = Infinity;
  /** All before it in the written order are done. */
  #firstOpen = 0;

  constructor(context: RunContext, tasks: readonly Task<End>[], isDone: (end: End) => end is Done) {
    this.#context = context;
    this.#tasks = tasks;
    this.#isDone = isDone;
    this.#settled = tasks.map(() => undefined);
    this.#dependents = tasks.map(() => []);
    this.#waitsFor = dependencies(tasks.map((task) => task.flow)).map((waits, index) => {
      for (const other of waits) this.#dependents[other]?.push(index);
      if (waits.length === 0) this.#ready.push(index);
      return waits.length;
    });
    this.#ready.reverse();
    // As many may follow as there are jobs.
    setMaxListeners(0, context.signal, context.runSignal);
  }

  async run(): Promise<OverlapEnd<End, Done>> {
    for (;;) {
      await this.#runReady();
      const waiting = this.#suspended();
      if (waiting.length === 0) return this.#end();
      const questions = waiting.flatMap(({ end }) => ('clarifications' in end ? end.clarifications : []));
      const [first] = waiting;
      if (first !== undefined && !(await settleQuestions(this.#context, questions))) {
        return stopped<End, Done>({ ...first.end, clarifications: questions });
      }
      for (const { index } of waiting) this.#makeReady(index);
    }
  }

  #end(): OverlapEnd<End, Done> {
    const first = this.#settled[this.#stop];
    if (first?.kind === 'thrown') throw first.error;
    if (first !== undefined) return stopped(first.end);
    const ends = this.#settled.flatMap((settled) => (settled?.kind === 'end' ? [settled.end] : []));
    return { kind: 'all', ends: ends.filter(this.#isDone) };
  }

  /** Those that wait for a person, before the first that stopped. */
  #suspended(): { index: number; end: End }[] {
    return this.#settled.flatMap((settled, index) => {
      const isWaiting = settled?.kind === 'end' && settled.end.kind === 'suspended' && index < this.#stop;
      return isWaiting ? [{ index, end: settled.end }] : [];
    });
  }

  /** One that waits for a person can begin again when somebody answered since it began. */
  #wakeIfAnswered(index: number, end: End): void {
    const isAnswered = 'clarifications' in end && end.clarifications.some(({ resolved }) => resolved);
    if (!isAnswered || this.#begunAt[index] === this.#context.recorder.answersTaken) return;
    this.#settled[index] = undefined;
    this.#makeReady(index);
  }

  /** Resolves when nothing runs and nothing can begin. */
  async #runReady(): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        while (this.#running.size < this.#context.jobs) {
          const index = this.#ready.pop();
          if (index === undefined || index > this.#stop) break;
          void this.#runOne(index).then(go);
        }
        if (this.#running.size > 0) return;
        unfollow();
        resolve();
      };
      // What is answered meanwhile need not wait for the others.
      const unfollow = this.#context.recorder.onAnswer(() => {
        for (const { index, end } of this.#suspended()) this.#wakeIfAnswered(index, end);
        go();
      });
      go();
    });
  }

  async #runOne(index: number): Promise<void> {
    this.#begunAt[index] = this.#context.recorder.answersTaken;
    const own = this.#mayBreakOff(index) ? breakable(this.#context) : undefined;
    this.#running.set(index, own?.breakers ?? []);
    try {
      const end = await this.#tasks[index]?.run({
        ...this.#context,
        // Questions are gathered, so that a person is not asked two things at once.
        answering: {},
        ...own?.signals,
      });
      if (end !== undefined) this.#settle(index, end);
    } catch (error) {
      this.#settled[index] = { kind: 'thrown', error };
      this.#stopAt(index);
    } finally {
      own?.unfollow();
      this.#running.delete(index);
    }
  }

  /** Whether a task before it may still stop. */
  #mayBreakOff(index: number): boolean {
    for (; this.#firstOpen < index; this.#firstOpen += 1) {
      const settled = this.#settled[this.#firstOpen];
      if (settled?.kind !== 'end' || !this.#isDone(settled.end)) return true;
    }
    return false;
  }

  #settle(index: number, end: End): void {
    this.#settled[index] = { kind: 'end', end };
    if (end.kind === 'suspended') return this.#wakeIfAnswered(index, end);
    if (!this.#isDone(end)) return this.#stopAt(index);
    for (const other of this.#dependents[index] ?? []) {
      const left = (this.#waitsFor[other] ?? 0) - 1;
      this.#waitsFor[other] = left;
      if (left === 0) this.#makeReady(other);
    }
  }

  #makeReady(index: number): void {
    let place = this.#ready.length;
    while (place > 0 && (this.#ready[place - 1] ?? Infinity) < index) place -= 1;
    this.#ready.splice(place, 0, index);
  }

  /** In the written order nothing behind it would have begun. */
  #stopAt(index: number): void {
    this.#stop = Math.min(this.#stop, index);
    for (const [other, breakers] of this.#running) {
      if (other > this.#stop) for (const breaker of breakers) breaker.abort(new Interruption('a step before it'));
    }
  }
}

/** The signals of a run for a task that may be broken off before the run is. */
function breakable({ signal, runSignal }: RunContext) {
  const own = follow(signal);
  const ofRun = runSignal === signal ? own : follow(runSignal);
  return {
    signals: { signal: own.controller.signal, runSignal: ofRun.controller.signal },
    breakers: [own.controller, ofRun.controller],
    unfollow() {
      own.unfollow();
      ofRun.unfollow();
    },
  };
}

function stopped<End, Done extends End>(end: End): OverlapEnd<End, Done> {
  return { kind: 'stopped', end: end as Exclude<End, Done> };
}
