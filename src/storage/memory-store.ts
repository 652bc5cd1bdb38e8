import { PortiaError } from '../domain/errors.js';
import { isRunId, timeOfId, type Now, type PlanId, type RunId } from '../domain/ids.js';
import type { Json } from '../domain/json.js';
import type { RunEvent } from '../domain/events.js';
import type { Plan } from '../domain/plan.js';
import { planDigest } from '../domain/plan-digest.js';
import { createRunLog, foldOf, type LogBackend } from './run-log.js';
import type { Owner, RunLog, Store } from './store.js';

interface MemoryRun {
  /** As text, so that nothing that a caller holds can change what is kept. */
  lines: string[];
  memory: Map<string, string>;
  /** Grows with each driver; the highest one drives. */
  generation: number;
  owner: Owner | undefined;
}

/** Plans and runs for as long as the process lives: for the library and for tests. */
export function createMemoryStore({ now }: { now: Now }): Store {
  const plans = new Map<PlanId, string>();
  const runs = new Map<RunId, MemoryRun>();

  const readPlan = (id: PlanId): Plan | undefined => {
    const text = plans.get(id);
    return text === undefined ? undefined : (JSON.parse(text) as Plan);
  };
  const existing = (id: RunId): MemoryRun => {
    const run = runs.get(id);
    if (run === undefined) throw missing('run', id);
    return run;
  };
  const drive = (id: RunId, run: MemoryRun): RunLog => {
    run.owner = { pid: 0, host: 'memory', since: now().toISOString() };
    run.generation += 1;
    return createRunLog({
      id,
      now,
      backend: memoryBackend(id, run),
      events: eventsOf(run),
      snapshotSeq: run.lines.length,
    });
  };

  return {
    async savePlan(plan) {
      const kept = readPlan(plan.id);
      if (kept === undefined) plans.set(plan.id, JSON.stringify(plan));
      else if (planDigest(kept) !== planDigest(plan)) throw otherContent(plan.id);
    },
    async readPlan(id) {
      return readPlan(id);
    },
    async listPlanIds() {
      return newestFirst(plans.keys());
    },
    async removePlan(id) {
      if (!plans.delete(id)) throw missing('plan', id);
    },
    async readRun(id) {
      const run = runs.get(id);
      if (run === undefined || run.lines.length === 0) return undefined;
      return { run: foldOf(eventsOf(run), id).run, hasLog: true, owner: run.owner, warnings: [] };
    },
    async readRunBrief(id) {
      const run = runs.get(id);
      if (run === undefined || run.lines.length === 0) return { id, unreadable: missing('run', id).message };
      const { plan_id, state, current_step_index, metadata } = foldOf(eventsOf(run), id).run;
      const { created_at, updated_at, step_count } = metadata;
      return { id, plan_id, state, created_at, updated_at, current_step_index, step_count, owner: run.owner };
    },
    async readEvents(id) {
      return eventsOf(existing(id));
    },
    async listRunIds() {
      return newestFirst(runs.keys());
    },
    async createRun(id) {
      if (!isRunId(id)) throw missing('run', id);
      if (runs.has(id)) throw new PortiaError('internal', `${id} exists already.`, { runId: id });
      const run: MemoryRun = { lines: [], memory: new Map(), generation: 0, owner: undefined };
      runs.set(id, run);
      return drive(id, run);
    },
    async openRun(id, { takeOver = false } = {}) {
      const run = existing(id);
      if (run.owner !== undefined && !takeOver) throw locked(id);
      return drive(id, run);
    },
    async readMemory(id, digest) {
      return valueOf(existing(id), digest);
    },
    async removeRun(id) {
      if (existing(id).owner !== undefined) throw locked(id);
      runs.delete(id);
    },
  };
}

function memoryBackend(id: RunId, run: MemoryRun): LogBackend {
  const { generation } = run;
  return {
    name: id,
    append: (line) => void run.lines.push(line),
    flush() {},
    assertOwner() {
      if (run.generation !== generation) throw locked(id);
    },
    writeMemory: (digest, text) => void run.memory.set(digest, text),
    readMemory: (digest) => valueOf(run, digest),
    writeSnapshot() {},
    release() {
      if (run.generation === generation) run.owner = undefined;
    },
  };
}

function eventsOf(run: MemoryRun): RunEvent[] {
  return run.lines.map((line) => JSON.parse(line) as RunEvent);
}

function valueOf(run: MemoryRun, digest: string): Json {
  const text = run.memory.get(digest);
  if (text === undefined)
    throw new PortiaError('unreadable', `The stored value ${JSON.stringify(digest)} cannot be used.`);
  return JSON.parse(text) as Json;
}

/** By the time in the id; ids without one come last, in the order in which they came. */
function newestFirst<Id extends string>(ids: Iterable<Id>): Id[] {
  const timed = Array.from(ids, (id) => ({ id, time: timeOfId(id) ?? 0 }));
  return timed.sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
}

function missing(kind: 'plan' | 'run', id: string): PortiaError {
  return new PortiaError('not-found', `There is no ${kind} ${JSON.stringify(id)}.`, {
    fix: `See what is there: portia list ${kind}s`,
  });
}

function otherContent(id: PlanId): PortiaError {
  return new PortiaError('stale', `${id} is already kept with another content.`, {
    why: 'Plans are immutable.',
    fix: 'Give the changed plan another id, or leave its "id" out.',
    planId: id,
  });
}

function locked(id: RunId): PortiaError {
  return new PortiaError('run-locked', `Another driver has ${id}.`, {
    why: 'A run has one driver at a time.',
    fix: 'Close its log first.',
    retryable: true,
    runId: id,
  });
}
