import { PortiaError } from '../domain/errors.js';
import {
  isPlanId,
  isRunId,
  timeOfId,
  type ClarificationId,
  type Now,
  type PlanId,
  type RunId,
} from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import { changedEndUser, isSameEndUser, newEndUser, type EndUser, type EndUserChange } from '../domain/run/end-user.js';
import type { RunEvent } from '../domain/run/events.js';
import type { PlanningExchange } from '../domain/run/planning-exchange.js';
import { byTime, type PlanComment } from '../domain/run/plan-comment.js';
import type { Plan } from '../domain/plan/plan.js';
import { LIMITS, type Limits } from './limits.js';
import { HeldRuns, type HeldRun } from './held-runs.js';
import type { AwaitedEvent, NewSignal, TakenSignal, WantedSignal } from '../domain/run/signals.js';
import { memoryQueue } from './memory-queue.js';
import { eventsOf, foldOf, locked, memoryBackend, pastOf, valueOf, type MemoryRun } from './memory-runs.js';
import { MemorySignals } from './memory-signals.js';
import type { QueueingStore, RunQueue } from './run-queue.js';
import { noSuchComment } from './plan-comments.js';
import { noSuchPlan } from './no-such-plan.js';
import { noSuchRun } from './no-such-run.js';
import { MemoryNotices } from './memory-notices.js';
import { MemorySchedules } from './memory-schedules.js';
import { pickRuns } from './pick-runs.js';
import { refuseOtherContent } from './plan-text.js';
import { createRunLog } from './run-log.js';
import { briefOf } from './run-brief.js';
import type { RunReceiver } from './run-receiver.js';
import { Watchers, type WatchedRuns } from './run-watch.js';
import type { SentSignal } from './signal-store.js';
import type { StartKey } from './start-key-store.js';
import type { OpenOptions, Owner, ReadOptions, RunBrief, RunFilter, RunLog, StoredRun } from './store.js';
import type { Schedules } from './schedules.js';
import { Turn } from './turn.js';
import { runsWaitingFor } from './waiting-runs.js';

/** Plans and runs for as long as the process lives: for the library and for tests. */
export function createMemoryStore({ now, limits = LIMITS }: { now: Now; limits?: Limits }): QueueingStore {
  return new MemoryStore(now, limits);
}

class MemoryStore implements QueueingStore {
  readonly queue: RunQueue;
  readonly #now: Now;
  readonly #limits: Limits;
  readonly #plans = new Map<PlanId, string>();
  readonly #plannings = new Map<PlanId, string>();
  readonly #comments = new Map<string, PlanComment>();
  readonly #keys = new Map<string, RunId>();
  readonly #endUsers = new Map<string, EndUser>();
  readonly #signals: MemorySignals;
  readonly #turn = new Turn();
  readonly #kept = new Map<RunId, MemoryRun>();
  readonly schedules: Schedules;
  readonly notices: MemoryNotices;
  readonly #watchers = new Watchers();
  /** Taken from the queue, and not opened yet. */
  readonly #taken = new Set<RunId>();

