import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, inject } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import type { Run } from '../../src/domain/run/run.js';
import {
  crashPoints,
  effectsOf,
  leaveCrash,
  readUndisturbed,
  type CrashPoint,
  type Undisturbed,
} from './crashed-project.js';
import { listFolder } from './folder-listing.js';
import {
  essence,
  expectNothingAgain,
  forEachSideBySide,
  finishRun,
  remainingScript,
  type FinishOptions,
} from './finish-run.js';
import { untilNobodyWorksIn } from './left-processes.js';
import { startModelServer, type ScriptEntry } from './model-server.js';
import { portiaHere } from './portia-here.js';
import { ended, portia, startPortia, type Ended } from './portia.js';
import { loggedRunIds } from './scenario.js';
import { storedIn } from './tested-store.js';

/** A run that is to be killed everywhere, and what it needs to continue. */
export interface KillScenario extends Pick<FinishOptions, 'flags' | 'answers'> {
  /** Makes the project as it is before the run. */
  project: () => string;
  /** Starts the run; `flags` are added. */
  start: string[];
  /** What its model says, in the order of the calls. */
  script?: ScriptEntry[];
  /** Leaves what the person had done in the project by the time these were recorded. */
  leaveDone?: (folder: string, recorded: RunEvent[]) => void;
}

