import { isPlanId, isRunId, type Now } from '../../domain/values/ids.js';
import type { Signing } from '../../domain/run/signatures.js';
import { HeldRuns } from '../held-runs.js';
import { LIMITS, type Limits } from '../limits.js';
import { machineId } from '../machine-id.js';
import { noSuchRun } from '../no-such-run.js';
import { identifyProcess, type ProcessIdentity } from '../process-identity.js';
import type { PlanComments } from '../plan-comments.js';
import type { PlanStore } from '../plan-store.js';
import type { QueueingStore, RunQueue } from '../run-queue.js';
import type { RunWatch } from '../run-watch.js';
import type { Schedules } from '../schedules.js';
import type { Notices } from '../notices.js';
import type { EndUserStore } from '../end-user-store.js';
import type { RunReceiver } from '../run-receiver.js';
import type { SealedAnswers } from '../sealed-answers.js';
import type { SignalStore } from '../signal-store.js';
import type { StartKeyStore } from '../start-key-store.js';
import { CallRows } from './call-rows.js';
import { CommentRows } from './comment-rows.js';
import { Database, type DatabaseOptions } from './database.js';
import { EndUserRows } from './end-user-rows.js';
import { ListedRows } from './listed-rows.js';
import { NoticeRows } from './notice-rows.js';
import { PlanRows } from './plan-rows.js';
import { pauseQueue, readQueueState, refuseRun, unpauseQueue } from './queue-rows.js';
import { RunNews } from './run-news.js';
import { RunRows } from './run-rows.js';
import { ScheduleRows } from './schedule-rows.js';
import { SealedRows } from './sealed-rows.js';
import { SignalRows } from './signal-rows.js';
import { SignerRows } from './signer-rows.js';
import { StartKeyRows } from './start-key-rows.js';
import { readStoreUrl } from './store-url.js';
import { TABLES_VERSION } from './migrations.js';
import { migrateTables, requireTables, tablesVersion } from './tables.js';

export interface PostgresStoreOptions extends DatabaseOptions {
  /** `postgres://…`, as `readStoreUrl` takes it. */
  url: string;
  now: Now;
  /** This process, for the owner of the runs that it drives. */
  pid: number;
  /** Where an id of this machine is kept if the system has none. */
  userFolder?: string | undefined;
  /** The keys of this user. Without them nothing is signed, and no signature is looked at. */
  signing?: Signing | undefined;
  /** Default: `LIMITS`. */
  limits?: Limits | undefined;
  /** How long a driver may be silent before another one may take its run, in milliseconds. Default: what the address says. */
  leaseMs?: number | undefined;
}

export interface PostgresStore extends QueueingStore {
  /** Whose consents count for everybody who uses the store. */
  signers: Pick<SignerRows, 'list' | 'add' | 'remove'>;
  /** Makes the tables that are missing. Gives their version before, 0 for none, and after. */
  migrate(): Promise<{ from: number; to: number }>;
  /** The version of the tables that are there, 0 for none, and of those that this portia needs. */
  versions(): Promise<{ found: number; needed: number }>;
  /** Where the calls of a provider are counted, for all processes of the store. `name`: of the provider, with its address. */
  callLedger(this: void, name: string): Pick<CallRows, 'begin' | 'end' | 'pollMs'>;
  close(): Promise<void>;
}

