import { join } from 'node:path';

import {
  isPlanId,
  isRunId,
  normaliseId,
  type IdPrefix,
  type Now,
  type PlanId,
  type RunId,
} from '../domain/values/ids.js';
import { isJsonObject } from '../domain/values/json.js';
import { PortiaError } from '../domain/errors.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Signing } from '../domain/run/signatures.js';
import type { AwaitedEvent } from '../domain/run/signals.js';
import { changeEndUser, findEndUser, keepEndUser, listEndUserIds } from './end-users.js';
import { FileNotices } from './file-notices.js';
import { FileSchedules } from './file-schedules.js';
import { realFileSystem, type FileSystem } from './file-system.js';
import { LIMITS, type Limits } from './limits.js';
import { listedQueue } from './listed-queue.js';
import { machineId } from './machine-id.js';
import { newestTime } from './newest-time.js';
import { noSuchRun } from './no-such-run.js';
import { pickRuns } from './pick-runs.js';
import type { PlanComments } from './plan-comments.js';
import { PlanFiles } from './plan-files.js';
import type { PlanStore } from './plan-store.js';
import { identifyProcess, type ProcessIdentity } from './process-identity.js';
import { RunFiles } from './run-files.js';
import { storageError } from './storage-error.js';
import type { QueueingStore, RunQueue } from './run-queue.js';
import type { Notices } from './notices.js';
import type { Schedules, SchedulingStore } from './schedules.js';
import type { RunReceiver } from './run-receiver.js';
import type { SealedAnswers } from './sealed-answers.js';
import type { SignalStore } from './signal-store.js';
import type { Store, StoredRun } from './store.js';
import { Turn } from './turn.js';
import type { RunWatch } from './run-watch.js';
import { runsWaitingFor } from './waiting-runs.js';
import { watchRunFiles } from './watch-files.js';

export interface FileStoreOptions {
  /** The project root; `plans/` and `runs/` are made in it by the first write. */
  root: string;
  now: Now;
  /** This process, for the lock of the runs that it drives. */
  pid: number;
  /** Where an id of this machine is kept if the system has none. */
  userFolder?: string | undefined;
  fs?: FileSystem | undefined;
  /** Default: `LIMITS`. */
  limits?: Limits | undefined;
  /** The keys of this user. Without them nothing is signed, and no signature is looked at. */
  signing?: Signing | undefined;
  /** Called when a write has made `plans/` or `runs/`. */
  onCreated?: ((folders: string[]) => void) | undefined;
}

/** The file of a plan. */
export function planPath(root: string, id: PlanId): string {
  return join(root, 'plans', `${id}.json`);
}

/** The time in the newest id of the project, so that no later one is older when the clock went back. */
export function newestTimeIn(root: string, now: Now): (prefix: IdPrefix) => number {
  const folders = { plan: 'plans', prun: 'runs', clar: undefined, schd: undefined, note: undefined };
  const read = new Set<string>();
  return (prefix) => {
    const folder = folders[prefix];
    if (folder === undefined) return 0;
    const wasRead = read.has(folder);
    read.add(folder);
    return newestTime(join(root, folder), now().getTime(), { wasRead });
  };
}

