import { plainCommand, portia } from '../domain/next-step.js';
import type { RunEvent } from '../domain/run/events.js';
import type { RunId } from '../domain/values/ids.js';
import type { Plan } from '../domain/plan/plan.js';
import type { Run } from '../domain/run/run.js';
import type { SubPlans } from '../domain/plan/sub-plans.js';
import type { RunLog, Store } from '../storage/store.js';
import type { Answering, ExecutorServices } from './services.js';
import type { ConsentRules } from './consent-check.js';
import { Budget } from './budget.js';
import { STAY_MS, type Staying } from './staying.js';
import { keepToHost } from './keep-to-host.js';
import { Recorder } from './recorder.js';
import type { RunPast } from './run-past.js';
import { SealedAnswers } from './sealed-answers.js';
import type { RunContext, ToldProgress } from './run-context.js';

/** What is needed to drive a run, new or existing. */
export interface DriveOptions {
  store: Store;
  services: ExecutorServices;
  /** The plans inside a plan, each of them kept. Rejects with `plan-missing` or `invalid-plan`. */
  readSubPlans(plan: Plan): Promise<SubPlans>;
  /** Called with every event once it is written, of the run and of the runs that are parts of it. Must not throw. */
  listener: (event: RunEvent) => void;
  /** Called with how far a call is, as its tool reports it; nothing of it is recorded. Must not throw. */
  onProgress?: ((told: ToldProgress) => void) | undefined;
  /** Asks models for streams, and is called with their replies while they come; nothing of it is recorded. Must not throw. */
  onText?: RunContext['onText'];
  /** Aborted with an Interruption to stop the run where it is. */
  signal: AbortSignal;
  answering: Answering;
  /** How long steps wait for times here, unless the run is saved. Default: up to a minute each. */
  staying?: Staying | undefined;
  /** Whose consents count. Without it every recorded one does, as in a store that nobody else can write. */
  consentRules?: ConsentRules | undefined;
  /** What continues a paused run. Default: `portia resume RUN`. */
  next?: ((id: RunId) => string) | undefined;
  /** The flags without which that command would be refused, for the record of the run. */
  flags?: string[] | undefined;
  /** Drives it, and the runs inside it, although another process owns them. */
  takeOver?: boolean | undefined;
}

/** What a drive of a run needs. */
export function contextFor(
  plan: Plan,
  log: RunLog,
  options: DriveOptions &
    Pick<RunContext, 'consents' | 'subPlans' | 'driveSubRun' | 'readyTools' | 'endUser'> & {
      runId: RunId;
      past: RunPast;
    },
): RunContext {
  const {
    store,
    services,
    answering,
    consents,
    subPlans,
    driveSubRun,
    readyTools,
    endUser,
    runId,
    listener,
    takeOver = false,
    staying = { ms: STAY_MS, isRehearsal: false },
    past,
  } = options;
  const signal = AbortSignal.any([options.signal, log.lost]);
  const secrets = services.secrets.ofRun(runId);
  const budget = new Budget(services.settings.budget);
  budget.take(past.spent);
  const recorder = createRecorder(log, past, { services, secrets, listener, budget });
  return {
    plan,
    subPlans,
    store,
    services,
    secrets,
    sealed: new SealedAnswers(store),
    answering,
    consents,
    driveSubRun,
    readyTools,
    endUser,
    privateInputs: [],
    takeOver,
    staying,
    jobs: services.settings.jobs,
    catcher: undefined,
    next: nextOf(runId, options),
    budget,
    signal,
    runSignal: signal,
    listener,
    onProgress: options.onProgress ?? (() => undefined),
    onText: options.onText,
    recorder,
    keepToHost: () => keepToHost(recorder, services),
  };
}

function nextOf(runId: RunId, { next, flags = [] }: DriveOptions): RunContext['next'] {
  const said = next?.(runId);
  return {
    said: said ?? portia('resume', runId),
    recorded: said ?? plainCommand(portia('resume', runId, ...flags)),
  };
}

/** The recorder of an open log, whose events are not kept in memory from now on. */
export function createRecorder(
  log: RunLog,
  { index }: RunPast,
  { services, secrets, listener, budget }: Pick<RunContext, 'services' | 'secrets' | 'listener' | 'budget'>,
): Recorder {
  const { redact, settings } = services;
  const { largeOutputTokens } = settings;
  const since = log.events.findLast(({ type }) => leavesRun(type))?.ts;
  const trace = services.traces?.follow(since);
  const recorder = new Recorder(log, { listener, budget, redact, largeOutputTokens, secrets, index, trace });
  log.forgetEvents();
  return recorder;
}

function leavesRun(type: RunEvent['type']): boolean {
  return type === 'run.paused' || type === 'run.interrupted' || type === 'run.failed';
}

/** Gives the run free whatever happens. */
export async function withLog<Result>(log: RunLog, work: () => Promise<Result>): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    // The first failure is the one to report: the second has the same cause, and the lock ends with this process.
    await log.close().catch(() => undefined);
    throw error;
  }
  await log.close();
  return result;
}

/** The same for a drive of a whole run: people are told how it stopped. */
export async function driveWithLog(log: RunLog, services: ExecutorServices, drive: () => Promise<Run>): Promise<Run> {
  const run = await withLog(log, drive);
  await services.onStopped?.(run);
  return run;
}
