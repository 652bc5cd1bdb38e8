import type { ClarificationHandler } from '../../clarifications/clarification-handler.js';
import { messageOf, PortiaError, type ErrorCode } from '../../domain/errors.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { RunId } from '../../domain/values/ids.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Run } from '../../domain/run/run.js';
import type { DriveOptions } from '../../executor/open-run.js';
import type { Patience } from '../../executor/services.js';
import { STAY_MS, type Staying } from '../../executor/staying.js';
import { keepSubPlans } from '../../app/plans/load-sub-plans.js';
import { viewInPager } from '../output/plan-picture.js';
import { createProgress, type Progress } from '../../ui/progress.js';
import { consentRules } from './consent-rules.js';
import { EXIT, exitCodeOfError, exitCodeOfRun } from '../session/exit-codes.js';
import { inLittleMemory } from './little-memory.js';
import { refuseFieldsBut, RUN_KEYS } from '../session/output-fields.js';
import { textEditor } from '../input/edit-text.js';
import { readGivenAnswers, type GivenAnswers } from '../input/given-answers.js';
import { openEventSink, type EventSink } from '../output/event-sink.js';
import { printQuestions, printResult, reportRun, warnUnused } from '../output/report-run.js';
import { WAIT_EXAMPLE, type DriveFlags } from '../session/options.js';
import { readDuration } from '../session/read-limits.js';
import { whoAnswers, type Session } from '../session/session.js';
import { signalOfPrompt, Stopping } from '../session/stopping.js';

/** What the picture of a run that is driven shows: its plan, and the run as it was before. */
export interface ShownRun {
  plan: Plan | undefined;
  before?: Run | undefined;
}

/** Drives a run with everything a command line offers, reports how it ended, and gives the exit code. */
export async function drive(
  session: Session<DriveFlags>,
  shown: ShownRun,
  work: (options: DriveOptions, given: GivenAnswers, pause: PausePicture) => Promise<Run>,
): Promise<number> {
  refuseFieldsBut(RUN_KEYS, session.options.fields);
  const given = await readGivenAnswers(session, session.options.answer ?? []);
  const stopping = new Stopping(session.io);
  const sink = openEventSink(session);
  const progress = await showProgress(session, shown);
  const listener = (event: RunEvent) => {
    sink.write(event);
    progress?.listener(event);
  };
  const onProgress: DriveOptions['onProgress'] = (told) => progress?.tell(told);
  const onText = tellingText(session, { sink, progress });
  const handler = createHandler(session, { given, progress, stop: stopping.stop });
  try {
    const run = await stopping.guard(async (signal) => {
      const options = await driveOptions(session, { given, listener, onProgress, onText, signal, handler });
      return inLittleMemory(shown.plan, async () => work(options, given, (ask) => paused(progress, ask)));
    });
    progress?.stop();
    await warnUnused(session, run, given);
    const exitCode = exitCodeOfRun(run, stopping.stoppedBy);
    await reportRun(session, run, exitCode);
    await sink.end(run, exitCode);
    return exitCode;
  } catch (error) {
    await sink.fail(error instanceof PortiaError ? exitCodeOfError(error.code) : EXIT.failed);
    if (error instanceof PortiaError && LEAVES_A_RUN.has(error.code)) await printStored(session, error);
    throw error;
  } finally {
    progress?.stop();
    stopping.release();
  }
}

/** Who is told what models say while they say it; undefined when nobody could see it. */
function tellingText(
  { options: { stream } }: Session<DriveFlags>,
  { sink, progress }: { sink: EventSink; progress: Progress | undefined },
): DriveOptions['onText'] {
  if (stream !== true || !(sink.isOpen || progress?.isMoving)) return undefined;
  return (told) => {
    const { runId: run_id, path, key, at, text } = told;
    sink.write({ v: 1, type: 'model.text', run_id, path, key, at, text });
    progress?.tellText(told);
  };
}

/** Asks something while the moving line is hidden. */
export type PausePicture = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

async function paused<Answer>(progress: Progress | undefined, ask: () => Promise<Answer>): Promise<Answer> {
  progress?.pause();
  try {
    return await ask();
  } finally {
    progress?.resume();
  }
}

/**
 * Errors of a run that exists here and that no other process drives: its record is the result, as after any other end.
 */
const LEAVES_A_RUN: ReadonlySet<ErrorCode> = new Set(['storage-failed', 'declined']);