/** Plans and runs in the files of a project. Reading never writes. */
export function createFileStore(options: FileStoreOptions): QueueingStore {
  const { root, now, signing, fs = realFileSystem, limits = LIMITS } = options;
  let identity: ProcessIdentity | undefined;
  const self = (): ProcessIdentity => (identity ??= identify(options));
  const onCreated = (folder: string): void => options.onCreated?.([folder]);
  const plans = new PlanFiles(join(root, 'plans'), { fs, now, self, onCreated });
  const findPlan = (document: unknown): Promise<Plan | undefined> => findPlanOf(document, plans);
  const turn = new Turn();
  const schedules = new FileSchedules(join(root, 'runs', 'schedules'), { fs, now, self });
  const notices = new FileNotices(join(root, 'runs', 'notices'), { fs, now, self });
  const runs = new RunFiles(join(root, 'runs'), { fs, now, self, signing, limits, turn, onCreated, findPlan });

  const guard = async <Result>(action: () => Result | Promise<Result>): Promise<Result> => {
    // What was recorded before comes first.
    turn.end();
    try {
      return await action();
    } catch (error) {
      throw failedIn(root, error);
    }
  };
  const store: SchedulingStore = {
    clock: async () => now(),
    ...plansOf(plans, guard),
    has: (id) => guard(() => (isRunId(id) ? runs.has(id) : isPlanId(id) && plans.has(id))),
    readRun: (id, wanted) => guard(() => runs.read(id, wanted)),
    requireRun: (id, wanted) => guard(async () => required(id, await runs.read(id, wanted))),
    readRunBrief: (id) => guard(() => runs.readBrief(id)),
    readEvents: (id) => guard(() => runs.readEvents(id)),
    findLogBreak: (id) => guard(() => runs.findLogBreak(id)),
    listRunIds: () => guard(() => runs.list()),
    listRuns: (filter) => pickRuns(store, filter),
    runChanges: () => guard(() => runs.changes()),
    findKey: (key) => guard(() => runs.keys.find(key)),
    claimKey: (key, id) => guard(() => runs.keys.claim(key, id)),
    listKeys: () => guard(() => runs.keys.list()),
    createRun: (id) => guard(() => runs.create(id)),
    openRun: (id, wanted = {}) => guard(() => runs.open(id, wanted)),
    async *readLines(id) {
      yield* await guard(() => runs.lines(id));
    },
    receiveRuns: () => guarded(runs.receive(), { root, guard }),
    ...signalsOf(runs, { guard, waiting: (event) => runsWaitingFor(event, store) }),
    readMemory: (id, digest) => guard(() => runs.readMemory(id, digest)),
    ...sealedOf(runs, guard),
    readEndUser: (id) => guard(() => findEndUser(root, id, fs)),
    listEndUserIds: () => guard(() => listEndUserIds(root, fs)),
    changeEndUser: (id, change) => guard(async () => changeEndUser(root, { id, change }, { fs, self: self(), now })),
    keepEndUser: (user) => guard(() => keepEndUser(root, user, fs)),
    removeRun: (id) =>
      guard(async () => {
        await runs.remove(id);
        await notices.forget(id);
      }),
    schedules: schedulesOf(schedules, guard),
  };
  return Object.assign(store, { queue: queueOf(store, { runs, now, guard }), ...toldOf({ root, notices }, guard) });
}

/** The store guards what it is asked itself. */
function queueOf(store: Store, { runs, now, guard }: { runs: RunFiles; now: Now; guard: Guard }): RunQueue {
  const { claim, release, listen, list, state, refuse, pause, unpause } = listedQueue(
    {
      listRunIds: () => store.listRunIds(),
      readRunBrief: (id) => store.readRunBrief(id),
      readRun: (id) => store.readRun(id),
      hasSignal: (awaited) => store.hasSignal(awaited),
      take: (id) => runs.take(id),
      giveBack: (id) => runs.taken.giveBack(id),
      alone: (work) => runs.queue.alone(work),
      refusals: (id) => runs.queue.refusals(id),
      keepRefusals: (id, refusals) => runs.queue.keepRefusals(id, refusals),
      pauses: () => runs.queue.pauses(),
      keepPauses: (pauses) => runs.queue.keepPauses(pauses),
    },
    now,
  );
  return {
    claim: (filter, tell) => guard(() => claim(filter, tell)),
    release: (id) => guard(() => release(id)),
    listen,
    list,
    state: (tell) => guard(() => state(tell)),
    refuse: (id, refusal) => guard(() => refuse(id, refusal)),
    pause: (given) => guard(() => pause(given)),
    unpause: (label) => guard(() => unpause(label)),
  };
}