/** Runs it from start to end, in several processes when it asks. */
export async function runUndisturbed(scenario: KillScenario): Promise<Undisturbed> {
  const folder = scenario.project();
  const args = [...scenario.start, ...(scenario.flags ?? []), '--json', '--no-prompt'];
  return withModel(scenario.script ?? [], async (env) => {
    const begun = await portiaHere(args, { cwd: folder, env });
    const { id } = JSON.parse(begun.stdout) as Run;
    const end = begun.code === 8 ? await finishRun(folder, id, { ...scenario, env }) : begun;
    expect({ code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({ code: 0, stderr: '' });
    return readUndisturbed(folder, id);
  });
}

/** At how many points a run was killed, and how often a person was then asked what became of a call. */
export interface Kills {
  points: number;
  asked: number;
}

/**
 * Kills the run after an event of each kind, once in the middle of a line, and expects the same end from who continues.
 * The slow tests do so after every event.
 */
export async function killAtEachKind(scenario: KillScenario, undisturbed: Undisturbed): Promise<Kills> {
  const points = somePoints(crashPoints(undisturbed.events).filter(isMostlyWhole), undisturbed.events);
  return killAt(points, { scenario, undisturbed, portia: portiaHere });
}

/**
 * Kills the run while each of its tools works, before and after it acts, and expects the same end from who continues. The
 * slow tests do so after every event.
 */
export async function killAtEachCall(scenario: KillScenario, undisturbed: Undisturbed): Promise<Kills> {
  const { events } = undisturbed;
  const isWanted = ({ lines }: CrashPoint) => inject('onlyBinary') || events[lines - 1]?.type === 'tool.started';
  const points = somePoints(crashPoints(events).filter(isMostlyWhole), events).filter(isWanted);
  return killAt(points, { scenario, undisturbed, portia: portiaHere });
}

const isMostlyWhole = ({ torn, lines }: CrashPoint): boolean => !torn || lines % 10 === 0;

/** One of each kind, in the slow tests all. */
export function somePoints(points: CrashPoint[], events: RunEvent[]): CrashPoint[] {
  return inject('onlyBinary') ? points : oneOfEachKind(points, events);
}

/** The middle ones, which in a loop are neither of its first nor of its last round. */
function oneOfEachKind(points: CrashPoint[], events: RunEvent[]): CrashPoint[] {
  const kinds = new Map<string, CrashPoint[]>();
  for (const point of points) {
    const last = events[point.lines - 1];
    if (last === undefined) continue;
    const kind = point.torn ? 'torn' : `${kindOf(last)}, ${point.acted}, ${last.run_id === events[0]?.run_id}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), point]);
  }
  return [...kinds.values()].flatMap((alike) => alike.slice(alike.length / 2).slice(0, 1));
}

/** Calls that may be made again are alike. */
function kindOf(event: RunEvent): string {
  if (event.type !== 'tool.started') return event.type;
  return `${event.type} ${event.effect === 'once' ? event.tool_id : event.effect}`;
}

/** The same with the binary, after every so-manieth event. */
export async function killBinary(scenario: KillScenario, undisturbed: Undisturbed, every: number): Promise<Kills> {
  const points = crashPoints(undisturbed.events).filter(({ torn, lines }) => !torn && lines % every === 0);
  return killAt(points, { scenario, undisturbed, portia });
}

/** The same with the binary, wherever a crash can come. */
export async function killBinaryEverywhere(scenario: KillScenario): Promise<Kills> {
  const undisturbed = await runUndisturbed(scenario);
  return killAt(crashPoints(undisturbed.events), { scenario, undisturbed, portia });
}

/** Kills the process as soon as it has printed this many lines of its events. */
export async function killAfter(
  lines: number,
  folder: string,
  command: { args: string[]; env: Record<string, string> },
) {
  const child = startPortia([...command.args, '--format', 'ndjson'], { cwd: folder, env: command.env });
  let seen = 0;
  child.stdout?.on('data', (text: Buffer) => {
    seen += text.toString().split('\n').length - 1;
    if (seen >= lines) child.kill('SIGKILL');
  });
  return ended(child, '');
}

/**
 * Kills the process itself, as SIGKILL does, once it has printed so many lines of its events, and expects the same end from
 * who continues. How far it gets before the signal arrives is open, and so is what it asks the model.
 */
export async function killProcess(scenario: KillScenario, undisturbed: Undisturbed, moments: number[]): Promise<void> {
  await forEachSideBySide(moments, async (lines) => {
    const folder = scenario.project();
    const model = await startModelServer(
      [1, 2, 3].flatMap(() => (scenario.script ?? []).map((entry) => ({ ...entry }))),
    );
    try {
      const env = model.environment;
      await killAfter(lines, folder, { args: [...scenario.start, ...(scenario.flags ?? [])], env });
      // What a server does before it ends with the process belongs to the killed run.
      await untilNobodyWorksIn(folder);
      const id = begunRun(folder);
      if (id === undefined) return expect(existsSync(join(folder, 'effects.log'))).toBe(false);
      const end = await finishRun(folder, id, { ...scenario, env, portia });
      expect({ lines, code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({
        lines,
        code: 0,
        stderr: '',
      });
      expectSameEnd(undisturbed, readUndisturbed(folder, id), { lines });
    } finally {
      await model.close();
    }
  });
}

/** The run that was begun in a project; undefined when nothing of it was saved. */
function begunRun(folder: string): string | undefined {
  const stored = storedIn(folder);
  if (!existsSync(join(stored, 'runs'))) return undefined;
  return loggedRunIds(folder).find((id) => readFileSync(join(stored, 'runs', id, 'events.ndjson'), 'utf8') !== '');
}

interface Killing {
  scenario: KillScenario;
  undisturbed: Undisturbed;
  portia: typeof portiaHere;
}

async function killAt(all: CrashPoint[], killing: Killing): Promise<Kills> {
  // A run without a whole line never was.
  const points = all.filter(({ lines }) => lines > 0);
  let asked = 0;
  await forEachSideBySide(points, async (point) => {
    const end = await killOnce(point, killing);
    asked += end.asked;
  });
  return { points: points.length, asked };
}

async function killOnce(
  point: CrashPoint,
  { scenario, undisturbed, portia: runner }: Killing,
): Promise<Ended & { asked: number }> {
  const folder = scenario.project();
  leaveCrash(undisturbed, point, folder);
  const { events, run } = undisturbed;
  const recorded = events.slice(0, point.lines);
  scenario.leaveDone?.(folder, recorded);
  const script = remainingScript(scenario.script ?? [], events, recorded);
  return withModel(script, async (env) => {
    const end = await finishRun(folder, run.id, { ...scenario, env, portia: runner });
    const told = { point, code: end.code, stderr: end.code === 0 ? '' : end.stderr };
    expect(told).toEqual({ point, code: 0, stderr: '' });
    expectSameEnd(undisturbed, readUndisturbed(folder, run.id), point);
    return end;
  });
}

/** A model that is held to its script. */
async function withModel<Result>(
  script: ScriptEntry[],
  work: (env: Record<string, string>) => Promise<Result>,
): Promise<Result> {
  if (script.length === 0) return work({});
  const server = await startModelServer(script);
  try {
    const result = await work(server.environment);
    expect({ unexpected: server.unexpected, remaining: server.remaining }).toEqual({ unexpected: [], remaining: [] });
    return result;
  } finally {
    await server.close();
  }
}

function expectSameEnd(before: Undisturbed, after: Undisturbed, point: object): void {
  expectNothingAgain(after.events, { point });
  expect({ point, ...whatIsThere(after) }).toEqual({ point, ...whatIsThere(before) });
  const done = effectsOf(after.folder).map(({ key }) => key);
  const once = callsOf(after.events, 'once');
  expect({ point, twice: done.filter((key, index) => once.has(key) && done.indexOf(key) < index) }).toEqual({
    point,
    twice: [],
  });
}

/** What the run left: its record, the files of the project, what its tools did. */
function whatIsThere({ run, folder }: Undisturbed): object {
  const effects = new Map(effectsOf(folder).map(({ key, ...left }) => [key, left]));
  return { ...essence(run), effects: [...effects.values()], files: filesOf(folder) };
}

/** What is portia's own, or is looked at otherwise. */
const NOT_LISTED = new Set(['plans', 'runs', 'effects.log', '.home', 'node_modules']);

function filesOf(folder: string): object {
  const listed = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !NOT_LISTED.has(name));
  return listed.map((entry) => {
    const path = join(folder, entry.name);
    return [entry.name, entry.isDirectory() ? listFolder(path) : readFileSync(path, 'latin1')];
  });
}

function callsOf(events: RunEvent[], effect: string): Set<string> {
  const calls = events.filter((event) => event.type === 'tool.started' && event.effect === effect);
  return new Set(calls.map((event) => ('idempotency_key' in event ? event.idempotency_key : '')));
}
