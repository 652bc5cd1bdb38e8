import type { ClarificationHandler } from '../clarifications/clarification-handler.js';
import { PortiaError } from '../domain/errors.js';
import type { RunEvent } from '../domain/events.js';
import type { Plan } from '../domain/plan.js';
import type { Run } from '../domain/run.js';
import { Interruption } from '../executor/interruption.js';
import { keepSubPlans } from '../library/load-sub-plans.js';
import type { DriveOptions } from '../executor/open-run.js';
import { createProgress, type Progress } from '../ui/progress.js';
import { EXIT, exitCodeOfError, exitCodeOfRun } from './exit-codes.js';
import { readGivenAnswers, type GivenAnswers } from './given-answers.js';
import { openEventSink } from './event-sink.js';
import { reportRun, warnUnused } from './report-run.js';
import type { Session } from './session.js';

/** Drives a run with everything a command line offers, reports how it ended, and gives the exit code. */
export async function drive(
  session: Session,
  plan: Plan | undefined,
  work: (options: DriveOptions, given: GivenAnswers) => Promise<Run>,
): Promise<number> {
  const given = await readGivenAnswers(session, session.options.answer ?? []);
  const controller = new AbortController();
  let signal: string | undefined;
  const stop = (name: string) => {
    signal ??= name;
    controller.abort(new Interruption(name));
  };
  const release = session.io.onStop(stop);
  const sink = openEventSink(session);
  const progress = await showProgress(session, plan);
  try {
    const run = await work(
      {
        store: session.services.store,
        services: await session.services.executor(),
        readSubPlans: async (outer) => keepSubPlans(outer, session.services.store),
        listener(event: RunEvent) {
          sink.write(event);
          progress?.listener(event);
        },
        signal: controller.signal,
        answering: {
          inAdvance: (questions) => given.forQuestions(questions),
          handler: createHandler(session, { given, progress, stop }),
        },
      },
      given,
    );
    progress?.stop();
    await warnUnused(session, run, given);
    const exitCode = exitCodeOfRun(run, signal);
    await reportRun(session, run, exitCode);
    await sink.end(run, exitCode);
    return exitCode;
  } catch (error) {
    await sink.fail(error instanceof PortiaError ? exitCodeOfError(error.code) : EXIT.failed);
    throw error;
  } finally {
    progress?.stop();
    release();
  }
}

async function showProgress(session: Session, plan: Plan | undefined): Promise<Progress | undefined> {
  if (session.isQuiet) return undefined;
  const { streams, environment } = session.io;
  return createProgress({
    streams,
    environment,
    steps: plan?.steps ?? [],
    look: session.look,
    verbose: session.isVerbose,
  });
}

/** Asks at the terminal, when a person is there and did not say to ask later. Loaded at the first question. */
function createHandler(
  session: Session,
  parts: { given: GivenAnswers; progress: Progress | undefined; stop: (name: string) => void },
): ClarificationHandler | undefined {
  if (!session.prompting.yes || session.options.detachOnClarification) return undefined;
  return {
    async ask(questions, options) {
      const { createTerminalHandler } = await import('../ui/terminal-handler.js');
      const handler = createTerminalHandler({
        streams: session.io.streams,
        look: session.look,
        validate: await parts.given.validate(questions),
        progress: parts.progress,
        onInterrupt: () => parts.stop('SIGINT'),
      });
      return handler.ask(questions, options);
    },
  };
}