async function printStored(session: Session, { details: { runId } }: PortiaError): Promise<void> {
  // The error says what keeps it from being read.
  const stored =
    runId === undefined ? undefined : await session.services.store.readRun(runId as RunId).catch(() => undefined);
  if (stored !== undefined) await printResult(session, stored.run);
}

/** What every run that a command drives is given. */
export async function driveOptions(
  session: Session<Partial<DriveFlags>>,
  run: Pick<DriveOptions, 'listener' | 'onProgress' | 'onText' | 'signal'> & {
    given: GivenAnswers;
    handler?: ClarificationHandler | undefined;
    /** How long it stays at a step that waits, when no flag says so. */
    stayMs?: number | undefined;
  },
): Promise<DriveOptions> {
  const { given, listener, onProgress, onText, signal, handler } = run;
  const { services } = session;
  return {
    store: services.store,
    services: await services.executor(),
    readSubPlans: async (outer) => keepSubPlans(outer, services.store),
    listener,
    onProgress,
    onText,
    signal,
    answering: {
      inAdvance: (questions) => given.forQuestions(questions),
      early: given.early,
      handler,
      by: whoAnswers(session),
      patience: patienceOf(session),
    },
    staying: stayingOf(session.options, run.stayMs),
    consentRules: await consentRules(session),
    flags: stubFlags(session.options),
  };
}

/** How a drive waits, in the words of the flags; `stayMs` when they do not say. A rehearsal does not wait. */
export function stayingOf(
  { wait, dryRun: isRehearsal = false }: Partial<Pick<DriveFlags, 'wait' | 'dryRun'>>,
  stayMs = STAY_MS,
): Staying {
  return { ms: readDuration(wait, WAIT_EXAMPLE) ?? stayMs, isRehearsal };
}

/** The person is told what to do, and what continues the run when it waits in vain. */
function patienceOf(session: Session<Partial<DriveFlags>>): Patience | undefined {
  const { wait } = session.options;
  const ms = readDuration(wait, WAIT_EXAMPLE);
  if (ms === undefined) return undefined;
  return {
    ms,
    async tell(run) {
      await printQuestions(session, run);
      await session.note(`Waiting up to ${wait} until it is done …\n`);
    },
  };
}

/** A run that was started with stubs continues only with them. What they gave is not kept; VALUE stands for it. */
function stubFlags({ dryRun = false, stub = [] }: Partial<Pick<DriveFlags, 'dryRun' | 'stub'>>): string[] {
  const values = stub.map((text) => text.replace(/=.*$/s, '=VALUE'));
  return [...(dryRun ? ['--dry-run'] : []), ...values.flatMap((value) => ['--stub', value])];
}

async function showProgress(session: Session, { plan, before }: ShownRun): Promise<Progress | undefined> {
  if (session.isQuiet) return undefined;
  const { streams, environment } = session.io;
  return createProgress({
    streams,
    environment,
    steps: plan?.steps ?? [],
    before,
    look: session.look,
    verbose: session.isVerbose,
  });
}

/** True when the address is one at which a person signs in, and the person has come back from there. */
async function untilSignedIn(session: Session, url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const signIn = (await session.services.signIns()).waitingAt(url);
    await signIn?.untilSignedIn(signal);
    return signIn !== undefined;
  } catch (error) {
    if (!signal.aborted) await session.warn(`Portia cannot tell when you have signed in: ${messageOf(error)}`);
    return false;
  }
}

/** Asks at the terminal, when a person is there and did not say to ask later. Loaded at the first question. */
function createHandler(
  session: Session<DriveFlags>,
  parts: { given: GivenAnswers; progress: Progress | undefined; stop: (name: string) => void },
): ClarificationHandler | undefined {
  if (!session.prompting.yes || session.options.detachOnClarification) return undefined;
  return {
    async ask(questions, options) {
      const { createTerminalHandler } = await import('../../ui/terminal-handler.js');
      const handler = createTerminalHandler({
        streams: session.io.streams,
        look: session.look,
        validate: await parts.given.validate(questions),
        progress: parts.progress,
        untilDone: async ({ action_url: url }, signal) => untilSignedIn(session, url, signal),
        onInterrupt: () => parts.stop(signalOfPrompt(session.io)),
        view: (text) => viewInPager(session, text),
        edit: textEditor(session),
      });
      return handler.ask(questions, options);
    },
  };
}
