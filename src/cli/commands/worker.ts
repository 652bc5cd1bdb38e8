import { loadSubPlans } from '../../app/plans/load-sub-plans.js';
import { openSeal } from '../../app/seal.js';
import { RUNS_AT_A_TIME } from '../../app/run-limits.js';
import { PortiaError } from '../../domain/errors.js';
import { advice, portia, spellAdvice } from '../../domain/next-step.js';
import type { RunId } from '../../domain/values/ids.js';
import { requireOpenable } from '../../executor/sealed-answers.js';
import type { TellUnreadable } from '../../storage/run-queue.js';
import { createGivenAnswers } from '../input/given-answers.js';
import { driveOptions } from '../runs/drive.js';
import { DueSchedules } from '../runs/due-schedules.js';
import { Worker, type WorkerReport } from '../runs/worker.js';
import { defineCommand } from '../session/command.js';
import { EXIT, exitCodeOfRun, exitCodeOfSignal } from '../session/exit-codes.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { LIMIT_FLAGS, MODEL_FLAGS, RUN_FLAGS, type GlobalOptions } from '../session/options.js';
import { readDuration } from '../session/read-limits.js';
import { requireTrustForRun } from '../trust/require-trust.js';
import { createSession, writeText, type Session } from '../session/session.js';
import { Stopping } from '../session/stopping.js';

/** Of a run that somebody starts or resumes: nobody answers here, and the run knows whom it is for. */
const {
  answer: _answer,
  answers: _answers,
  endUser: _endUser,
  endUserData: _endUserData,
  detachOnClarification: _detach,
  ...RIGHTS
} = RUN_FLAGS;

const FLAGS = {
  ...MODEL_FLAGS,
  ...RIGHTS,
  ...LIMIT_FLAGS,
  label: flag.list('--label <name>', 'only runs with this label (repeatable)'),
  untilIdle: flag.toggle('--until-idle', 'end when no run can be continued now'),
  grace: flag.text('--grace <duration>', 'after a signal, let runs finish so long: 10s, 5m (default: 10s)'),
};

type WorkerSession = Session<OptionsOf<typeof FLAGS>>;

const GRACE_MS = 10_000;

/** Continues the runs that were left to workers. */
export const command = defineCommand({
  about:
    'Continues runs that run-plan --queue left to workers, up to --jobs at a time: new ones, those whose questions were ' +
    'answered, those whose process has ended, and those that waited for something unavailable. So does it with runs ' +
    'that wait for a time, whoever started them. A run that asks is left until somebody answers it; nobody is asked here. Any number of workers may work on one store. After a signal no ' +
    'other run is begun; those under way get --grace to finish, and are saved then.',
  examples: [
    ['portia worker --until-idle', 'what can be continued now, e.g. from cron'],
    ['portia worker --jobs 8 --label nightly --until-idle', 'only runs of run-plan --queue --label nightly'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const { jobs = RUNS_AT_A_TIME } = invocation.options;
    refuseFiles(invocation.options);
    const session = await createSession(invocation, { jobs: 1, calls: jobs });
    const stopping = new Stopping(session.io);
    try {
      await workUntilStopped(session, stopping, jobs);
      return stopping.stoppedBy === undefined ? EXIT.complete : exitCodeOfSignal(stopping.stoppedBy);
    } finally {
      stopping.release();
    }
  },
});

/** Its runs keep their events, and a file would have its last line only. */
function refuseFiles({ out, events }: Partial<GlobalOptions>): void {
  if (out === undefined && events === undefined) return;
  throw new PortiaError('usage', `portia worker does not take ${out === undefined ? '--events' : '--out'}.`, {
    why: 'It prints a line for each run, and the runs themselves keep what happened.',
    fix: advice`${portia('worker')} > runs.ndjson`,
  });
}

async function workUntilStopped(session: WorkerSession, stopping: Stopping, jobs: number): Promise<void> {
  const { options, services } = session;
  const graceMs = readDuration(options.grace, '--grace 10s') ?? GRACE_MS;
  const due = new DueSchedules(session, options.label);
  const worker = new Worker({
    queue: services.store.queue,
    limits: services.settings.limits,
    tellUnreadable: tellOnce((id, why) =>
      session.warn(`${id} cannot be continued: ${why} To see more: ${session.speech.spell(portia('show', id))}`),
    ),
    jobs,
    labels: options.label,
    startDue: () => due.look(),
    untilIdle: options.untilIdle ?? false,
    drive: async (id, signal) => {
      await prepareTools(session, id);
      const given = createGivenAnswers([], session.warn);
      return driveOptions(session, { given, listener: () => undefined, signal, stayMs: 0 });
    },
    report: (report) => tell(session, report),
    onTrouble: (error) => session.warn(`${error.message} The worker tries again until it can be reached.`),
  });
  await stopping.guard(async (stop) => {
    const interrupt = new AbortController();
    const onStop = () => setTimeout(() => interrupt.abort(stop.reason), graceMs).unref();
    stop.addEventListener('abort', onStop, { once: true });
    await worker.work({ stop, interrupt: interrupt.signal });
  });
}

/** What is wrong with the plan is said when the run is resumed. */
async function prepareTools(session: WorkerSession, id: RunId): Promise<void> {
  const { store, toolsToRun } = session.services;
  const { run } = await store.requireRun(id);
  await requireOpenable(run, store, openSeal(session.io.environment));
  const plan = await store.readPlan(run.plan_id);
  if (plan === undefined) return;
  const plans = [plan, ...(await loadSubPlans(plan, store)).values()];
  await requireTrustForRun(session, plans);
  await toolsToRun(plans);
}

/** A line for each run that a worker let go. */
async function tell(session: WorkerSession, report: WorkerReport): Promise<void> {
  const { id } = report;
  if ('error' in report) {
    const { code, message, details } = report.error;
    const fix = details.fix && spellAdvice(details.fix, session.speech.spell).replaceAll('\n', '. ');
    const mend = fix === undefined ? '' : ` To mend it: ${fix}`;
    await session.warn(`${id} was not continued [${code}]: ${message}${mend}`);
    return;
  }
  const { state, pause } = report.run;
  const exitCode = exitCodeOfRun(report.run);
  const line = { run_id: id, state, exit_code: exitCode, ...(pause && { pause: pause.reason }) };
  const text = `${id}  ${state}${pause === null ? '' : `  (${pause.reason})`}`;
  await writeText(session, `${session.format === 'human' ? text : JSON.stringify(line)}\n`);
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
