import { openClarifications, type Clarification } from '../domain/run/clarification.js';
import { PortiaError } from '../domain/errors.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Run } from '../domain/run/run.js';
import type { ClarificationId, PlanId, RunId } from '../domain/values/ids.js';
import type { Owner, RunBrief, Store } from '../storage/store.js';

/** A question that waits for a person, with its run. */
export interface OpenQuestion {
  run: Run;
  question: Clarification;
  /** Undefined when it is not here. */
  plan: Plan | undefined;
  /** Who drives the run now, and perhaps asks there. */
  owner: Owner | undefined;
}

/** The open questions of a store. What was read of a run is kept until it changes. */
export class OpenQuestions {
  readonly #store: Store;
  readonly #runs = new Map<RunId, { updatedAt: string; run: Run }>();
  readonly #plans = new Map<PlanId, Plan>();
  /** In which order they were seen here, from 1. */
  #numbers = new Map<ClarificationId, number>();
  #seen = 0;
  /** The list that is read now, or was read last. */
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<OpenQuestion[]> | undefined;
  /** Runs that were driven when the last list was read: they may ask at any moment. */
  driven: readonly RunId[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /** All of them: first those of the run that asked last, of one moment those of the newer run; each run's in its order. */
  async list(): Promise<OpenQuestion[]> {
    // Whoever asks while one is read gets the one after it, so that what is seen later has a higher number.
    return (this.#next ??= this.#last.then(() => this.#begin()));
  }

  #begin(): Promise<OpenQuestion[]> {
    const read = this.#read();
    this.#next = undefined;
    this.#last = read.catch(() => undefined);
    return read;
  }

  async #read(): Promise<OpenQuestion[]> {
    const found: OpenQuestion[][] = [];
    const seen = new Set<RunId>();
    const driven: RunId[] = [];
    for await (const brief of this.#store.listRuns({ limit: Infinity })) {
      if ('unreadable' in brief) continue;
      if (brief.owner !== undefined) driven.push(brief.id);
      if (brief.open_questions === 0) continue;
      seen.add(brief.id);
      found.push(await this.#ofRun(brief));
    }
    for (const id of this.#runs.keys()) if (!seen.has(id)) this.#runs.delete(id);
    this.driven = driven;
    const all = found.sort((one, other) => (sortKey(one) < sortKey(other) ? 1 : -1)).flat();
    this.#numbers = new Map(all.map(({ question: { id } }) => [id, this.#numbers.get(id) ?? (this.#seen += 1)]));
    return all;
  }

  /** The higher, the later it was first seen here; 0 for one that is not open. */
  numberOf({ id }: Clarification): number {
    return this.#numbers.get(id) ?? 0;
  }

  async #ofRun(brief: Exclude<RunBrief, { unreadable: string }>): Promise<OpenQuestion[]> {
    const { id, updated_at: updatedAt, owner } = brief;
    const known = this.#runs.get(id);
    const run = known?.updatedAt === updatedAt ? known.run : (await this.#store.readRun(id))?.run;
    if (run === undefined) return [];
    this.#runs.set(id, { updatedAt, run });
    const plan = await this.#planOf(run);
    return openClarifications(run).map((question) => ({ run, question, plan, owner }));
  }

  /** Plans never change. One that cannot be read must not hide the questions. */
  async #planOf({ plan_id: id }: Run): Promise<Plan | undefined> {
    const known = this.#plans.get(id);
    if (known !== undefined) return known;
    try {
      const plan = await this.#store.readPlan(id);
      if (plan !== undefined) this.#plans.set(id, plan);
      return plan;
    } catch (error) {
      if (error instanceof PortiaError) return undefined;
      throw error;
    }
  }
}

/** By which runs sort: when the last of these was asked (ISO 8601, UTC), then the id of the run. */
function sortKey(questions: readonly OpenQuestion[]): string {
  const times = questions.map(({ question, run }) => question.raised_at ?? run.metadata.updated_at);
  return `${times.sort().at(-1)} ${questions[0]?.run.id}`;
}
