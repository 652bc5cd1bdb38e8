import { RUNS_AT_A_TIME } from '../../app/run-limits.js';
import { PortiaError } from '../../domain/errors.js';
import { advice, portia } from '../../domain/next-step.js';
import type { RunId } from '../../domain/values/ids.js';
import { continueRuns } from '../runs/continue-runs.js';
import { queueForTools } from '../runs/queue-for-tools.js';
import { DueSchedules } from '../runs/due-schedules.js';
import { defineCommand } from '../session/command.js';
import { EXIT, exitCodeOfSignal } from '../session/exit-codes.js';
import { flag } from '../session/flags.js';
import { LIMIT_FLAGS, MODEL_FLAGS, RUN_FLAGS, type GlobalOptions } from '../session/options.js';
import { readDuration } from '../session/read-limits.js';
import { createSession, type Session } from '../session/session.js';
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
  labels: flag.list('--label, --labels <name>', 'only runs with this label (repeatable)'),
  tools: flag.list('--tools <glob>', 'only runs whose plans call no other tools (repeatable)'),
  untilIdle: flag.toggle('--until-idle', 'end when no run can be continued now'),
  grace: flag.text('--grace <duration>', 'after a signal, let runs finish so long: 10s, 5m (default: 10s)'),
};

/** Continues the runs that were left to workers. */
export const command = defineCommand({
  about:
    'Continues runs that run-plan --queue left to workers, up to --jobs at a time: new ones, those whose questions were ' +
    'answered, those whose process has ended, and those that waited for something unavailable. So it does with ' +
    'runs whose time has come or whose event was told, whoever started them. A run that asks is left until somebody ' +
    'answers it; nobody is asked here. Any number of workers may work on one store. After a signal no other run is begun; ' +
    'those under way get --grace to finish, and are saved then.',
  examples: [
    ['portia worker --until-idle', 'what can be continued now, e.g. from cron'],
    ['portia worker --tools "*sql*" --until-idle', 'only runs that call no tools but these'],
    ['portia worker --jobs 8 --label nightly --until-idle', 'only runs of run-plan --queue --label nightly'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const { jobs = RUNS_AT_A_TIME } = invocation.options;
    refuseFiles(invocation.options);
    const session = await createSession(invocation, { jobs: 1, calls: jobs });
    const stopping = new Stopping(session.io);
    try {
      const { store } = session.services;
      const { tools } = session.options;
      const queue = tools === undefined ? store.queue : await queueForTools(store, store.queue, tools);
      const { labels, untilIdle = false, grace } = session.options;
      const graceMs = readDuration(grace, '--grace 10s');
      const due = new DueSchedules(session, labels);
      await continueRuns(session, stopping, {
        queue,
        startDue: () => due.look(),
        jobs,
        labels,
        untilIdle,
        graceMs,
      });
      if (untilIdle) await tellOfOthers(session);
      return stopping.stoppedBy === undefined ? EXIT.complete : exitCodeOfSignal(stopping.stoppedBy);
    } finally {
      stopping.release();
    }
  },
});

/** Runs that are looked at. */
const MOST_OTHERS = 100;

/** A run that nobody left to workers stays ready until its own command: without a word it would look forgotten. */
async function tellOfOthers(session: Session): Promise<void> {
  const { store } = session.services;
  const others: RunId[] = [];
  for await (const brief of store.listRuns({ state: 'READY_TO_RESUME', limit: MOST_OTHERS })) {
    if ('unreadable' in brief || brief.owner !== undefined) continue;
    const { run } = await store.requireRun(brief.id);
    if (run.queue === undefined) others.push(run.id);
  }
  const [first] = others;
  if (first === undefined) return;
  const what =
    others.length === 1
      ? `${first} is ready to resume, but was`
      : `${others.length} runs are ready to resume, but were`;
  await session.warn(
    `${what} not left to workers (run-plan --queue). To continue it here: ${session.speech.spell(portia('resume', first))}`,
  );
}

/** Its runs keep their events, and a file would have its last line only. */
function refuseFiles({ out, events }: Partial<GlobalOptions>): void {
  if (out === undefined && events === undefined) return;
  throw new PortiaError('usage', `portia worker does not take ${out === undefined ? '--events' : '--out'}.`, {
    why: 'It prints a line for each run, and the runs themselves keep what happened.',
    fix: advice`${portia('worker')} > runs.ndjson`,
  });
}