/** Plans and runs in the tables of a PostgreSQL. Nothing is connected to before it is needed. */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const { now, pid, signing, limits = LIMITS } = options;
  const database = new Database(readStoreUrl(options.url), options);
  let identity: ProcessIdentity | undefined;
  const self = () => (identity ??= identifyProcess(pid, machineId(options.userFolder)));
  const plans = new PlanRows(database, now);
  const runs = new RunRows({ database, now, self, signing, limits, leaseMs: options.leaseMs ?? database.leaseMs });
  let tables: Promise<void> | undefined;

  const use = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    tables ??= requireTables(database);
    try {
      await tables;
    } catch (error) {
      tables = undefined;
      throw error;
    }
    // What was recorded before comes first.
    await runs.sendAll();
    return act();
  };
  return {
    clock: () => use(() => database.clock()),
    ...plansOf(plans, new CommentRows(database), use),
    has: (id) => use(async () => (isRunId(id) ? runs.has(id) : isPlanId(id) && plans.has(id))),
    readRun: (id, wanted) => use(() => runs.read(id, wanted)),
    requireRun: (id, wanted) =>
      use(async () => {
        const stored = await runs.read(id, wanted);
        if (stored === undefined) throw noSuchRun(id);
        return stored;
      }),
    readEvents: (id) => use(() => runs.readEvents(id)),
    findLogBreak: (id) => use(() => runs.findLogBreak(id)),
    ...listsOf(new ListedRows(database, self), use),
    createRun: (id) => use(() => runs.create(id)),
    openRun: (id, wanted = {}) => use(() => runs.open(id, wanted)),
    readMemory: (id, digest) => use(() => runs.readMemory(id, digest)),
    ...startKeysOf(new StartKeyRows(database), use),
    ...signalsOf(new SignalRows(database), use),
    ...endUsersOf(new EndUserRows(database), use),
    async *readLines(id) {
      if (!(await use(() => runs.has(id)))) throw noSuchRun(id);
      yield* runs.lines(id);
    },
    receiveRuns: () => receiverOf(runs, use),
    ...answersOf(database, use),
    removeRun: (id) => use(() => runs.remove(id)),
    ...schedulesAndNoticesOf(database, use),
    ...tablesOf(database),
    ...queueAndNewsOf(runs, database, use),
    callLedger: (name) => ledgerOf(new CallRows(database, name), use),
    close: () => database.close(),
  };
}

function tablesOf(database: Database): Pick<PostgresStore, 'migrate' | 'versions'> {
  return {
    migrate: () => migrateTables(database),
    versions: async () => ({ found: (await tablesVersion(database)).version, needed: TABLES_VERSION }),
  };
}

type Use = <Result>(act: () => Promise<Result>) => Promise<Result>;

function ledgerOf(rows: CallRows, use: Use): Pick<CallRows, 'begin' | 'end' | 'pollMs'> {
  return {
    pollMs: rows.pollMs,
    begin: (wanted) => use(() => rows.begin(wanted)),
    end: (call, lesson) => use(() => rows.end(call, lesson)),
  };
}

function signalsOf(rows: SignalRows, use: Use): SignalStore {
  return {
    sendSignal: (signal) => use(() => rows.send(signal)),
    takeSignal: (wanted) => use(() => rows.take(wanted)),
    hasSignal: (event) => use(() => rows.has(event)),
    countSignals: () => use(() => rows.count()),
    forgetSignal: (signal) => use(() => rows.forget(signal)),
  };
}

function plansOf(plans: PlanRows, comments: CommentRows, use: Use): PlanStore & PlanComments {
  return {
    savePlan: (plan, exchanges) => use(() => plans.save(plan, exchanges)),
    readPlan: (id) => use(() => plans.read(id)),
    readPlanning: (id) => use(() => plans.planning(id)),
    readRequest: (id) => use(() => plans.request(id)),
    listPlanIds: () => use(() => plans.list()),
    removePlan: (id) => use(() => plans.remove(id)),
    addComment: (comment) => use(() => comments.add(comment)),
    listComments: (id) => use(() => comments.list(id)),
    removeComment: (comment) => use(() => comments.remove(comment)),
  };
}

function listsOf(
  rows: ListedRows,
  use: Use,
): Pick<PostgresStore, 'readRunBrief' | 'listRunIds' | 'listRuns' | 'runChanges'> {
  return {
    readRunBrief: (id) => use(() => rows.brief(id)),
    listRunIds: () => use(() => rows.ids()),
    listRuns: (filter) => inOrder(() => use(async () => rows.newest(filter))),
    runChanges: () => use(() => rows.changes()),
  };
}

function startKeysOf(rows: StartKeyRows, use: Use): StartKeyStore {
  return {
    findKey: (key) => use(() => rows.find(key)),
    claimKey: (key, id) => use(() => rows.claim(key, id)),
    listKeys: () => use(() => rows.list()),
  };
}

