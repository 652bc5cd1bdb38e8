import { setTimeout as sleep } from 'node:timers/promises';

import type { Run } from '../../domain/run/run.js';
import { isStill } from '../../domain/run/runnable.js';
import type { RunEvent } from '../../domain/run/events.js';
import type { RunId } from '../../domain/values/ids.js';
import { createProgress, type Progress } from '../../ui/progress.js';
import { openEventSink } from '../output/event-sink.js';
import { reportRun } from '../output/report-run.js';
import { exitCodeOfRun, exitCodeOfSignal } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';
import { Stopping } from '../session/stopping.js';

/** How often a run is looked at that tells nothing, in milliseconds: nobody tells that its process died. */
const LOOK_MS = 1_000;

/** Reading a log takes at most this part of the time, however long it is. */
const READING_PART = 1 / 5;

/** The least time between two looks, in milliseconds. */
const APART_MS = 50;

/**
 * Shows a run that others drive, from its beginning, until it has ended or waits for a person. Gives the exit code that
 * driving it would have. A signal only ends the showing.
 */
export async function followRun(given: Session, id: RunId): Promise<number> {
  const session: Session = { ...given, format: formOf(given) };
  const stopping = new Stopping(session.io);
  const { run: before, owner } = await session.services.store.requireRun(id);
  const progress = await progressOf(session, before);
  const sink = openEventSink(session);
  const isOver = owner === undefined && isStill(before);
  if (session.format === 'human' && session.io.streams.out.isTerminal && !isOver) {
    await session.note(session.look.colour.dim('Ctrl-C ends the showing, not the run.\n'));
  }
  try {
    const run = await stopping.guard((signal) =>
      untilStill(session, id, {
        signal,
        told(event) {
          sink.write(event);
          progress?.listener(event);
        },
      }),
    );
    progress?.stop();
    if (run === undefined) return exitCodeOfSignal(stopping.stoppedBy ?? 'SIGINT');
    const code = exitCodeOfRun(run);
    await reportRun(session, run, code);
    await sink.end(run, code);
    return code;
  } finally {
    progress?.stop();
    stopping.release();
  }
}

/** JSON of what happens comes line by line; where nobody says otherwise, it is shown for people, also in a pipe. */
function formOf({ format, services: { settings } }: Session): Session['format'] {
  if (format !== 'json') return format;
  return settings.format === undefined ? 'human' : 'ndjson';
}

async function progressOf(session: Session, { plan_id: planId }: Run): Promise<Progress | undefined> {
  if (session.isQuiet) return undefined;
  const { io, services, format, look, options } = session;
  const plan = await services.store.readPlan(planId);
  const { streams } = io;
  // The lines are what was asked for: a pipe gets them.
  const isResult = format === 'human' && options.out === undefined && !streams.out.isTerminal;
  return createProgress({
    streams: isResult ? { ...streams, err: streams.out } : streams,
    environment: io.environment,
    steps: plan?.steps ?? [],
    look,
    verbose: session.isVerbose,
  });
}

/** Tells every event once. Gives the run as it is when nobody drives it any more; undefined when the signal came first. */
async function untilStill(
  { services: { store } }: Session,
  id: RunId,
  { signal, told }: { signal: AbortSignal; told(event: RunEvent): void },
): Promise<Run | undefined> {
  let changed = new AbortController();
  const stop = await store.watch({ runs: [id], lists: false }, () => changed.abort());
  let seen = 0;
  try {
    while (!signal.aborted) {
      changed = new AbortController();
      const since = performance.now();
      // Before the events: what it says then is among them.
      const { run, owner, hasLog } = await store.requireRun(id);
      const events = hasLog ? await store.readEvents(id) : [];
      for (const event of events.filter(({ seq }) => seq > seen)) told(event);
      seen = events.at(-1)?.seq ?? seen;
      if (owner === undefined && isStill(run)) return run;
      await pause(APART_MS + (performance.now() - since) / READING_PART, [signal]);
      await pause(LOOK_MS, [signal, changed.signal]);
    }
    return undefined;
  } finally {
    await stop();
  }
}

/** Waits until the time is over, or one of the signals comes. */
async function pause(ms: number, signals: AbortSignal[]): Promise<void> {
  // Ended by a signal it rejects, which is not a failure.
  await sleep(ms, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
}