  constructor(now: Now, limits: Limits) {
    this.#now = now;
    this.#limits = limits;
    this.schedules = new MemorySchedules(now);
    this.notices = new MemoryNotices(now);
    this.#signals = new MemorySignals(now);
    this.queue = memoryQueue(this, { take: (id) => this.#take(id), giveBack: (id) => this.#giveBack(id) }, now);
  }

  /** With all that was recorded. */
  get #runs(): Map<RunId, MemoryRun> {
    this.#turn.end();
    return this.#kept;
  }

  async watch(watched: WatchedRuns, told: () => void): Promise<() => Promise<void>> {
    const leave = this.#watchers.add(watched, told);
    return async () => leave();
  }

  async clock(): Promise<Date> {
    return this.#now();
  }

  async savePlan(plan: Plan, exchanges: readonly PlanningExchange[] = []): Promise<void> {
    const kept = await this.readPlan(plan.id);
    if (kept !== undefined) return refuseOtherContent(kept, plan);
    this.#plans.set(plan.id, JSON.stringify(plan));
    this.#plannings.set(plan.id, JSON.stringify(exchanges));
  }

  async readPlanning(id: PlanId): Promise<PlanningExchange[]> {
    return JSON.parse(this.#plannings.get(id) ?? '[]');
  }

  async readPlan(id: PlanId): Promise<Plan | undefined> {
    const text = this.#plans.get(id);
    return text === undefined ? undefined : JSON.parse(text);
  }

  async readRequest(id: PlanId): Promise<string | null> {
    return (await this.readPlan(id))?.plan_context.query ?? null;
  }

  async has(id: PlanId | RunId): Promise<boolean> {
    return isRunId(id) ? this.#runs.has(id) : isPlanId(id) && this.#plans.has(id);
  }

  async listPlanIds(): Promise<PlanId[]> {
    return newestFirst(this.#plans.keys());
  }

  async removePlan(id: PlanId): Promise<void> {
    if (!this.#plans.delete(id)) throw noSuchPlan(id);
    this.#plannings.delete(id);
    for (const comment of await this.listComments(id)) this.#comments.delete(comment.id);
  }

  async addComment(comment: PlanComment): Promise<void> {
    if (!this.#plans.has(comment.plan_id)) throw noSuchPlan(comment.plan_id);
    this.#comments.set(comment.id, this.#comments.get(comment.id) ?? structuredClone(comment));
  }

  async listComments(id: PlanId): Promise<PlanComment[]> {
    return byTime([...this.#comments.values()].filter((comment) => comment.plan_id === id)).map((one) =>
      structuredClone(one),
    );
  }

  async removeComment({ plan_id: plan, id }: Pick<PlanComment, 'plan_id' | 'id'>): Promise<void> {
    if (this.#comments.get(id)?.plan_id !== plan) throw noSuchComment(id);
    this.#comments.delete(id);
  }

  async findKey(key: string): Promise<RunId | undefined> {
    return this.#keys.get(key);
  }

  async claimKey(key: string, id: RunId): Promise<RunId> {
    const claimed = this.#keys.get(key) ?? id;
    this.#keys.set(key, claimed);
    return claimed;
  }

  async listKeys(): Promise<StartKey[]> {
    return Array.from(this.#keys, ([key, run_id]) => ({ key, run_id }));
  }

  async readRun(id: RunId, options?: ReadOptions): Promise<StoredRun | undefined> {
    const run = this.#runs.get(id);
    if (run === undefined || run.lines.length === 0) return undefined;
    const owner = this.#taken.has(id) ? undefined : run.owner;
    return { run: foldOf(run, id, options), hasLog: true, owner, warnings: [] };
  }

  async requireRun(id: RunId, options?: ReadOptions): Promise<StoredRun> {
    const stored = await this.readRun(id, options);
    if (stored === undefined) throw noSuchRun(id);
    return stored;
  }

  async readRunBrief(id: RunId): Promise<RunBrief> {
    const stored = await this.readRun(id);
    if (stored === undefined) return { id, unreadable: noSuchRun(id).message };
    return { ...briefOf(stored.run), owner: this.#kept.get(id)?.owner };
  }

  async readEvents(id: RunId): Promise<RunEvent[]> {
    return eventsOf(this.#existing(id));
  }

  async findLogBreak(id: RunId): Promise<undefined> {
    // Nobody else can reach what this process holds.
    this.#existing(id);
  }

  async listRunIds(): Promise<RunId[]> {
    return newestFirst(this.#runs.keys());
  }

  listRuns(filter: RunFilter): AsyncIterable<RunBrief> {
    return pickRuns(this, filter);
  }

  async runChanges(): Promise<undefined> {
    // Reading them all again costs little.
  }

  async createRun(id: RunId): Promise<RunLog> {
    if (!isRunId(id)) throw noSuchRun(id);
    const known = this.#runs.get(id);
    if (known !== undefined && known.lines.length > 0) {
      throw new PortiaError('internal', `${id} exists already.`, { runId: id });
    }
    const run: MemoryRun = { lines: [], memory: new Map(), sealed: new Map(), generation: 0, owner: undefined };
    this.#runs.set(id, run);
    return this.#drive(id, run);
  }

  async openRun(id: RunId, { takeOver = false, reader }: OpenOptions = {}): Promise<RunLog> {
    const run = this.#existing(id);
    if (run.owner !== undefined && !takeOver && !this.#taken.has(id)) throw locked(id);
    this.#taken.delete(id);
    const read = reader?.();
    if (read !== undefined) for (const event of eventsOf(run)) read(event);
    return this.#drive(id, run);
  }

  async sendSignal(signal: NewSignal): Promise<SentSignal> {
    return { ...this.#signals.send(signal), waiting: await runsWaitingFor(signal, this) };
  }

  async takeSignal(wanted: WantedSignal): Promise<TakenSignal | undefined> {
    return this.#signals.take(wanted);
  }

  async hasSignal(event: AwaitedEvent): Promise<boolean> {
    return this.#signals.has(event);
  }

  async countSignals(): Promise<number> {
    return this.#signals.count();
  }

  async forgetSignal(signal: TakenSignal): Promise<void> {
    this.#signals.forget(signal);
  }

  async readEndUser(id: string): Promise<EndUser | undefined> {
    return structuredClone(this.#endUsers.get(id));
  }

  async listEndUserIds(): Promise<string[]> {
    return [...this.#endUsers.keys()];
  }

  async changeEndUser(id: string, change: EndUserChange): Promise<EndUser> {
    const user = changedEndUser(this.#endUsers.get(id) ?? newEndUser(id), change);
    this.#endUsers.set(id, user);
    return structuredClone(user);
  }

  async keepEndUser(user: EndUser): Promise<boolean> {
    const here = this.#endUsers.get(user.external_id) ?? structuredClone(user);
    this.#endUsers.set(user.external_id, here);
    return isSameEndUser(here, user);
  }

  async readMemory(id: RunId, digest: string): Promise<Json> {
    return valueOf(this.#existing(id), digest);
  }

  async keepSealed(id: RunId, question: ClarificationId, sealed: string): Promise<void> {
    this.#existing(id).sealed.set(question, sealed);
  }

  async readSealed(id: RunId): Promise<ReadonlyMap<ClarificationId, string>> {
    return new Map(this.#existing(id).sealed);
  }

  async forgetSealed(id: RunId, questions: readonly ClarificationId[]): Promise<void> {
    for (const question of questions) this.#existing(id).sealed.delete(question);
  }

  async *readLines(id: RunId): AsyncGenerator<string> {
    for (const line of this.#existing(id).lines) yield line.slice(0, -1);
  }

  receiveRuns(): RunReceiver {
    const held = new HeldRuns();
    return {
      addLine: (line, where) => held.addLine(line, where),
      addValue: (id, stored, where) => held.addValue(id, stored, where),
      check: () => held.check((id) => this.#linesOf(id)),
      take: async () => {
        for (const run of held.bringing()) this.#takeOver(run);
      },
      close: async () => held.forget(),
    };
  }

  async *#linesOf(id: RunId): AsyncGenerator<string> {
    if (this.#runs.has(id)) yield* this.readLines(id);
  }

  #takeOver({ id, lines, values }: HeldRun): void {
    const before = this.#runs.get(id);
    if (before?.owner !== undefined) throw locked(id);
    const kept: MemoryRun = before ?? {
      lines: [],
      memory: new Map(),
      sealed: new Map(),
      generation: 0,
      owner: undefined,
    };
    kept.lines = lines.map((line) => `${line}\n`);
    for (const [digest, value] of values) kept.memory.set(digest, JSON.stringify(value));
    this.#kept.set(id, kept);
  }

  async removeRun(id: RunId): Promise<void> {
    if (this.#existing(id).owner !== undefined) throw locked(id);
    this.#runs.delete(id);
    this.notices.forget(id);
  }

  #existing(id: RunId): MemoryRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw noSuchRun(id);
    return run;
  }

  #take(id: RunId): boolean {
    const run = this.#existing(id);
    if (run.owner !== undefined) return false;
    run.owner = this.#self();
    this.#taken.add(id);
    return true;
  }

  #giveBack(id: RunId): void {
    if (this.#taken.delete(id)) this.#existing(id).owner = undefined;
  }

  #self(): Owner {
    return { pid: 0, host: 'memory', since: this.#now().toISOString() };
  }

  #drive(id: RunId, run: MemoryRun): RunLog {
    run.owner = this.#self();
    run.generation += 1;
    const backend = memoryBackend(id, run, () => this.#watchers.tell(id));
    return createRunLog({
      id,
      now: this.#now,
      backend,
      turn: this.#turn,
      past: pastOf(id, run),
      snapshotSeq: run.lines.length,
      limits: this.#limits,
    });
  }
}

/** By the time in the id; ids without one come last, in the order in which they came. */
function newestFirst<Id extends string>(ids: Iterable<Id>): Id[] {
  const timed = Array.from(ids, (id) => ({ id, time: timeOfId(id) ?? 0 }));
  return timed.sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
}