function endUsersOf(rows: EndUserRows, use: Use): EndUserStore {
  return {
    listEndUserIds: () => use(() => rows.list()),
    readEndUser: (id) => use(() => rows.read(id)),
    changeEndUser: (id, change) => use(() => rows.change(id, change)),
    keepEndUser: (user) => use(() => rows.keep(user)),
  };
}

/** What tells workers that a run may continue. Other texts are ids of runs that changed. */
const CAN_CONTINUE = '';
/** How often is looked for runs that a signal should have woken, in milliseconds. */
const FORGOTTEN_MS = 5_000;

function queueAndNewsOf(runs: RunRows, database: Database, use: Use): RunWatch & { queue: RunQueue } {
  const news = new RunNews(database);
  return {
    queue: queueOf(runs, database, use),
    watch: (watched, told) => use(() => news.watch(watched, told)),
  };
}

function queueOf(runs: RunRows, database: Database, use: Use): RunQueue {
  const signals = new SignalRows(database);
  let lookAt = 0;
  const claim: RunQueue['claim'] = async (filter) => {
    const id = await runs.claim(filter);
    if (id !== undefined || performance.now() < lookAt) return id;
    lookAt = performance.now() + FORGOTTEN_MS;
    return (await signals.wakeForgotten()) ? runs.claim(filter) : undefined;
  };
  return {
    claim: (filter, tell) => use(() => claim(filter, tell)),
    release: (id) => runs.release(id),
    listen: (wake) => use(() => database.listen((text) => text === CAN_CONTINUE && wake())),
    list: (limit) => inOrder(() => use(async () => runs.listQueue(limit))),
    state: () => use(() => readQueueState(database)),
    refuse: (id, refusal) => use(() => refuseRun(id, refusal, database)),
    pause: (pause) => use(() => pauseQueue(pause, database)),
    unpause: (label) => use(() => unpauseQueue(label, database)),
  };
}

/** Secret answers, and those whose answers count. */
function answersOf(database: Database, use: Use): SealedAnswers & Pick<PostgresStore, 'signers'> {
  const rows = new SealedRows(database);
  const signers = new SignerRows(database);
  return {
    keepSealed: (id, question, sealed) => use(() => rows.keepSealed(id, question, sealed)),
    readSealed: (id) => use(() => rows.readSealed(id)),
    forgetSealed: (id, questions) => use(() => rows.forgetSealed(id, questions)),
    signers: {
      list: () => use(() => signers.list()),
      add: (signer) => use(() => signers.add(signer)),
      remove: (keyOrName) => use(() => signers.remove(keyOrName)),
    },
  };
}

function schedulesAndNoticesOf(database: Database, use: Use): { schedules: Schedules; notices: Notices } {
  const schedules = new ScheduleRows(database);
  const notices = new NoticeRows(database);
  return {
    schedules: {
      add: (schedule) => use(() => schedules.add(schedule)),
      list: () => use(() => schedules.list()),
      due: () => use(() => schedules.due()),
      replace: (schedule) => use(() => schedules.replace(schedule)),
      remove: (id) => use(() => schedules.remove(id)),
    },
    notices: {
      add: (added) => use(() => notices.add(added)),
      ready: () => use(() => notices.ready()),
      unsent: () => use(() => notices.unsent()),
      replace: (changed) => use(() => notices.replace(changed)),
    },
  };
}

async function* inOrder<Item>(open: () => Promise<AsyncIterable<Item>>): AsyncGenerator<Item> {
  yield* await open();
}

/** All of the runs are taken in one transaction. */
function receiverOf(runs: RunRows, use: Use): RunReceiver {
  const held = new HeldRuns();
  return {
    addLine: (line, where) => held.addLine(line, where),
    addValue: (id, stored, where) => held.addValue(id, stored, where),
    check: () => use(() => held.check((id) => runs.lines(id))),
    take: () => use(() => runs.take(held.bringing())),
    close: async () => held.forget(),
  };
}
