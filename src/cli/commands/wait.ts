import { setTimeout as sleep } from 'node:timers/promises';

import { PortiaError } from '../../domain/errors.js';
import { advice, portia, portiaTyped } from '../../domain/next-step.js';
import type { Run } from '../../domain/run/run.js';
import { isStill } from '../../domain/run/runnable.js';
import type { RunId } from '../../domain/values/ids.js';
import { findRun } from '../input/references.js';
import { reportRun } from '../output/report-run.js';
import { defineCommand } from '../session/command.js';
import { EXIT, exitCodeOfBatch, exitCodeOfRun, exitCodeOfSignal } from '../session/exit-codes.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { readDuration } from '../session/read-limits.js';
import { createSession, type Session } from '../session/session.js';
import { Stopping } from '../session/stopping.js';

const FLAGS = { timeout: flag.text('--timeout <duration>', 'wait at most so long: 90s, 10m, 1h') };

type WaitSession = Session<OptionsOf<typeof FLAGS>>;

/** How often a run is looked at, in milliseconds. */
const LOOK_MS = 500;

/** Waits until runs end or ask, which others drive. */
export const command = defineCommand({
  about:
    'Waits until each run has ended or needs a person, and prints it. It drives nothing: a worker does. It exits as the run would: 0 ' +
    'when it is COMPLETE, 1 when it failed, 8 when it asks. Of several runs it exits as a batch does. When the time is ' +
    'over it exits with 3.',
  examples: [['portia wait last --timeout 10m', 'the newest run']],
  hasValue: true,
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const ids = await runsToWaitFor(session, invocation.parameters);
    const stopping = new Stopping(session.io);
    try {
      const codes = await stopping.guard(async (signal) => waitForAll(session, ids, signal));
      if (stopping.stoppedBy !== undefined) return exitCodeOfSignal(stopping.stoppedBy);
      const [only = EXIT.complete] = codes;
      return codes.length === 1 ? only : exitCodeOfBatch(codes);
    } finally {
      stopping.release();
    }
  },
});

async function runsToWaitFor(session: WaitSession, names: readonly string[]): Promise<RunId[]> {
  if (session.options.out !== undefined && names.length > 1) {
    throw new PortiaError('usage', '--out takes one run.', {
      why: 'Each run would replace the one before in the file.',
      fix: advice`${portiaTyped('wait', 'RUN RUN')} > runs.json`,
    });
  }
  const ids: RunId[] = [];
  for (const name of names) ids.push(await findRun(session, name));
  return ids;
}

/** The exit codes, in the order of the runs. */
async function waitForAll(session: WaitSession, ids: readonly RunId[], signal: AbortSignal): Promise<number[]> {
  const ms = readDuration(session.options.timeout, '--timeout 10m');
  const end = ms === undefined ? Number.POSITIVE_INFINITY : performance.now() + ms;
  const codes = [];
  for (const id of ids) {
    const run = await untilStill(session, id, { end, signal });
    if (signal.aborted) return codes;
    const code = exitCodeOfRun(run);
    // Elsewhere its events have told of it already.
    if (session.format === 'ndjson') await session.print({ record: run, human: () => '' });
    await reportRun(session, run, code);
    codes.push(code);
  }
  return codes;
}

/** The run once nobody drives it, and nobody will before a person does something. Throws `timed-out`. */
async function untilStill(
  { services: { store } }: WaitSession,
  id: RunId,
  { end, signal }: { end: number; signal: AbortSignal },
): Promise<Run> {
  for (;;) {
    const { run, owner } = await store.requireRun(id);
    if (signal.aborted || (owner === undefined && isStill(run))) return run;
    if (performance.now() >= end) throw stillGoing(run);
    await sleep(LOOK_MS);
  }
}

function stillGoing({ id, queue }: Run): PortiaError {
  return new PortiaError('timed-out', `${id} has not ended in that time.`, {
    why: queue === undefined ? 'A process drives it.' : 'A worker continues it, or will.',
    fix: portia('wait', id),
    retryable: true,
    runId: id,
  });
}
