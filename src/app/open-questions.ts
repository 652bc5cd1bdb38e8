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

/** A list, and what it depends on. */
interface Listed {
  /** As the store told it before the list was made. */
  changes: string | undefined;
  byRun: ReadonlyMap<RunId, readonly OpenQuestion[]>;
  /** Runs that may be different without being told: somebody drives them, they cannot be read, or lack their plan. */
  moving: readonly RunId[];
  all: readonly OpenQuestion[];
}

/** The open questions of a store. What was read of a run is kept until it changes. */
export class OpenQuestions {
  readonly #store: Store;
  readonly #runs = new Map<RunId, Run>();
  readonly #plans = new Map<PlanId, Plan>();
  /** In which order they were seen here, from 1. */
  #numbers = new Map<ClarificationId, number>();
  #seen = 0;
  /** The list that is read now, or was read last. */
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<readonly OpenQuestion[]> | undefined;
  #listed: Listed | undefined;
  /** Runs that were driven when the last list was read: they may ask at any moment. */
  driven: readonly RunId[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /** All of them: first those of the run that asked last, of one moment those of the newer run; each run's in its order. */
  async list(): Promise<readonly OpenQuestion[]> {
    // Whoever asks while one is read gets the one after it, so that what is seen later has a higher number.
    return (this.#next ??= this.#last.then(() => this.#begin()));
  }

  #begin(): Promise<readonly OpenQuestion[]> {
    const read = this.#read();
    this.#next = undefined;
    this.#last = read.catch(() => undefined);
    return read;
  }

  async #read(): Promise<readonly OpenQuestion[]> {
    const changes = await this.#store.runChanges();
    const known = this.#listed;
    const isKnown = changes !== undefined && changes === known?.changes;
    if (isKnown && known.moving.length === 0) return known.all;
    const byRun = new Map(isKnown ? known.byRun : []);
    const driven: RunId[] = [];
    const moving: RunId[] = [];
    for await (const brief of isKnown ? this.#briefsOf(known.moving) : this.#store.listRuns({ limit: Infinity })) {
      const isRead = !('unreadable' in brief);
      const questions = isRead && brief.open_questions > 0 ? await this.#ofRun(brief) : [];
      if (isRead && brief.owner !== undefined) driven.push(brief.id);
      const isSettled = isRead && brief.owner === undefined && questions.every(({ plan }) => plan !== undefined);
      if (!isSettled) moving.push(brief.id);
      if (questions.length > 0) byRun.set(brief.id, questions);
      else byRun.delete(brief.id);
    }
    for (const id of this.#runs.keys()) if (!byRun.has(id)) this.#runs.delete(id);
    this.driven = driven;
    const all = inOrder([...byRun.values()]);
    this.#numbers = new Map(all.map(({ question: { id } }) => [id, this.#numbers.get(id) ?? (this.#seen += 1)]));
    this.#listed = { changes, byRun, moving, all };
    return all;
  }

  async *#briefsOf(ids: readonly RunId[]): AsyncGenerator<RunBrief> {
    for (const id of ids) yield await this.#store.readRunBrief(id);
  }

  /** The higher, the later it was first seen here; 0 for one that is not open. */
  numberOf({ id }: Clarification): number {
    return this.#numbers.get(id) ?? 0;
  }

  async #ofRun(brief: Exclude<RunBrief, { unreadable: string }>): Promise<OpenQuestion[]> {
    const { id, last_seq: lastSeq, owner } = brief;
    const known = this.#runs.get(id);
    const isCurrent = lastSeq > 0 && known?.metadata.last_seq === lastSeq;
    const run = isCurrent ? known : (await this.#store.readRun(id))?.run;
    if (run === undefined) return [];
    this.#runs.set(id, run);
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

function inOrder(byRun: readonly (readonly OpenQuestion[])[]): OpenQuestion[] {
  const timed = byRun.map((questions) => ({ questions, key: sortKey(questions) }));
  return timed.sort((one, other) => (one.key < other.key ? 1 : -1)).flatMap(({ questions }) => questions);
}

/** By which runs sort: when the last of these was asked (ISO 8601, UTC), then the id of the run. */
function sortKey(questions: readonly OpenQuestion[]): string {
  const times = questions.map(({ question, run }) => question.raised_at ?? run.metadata.updated_at);
  return `${times.sort().at(-1)} ${questions[0]?.run.id}`;
}
