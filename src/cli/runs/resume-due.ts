import { RUNS_AT_A_TIME } from '../../app/run-limits.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { dueQueue } from '../../storage/due-queue.js';
import { exitCodeOfBatch, exitCodeOfSignal } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';
import { Stopping } from '../session/stopping.js';
import { continueRuns, type DrivingSession } from './continue-runs.js';

/** Flags that are about one run. */
interface OneRun {
  answer?: unknown;
  answers?: unknown;
  done?: unknown;
  skip?: unknown;
  takeOver?: unknown;
  acceptChanged?: unknown;
  acceptRecorded?: unknown;
}

/** Continues every run whose time has come or whose event was told. Exits as a batch of these runs does. */
export async function resumeDue(session: DrivingSession & Session<OneRun>, run: string | undefined): Promise<number> {
  refuseOneRun(session.options, run);
  const stopping = new Stopping(session.io);
  try {
    const queue = dueQueue(session.services.store);
    const codes = await continueRuns(session, stopping, {
      queue,
      startDue: async () => false,
      jobs: RUNS_AT_A_TIME,
      untilIdle: true,
    });
    return stopping.stoppedBy === undefined ? exitCodeOfBatch(codes) : exitCodeOfSignal(stopping.stoppedBy);
  } finally {
    stopping.release();
  }
}

function refuseOneRun(options: OneRun, run: string | undefined): void {
  const { answer, answers, done, skip, takeOver, acceptChanged, acceptRecorded } = options;
  const isAboutOne = [run, answer, answers, done, skip, takeOver, acceptChanged, acceptRecorded].some(
    (given) => given !== undefined,
  );
  if (!isAboutOne) return;
  throw new PortiaError('usage', '--due takes no run, and no answers or settlements.', {
    why: 'It continues every run whose time has come or whose event was told, and what is given for one run is not for another.',
    fix: portia('resume', '--due'),
  });
}
