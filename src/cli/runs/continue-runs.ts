import { loadSubPlans } from '../../app/plans/load-sub-plans.js';
import { openSeal } from '../../app/seal.js';
import { portia, spellAdvice } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { toolsOfStep } from '../../domain/plan/plan-steps.js';
import type { Run } from '../../domain/run/run.js';
import type { RunId } from '../../domain/values/ids.js';
import { stepsAhead } from '../../executor/steps-ahead.js';
import { requireOpenable } from '../../executor/sealed-answers.js';
import type { TellUnreadable } from '../../storage/run-queue.js';
import { createGivenAnswers } from '../input/given-answers.js';
import { exitCodeOfError, exitCodeOfRun } from '../session/exit-codes.js';
import type { DriveFlags } from '../session/options.js';
import { writeText, type Session } from '../session/session.js';
import type { Stopping } from '../session/stopping.js';
import { requireTrustForRun } from '../trust/require-trust.js';
import { driveOptions } from './drive.js';
import { refuseForTools } from './refuse-run.js';
import { Worker, type WorkerOptions, type WorkerReport } from './worker.js';

/** Of a command that drives runs for which nobody is here. */
export type DrivingSession = Session<Partial<DriveFlags> & Pick<DriveFlags, 'maxCost'>>;

/** Which runs are continued, and for how long. */
interface Continuing extends Pick<WorkerOptions, 'queue' | 'startDue' | 'jobs' | 'labels' | 'untilIdle'> {
  /** How long runs may take to finish after a signal, in milliseconds. Default: 10,000. */
  graceMs?: number | undefined;
}

const GRACE_MS = 10_000;

/** Continues the runs that the queue gives, with a line for each. Gives their exit codes. */
export async function continueRuns(
  session: DrivingSession,
  stopping: Stopping,
  { graceMs = GRACE_MS, ...continuing }: Continuing,
): Promise<number[]> {
  const codes: number[] = [];
  const notifier = await session.services.notifier();
  const worker = new Worker({
    ...continuing,
    async startDue() {
      notifier?.look();
      return continuing.startDue();
    },
    limits: session.services.settings.limits,
    anyHost: session.services.settings.sharedFiles.value,
    tellUnreadable: tellOnce((id, why) =>
      session.warn(`${id} cannot be continued: ${why} To see more: ${session.speech.spell(portia('show', id))}`),
    ),
    drive: async (id, signal) => {
      await prepareTools(session, id);
      const given = createGivenAnswers([], session.warn);
      return driveOptions(session, { given, listener: () => undefined, signal, stayMs: 0 });
    },
    refuse: (id, error) => refuseForTools(session, id, error),
    report: async (report) => void codes.push(await tell(session, report)),
    onTrouble: (error) => session.warn(`${error.message} The worker tries again until it can be reached.`),
  });
  await stopping.guard(async (stop) => {
    const interrupt = new AbortController();
    const onStop = () => setTimeout(() => interrupt.abort(stop.reason), graceMs).unref();
    stop.addEventListener('abort', onStop, { once: true });
    await worker.work({ stop, interrupt: interrupt.signal });
  });
  return codes;
}

/** What is wrong with the plan is said when the run is resumed. */
async function prepareTools(session: DrivingSession, id: RunId): Promise<void> {
  const { store, toolsToRun } = session.services;
  const { run } = await store.requireRun(id);
  await requireOpenable(run, store, openSeal(session.io.environment));
  const plan = await store.readPlan(run.plan_id);
  if (plan === undefined) return;
  const subPlans = await loadSubPlans(plan, store);
  const plans = [plan, ...subPlans.values()];
  await requireTrustForRun(session, plans);
  const tools = await toolsToRun(plans);
  const done = run.steps.filter(({ status }) => status === 'completed' || status === 'skipped');
  const finished = new Set(done.map(({ path }) => path));
  const needed = new Set(stepsAhead({ plan, subPlans }, (path) => finished.has(path)).flatMap(toolsOfStep));
  refuseMissing(
    Array.from(needed).filter((tool) => tools.get(tool) === undefined),
    run,
  );
}

/** Another worker may have them: here the run would fail. */
function refuseMissing(missing: readonly string[], { id, plan_id: planId }: Run): void {
  if (missing.length === 0) return;
  const what = missing.length === 1 ? `The tool ${missing[0]} is` : `These tools are`;
  throw new PortiaError('stale', `${what} not here${missing.length === 1 ? '.' : `: ${missing.join(', ')}.`}`, {
    why: 'The rest of the run needs it, and no tool of this worker has that id.',
    fix: portia('tools', 'list'),
    missingTools: missing,
    runId: id,
    planId,
  });
}

/** A line for each run that a worker let go. Gives its exit code. */
async function tell(session: DrivingSession, report: WorkerReport): Promise<number> {
  const { id } = report;
  if ('error' in report) {
    const { code, message, details } = report.error;
    const fix = details.fix && spellAdvice(details.fix, session.speech.spell).replaceAll('\n', '. ');
    const mend = fix === undefined ? '' : ` To mend it: ${fix}`;
    await session.warn(`${id} was not continued [${code}]: ${message}${mend}`);
    return exitCodeOfError(code);
  }
  const { state, pause } = report.run;
  const exitCode = exitCodeOfRun(report.run);
  const line = { run_id: id, state, exit_code: exitCode, ...(pause && { pause: pause.reason }) };
  const text = `${id}  ${state}${pause === null ? '' : `  (${pause.reason})`}`;
  await writeText(session, `${session.format === 'human' ? text : JSON.stringify(line)}\n`);
  return exitCode;
}

/** Tells of each run once, however often it is met. */
function tellOnce(warn: TellUnreadable): TellUnreadable {
  const told = new Set<RunId>();
  return async (id, why) => {
    if (told.has(id)) return;
    told.add(id);
    await warn(id, why);
  };
}
