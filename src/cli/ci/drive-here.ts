import { personHere } from '../../app/person-here.js';
import type { GivenAnswer } from '../../clarifications/answer-flags.js';
import type { PortiaError } from '../../domain/errors.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { Run } from '../../domain/run/run.js';
import type { Person } from '../../domain/run/person.js';
import type { RunId } from '../../domain/values/ids.js';
import type { DriveOptions } from '../../executor/open-run.js';
import { createProgress } from '../../ui/progress.js';
import { createGivenAnswers, type GivenAnswers } from '../input/given-answers.js';
import { openEventSink } from '../output/event-sink.js';
import { toPortiaError } from '../output/report-error.js';
import { driveOptions } from '../runs/drive.js';
import { inLittleMemory } from '../runs/little-memory.js';
import type { ShownRun } from '../runs/drive.js';
import { exitCodeOfError, exitCodeOfRun } from '../session/exit-codes.js';
import { Stopping } from '../session/stopping.js';
import type { CiSession } from './open-session.js';

/** What came of a run that was driven for nobody who is here. */
export interface Driven {
  /** As it is stored; undefined when none was begun. */
  run: Run | undefined;
  /** Why it was not driven to an end of its own. */
  error: PortiaError | undefined;
  exitCode: number;
}

/** Drives a run with these answers; its events and warnings go to the log. Rejects only for a bug. */
export async function driveHere(
  session: CiSession,
  { shown, answers }: { shown: ShownRun; answers: GivenAnswer[] },
  work: (options: DriveOptions, given: GivenAnswers) => Promise<Run>,
): Promise<Driven> {
  const given = createGivenAnswers(answers, session.warn);
  const { io, look, isVerbose: verbose } = session;
  const { plan, before } = shown;
  const progress = await createProgress({ ...io, look, verbose, steps: plan?.steps ?? [], before });
  const sink = openEventSink(session);
  const stopping = new Stopping(io);
  let id: RunId | undefined = before?.id;
  const listener = (event: RunEvent) => {
    id ??= event.run_id;
    sink.write(event);
    progress.listener(event);
  };
  try {
    const run = await stopping.guard(async (signal) =>
      inLittleMemory(plan, async () => {
        const options = await driveOptions(session, { given, listener, signal });
        return work({ ...options, answering: { ...options.answering, by: memberOf(session) } }, given);
      }),
    );
    const exitCode = exitCodeOfRun(run, stopping.stoppedBy);
    await sink.end(run, exitCode);
    return { run, error: undefined, exitCode };
  } catch (thrown) {
    const error = toPortiaError(thrown, io);
    const exitCode = exitCodeOfError(error.code);
    await sink.fail(exitCode);
    const stored = id === undefined ? undefined : await session.services.store.readRun(id);
    return { run: stored?.run, error, exitCode };
  } finally {
    progress.stop();
    stopping.release();
  }
}

/** Who answers, and who starts a run: GitHub vouches for the login of a member. */
function memberOf({ io, options }: CiSession): Person {
  return personHere({ ...io, name: options.by, vouchedBy: 'platform' });
}