function plansOf(plans: PlanFiles, guard: Guard): PlanStore & PlanComments {
  return {
    savePlan: (plan, exchanges) => guard(() => plans.save(plan, exchanges)),
    readPlan: (id) => guard(() => plans.read(id)),
    readPlanning: (id) => guard(() => plans.planning(id)),
    readRequest: (id) => guard(() => plans.request(id)),
    listPlanIds: () => guard(() => plans.list()),
    removePlan: (id) => guard(() => plans.remove(id)),
    addComment: (comment) => guard(() => plans.addComment(comment)),
    listComments: (id) => guard(() => plans.listComments(id)),
    removeComment: (comment) => guard(() => plans.removeComment(comment)),
  };
}

function sealedOf(runs: RunFiles, guard: Guard): SealedAnswers {
  return {
    keepSealed: (id, question, sealed) => guard(() => runs.keepSealed(id, question, sealed)),
    readSealed: (id) => guard(() => runs.readSealed(id)),
    forgetSealed: (id, questions) => guard(() => runs.forgetSealed(id, questions)),
  };
}

/** What people and pages are told. */
function toldOf({ root, notices }: { root: string; notices: Notices }, guard: Guard): RunWatch & { notices: Notices } {
  return {
    notices: noticesOf(notices, guard),
    async watch(watched, told) {
      const stop = watchRunFiles(join(root, 'runs'), watched, told);
      return async () => stop();
    },
  };
}

type Guard = <Result>(action: () => Result | Promise<Result>) => Promise<Result>;

function schedulesOf(files: FileSchedules, guard: Guard): Schedules {
  return {
    add: (schedule) => guard(() => files.add(schedule)),
    list: () => guard(() => files.list()),
    due: () => guard(() => files.due()),
    replace: (schedule) => guard(() => files.replace(schedule)),
    remove: (id) => guard(() => files.remove(id)),
  };
}

function noticesOf(notices: Notices, guard: Guard): Notices {
  return {
    add: (added) => guard(() => notices.add(added)),
    ready: () => guard(() => notices.ready()),
    unsent: () => guard(() => notices.unsent()),
    replace: (changed) => guard(() => notices.replace(changed)),
  };
}

function signalsOf(
  { signals }: RunFiles,
  { guard, waiting }: { guard: Guard; waiting: (event: AwaitedEvent) => Promise<RunId[]> },
): SignalStore {
  return {
    async sendSignal(signal) {
      const sent = await guard(() => signals.send(signal));
      return { ...sent, waiting: await waiting(signal) };
    },
    takeSignal: (wanted) => guard(() => signals.take(wanted)),
    hasSignal: (event) => guard(() => signals.has(event)),
    countSignals: () => guard(() => signals.count()),
    forgetSignal: (signal) => guard(() => signals.forget(signal)),
  };
}

function failedIn(root: string, error: unknown): unknown {
  return storageError(error, { what: 'Could not use', path: root });
}

function guarded(receiver: RunReceiver, { root, guard }: { root: string; guard: Guard }): RunReceiver {
  const guardNow = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      throw failedIn(root, error);
    }
  };
  return {
    addLine: (line, where) => guardNow(() => receiver.addLine(line, where)),
    addValue: (id, stored, where) => guardNow(() => receiver.addValue(id, stored, where)),
    check: () => guard(() => receiver.check()),
    take: () => guard(() => receiver.take()),
    close: () => guard(() => receiver.close()),
  };
}

function required(id: RunId, stored: StoredRun | undefined): StoredRun {
  if (stored === undefined) throw noSuchRun(id);
  return stored;
}

function identify({ pid, userFolder }: FileStoreOptions): ProcessIdentity {
  return identifyProcess(pid, machineId(userFolder));
}

/** The plan that a run document of another tool names; a bad plan must not keep its run from being shown. */
async function findPlanOf(document: unknown, plans: PlanFiles): Promise<Plan | undefined> {
  const id: PlanId | undefined = isJsonObject(document) ? normaliseId(document['plan_id'], 'plan') : undefined;
  if (id === undefined) return undefined;
  try {
    return await plans.read(id);
  } catch (error) {
    if (error instanceof PortiaError) return undefined;
    throw error;
  }
}
