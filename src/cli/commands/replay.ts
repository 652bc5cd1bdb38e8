import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { noSuchStep, replayRecording, replayRun } from '../../app/replay/replay-run.js';
import {
  BEGINNING,
  sourceInFile,
  sourcesInFolder,
  storedSource,
  type OpenedSource,
  type ReplaySource,
} from '../../app/replay/replay-sources.js';
import { fromCwd } from '../../app/services.js';
import { exitCodeOfError } from '../session/exit-codes.js';
import { plainCommand, portia, portiaTyped } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { isStep } from '../../domain/plan/step-selector.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { Json } from '../../domain/values/json.js';
import { differenceJson } from '../../ui/replay-json.js';
import { replayView, type ReplayedRun } from '../../ui/replay-view.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { findRun, loadPlan, STDIN } from '../input/references.js';
import { createSession, type Session } from '../session/session.js';
import { untilStopped } from '../session/stopping.js';

const FLAGS = {
  plan: flag.text('--plan <plan>', 'play this plan instead of the one that was recorded'),
  until: flag.text('--until <step>', 'stop before this step: its path, name or output'),
};

type ReplayOptions = OptionsOf<typeof FLAGS>;

/** Plays runs again from what they recorded, and says what differs. */
export const command = defineCommand({
  about:
    'Plays runs in memory: every reply of a model, result of a tool and answer comes from the recording, and ' +
    'expressions, conditions and loops are done again. No model, tool, program or server is touched, and nothing is ' +
    'written. A run may also be a file that portia export wrote, or a folder of such files. Exit 0: same. Exit 1: ' +
    'differs. Exit 2: cannot be read. Exit 6: the plan is not the recorded one.',
  examples: [
    ['portia replay last', 'the newest run'],
    ['portia replay runs/', 'all runs of the project, for instance before an upgrade'],
    ['portia replay last --plan plan.json', 'what another plan would have done'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const sources = await sourcesOf(session, invocation.parameters);
    const plan = session.options.plan === undefined ? undefined : (await loadPlan(session, session.options.plan)).plan;
    return untilStopped(session.io, async (signal) => replayAll(session, sources, { plan, signal }), interrupted);
  },
});

interface Replay {
  plan: Plan | undefined;
  signal: AbortSignal;
}

async function replayAll(session: Session<ReplayOptions>, sources: ReplaySource[], replay: Replay): Promise<number> {
  const [only] = sources;
  if (sources.length === 1 && only !== undefined) {
    const run = await replayOne(session, only, replay);
    await session.print({ record: jsonOf(run), human: (look) => replayView([run], look) });
    return run.differences.length === 0 ? EXIT.complete : EXIT.failed;
  }
  const runs: ReplayedRun[] = [];
  const refused: { name: string; error: PortiaError }[] = [];
  for (const source of sources) {
    try {
      runs.push(await replayOne(session, source, replay));
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      refused.push({ name: source.name, error });
    }
  }
  for (const { name, error } of refused) await session.warn(`${name} was not played. ${error.message}`);
  await session.print({
    record: [
      ...runs.map(jsonOf),
      ...refused.map(({ name, error }) => ({ run: name, same: null, error: error.message })),
    ],
    human: (look) => replayView(runs, look),
  });
  const [first] = refused;
  if (first !== undefined) return exitCodeOfError(first.error.code);
  return runs.every(({ differences }) => differences.length === 0) ? EXIT.complete : EXIT.failed;
}

async function replayOne(
  { io, options }: Session<ReplayOptions>,
  source: ReplaySource,
  { plan, signal }: Replay,
): Promise<ReplayedRun> {
  const opened = await source.open();
  const { until } = options;
  const play = {
    ...{ plan, signal, cpuTime: () => io.cpuTime() },
    ...(until !== undefined && { until: (path: string, of: Plan) => isStep(of, path, until) }),
  };
  const played =
    opened.kind === 'recording'
      ? await replayRecording(opened.recording, play)
      : await replayRun(opened.id, { store: opened.store, ...play });
  if (until !== undefined && played.stoppedAt === undefined && played.differences.length === 0)
    throw noSuchStep(source.name, until);
  return { name: source.name, ...played, again: portia('run-plan', played.run.plan_id) };
}

function jsonOf({ name, differences, notes, calls, stoppedAt }: ReplayedRun): Json {
  return {
    run: name,
    same: differences.length === 0,
    calls,
    notes: { ...notes },
    stopped_at: stoppedAt ?? null,
    differences: differences.map(differenceJson),
  };
}

async function sourcesOf(session: Session, words: readonly string[]): Promise<ReplaySource[]> {
  const sources: ReplaySource[] = [];
  for (const word of words) sources.push(...(await sourcesNamed(session, word)));
  return sources;
}

async function sourcesNamed(session: Session, word: string): Promise<ReplaySource[]> {
  const { store, settings } = session.services;
  const path = fromCwd(session.services, word);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) {
    if (path === join(settings.storageDir.value, 'runs')) return storedRuns(session);
    const sources = await sourcesInFolder(path, word);
    if (sources.length === 0) throw nothingIn(word);
    return sources;
  }
  if (word === '-') return [{ name: STDIN, open: async () => openInput(session) }];
  const source = found?.isFile() === true ? sourceOf(session, word) : undefined;
  if (source !== undefined) return [source];
  return [storedSource(await findRun(session, word), store)];
}

/** What it is shows only once it is read. */
async function openInput(session: Session): Promise<OpenedSource> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of session.openText('-')) chunks.push(chunk);
  const text = Buffer.concat(chunks);
  const source = sourceInFile(STDIN, text.subarray(0, BEGINNING).toString(), () => Readable.from([text]));
  if (source === undefined) throw notPlayable();
  return source.open();
}

function sourceOf(session: Session, word: string): ReplaySource | undefined {
  const beginning = Buffer.from(session.readBeginning(word)).toString();
  return sourceInFile(word, beginning, () => session.openText(word));
}

/** Those that are parts of others are played with them. */
async function storedRuns({ services: { store } }: Session): Promise<ReplaySource[]> {
  const ids = await store.listRunIds();
  const briefs = await Promise.all(ids.map(async (id) => store.requireRun(id)));
  return briefs.filter(({ run }) => run.parent_run === undefined).map(({ run }) => storedSource(run.id, store));
}

function notPlayable(): PortiaError {
  return new PortiaError('unreadable', 'Standard input is neither an exported run nor a recording.', {
    fix: portiaTyped('export', 'RUN --as recording | portia replay -'),
  });
}

function nothingIn(folder: string): PortiaError {
  return new PortiaError('not-found', `There is no exported run in ${folder}.`, {
    why: 'Files of portia export end with .ndjson.',
    fix: `To write one: ${plainCommand(portia('export', 'last', '-o', `${folder.replace(/\/$/, '')}/run.ndjson`))}`,
  });
}

function interrupted(signal: string): PortiaError {
  return new PortiaError('interrupted', `The replay was stopped by ${signal}.`, { fix: portia('replay', 'last') });
}
