import { resolve } from 'node:path';

import { expect } from 'vitest';

import type { Clarification } from '../../src/domain/clarification.js';
import type { RunEvent } from '../../src/domain/events.js';
import type { Run } from '../../src/domain/run.js';
import type * as Library from '../../src/index.js';
import type { ClarificationHandler, Json } from '../../src/index.js';
import {
  crashPoints,
  effectsOf,
  leaveCrash,
  readUndisturbed,
  type CrashPoint,
  type Undisturbed,
} from './crashed-project.js';
import { essence, expectNothingAgain, forEachSideBySide, remainingScript, truth } from './going-on.js';
import { startModelServer, type ScriptEntry } from './model-server.js';
import { cleanEnvironment, portia, type Ended } from './portia.js';
import { printedQuestions, readEvents, readRun } from './scenario.js';

/** A run with questions, as it is killed and gone on with. */
export interface KillScenario {
  newProject(): string;
  /** The command that starts it, with every flag it needs. */
  start: string[];
  approve: string[];
  /** An entry for each model call, in their order. */
  script: ScriptEntry[];
  /** What a person answers; may also do what the question asks for. */
  answer(question: Clarification, folder: string): Json;
  /** Leaves what the person had done by the time these were recorded. */
  leaveDone?(folder: string, recorded: RunEvent[]): void;
}

/** Runs it to its end, in a new process after each question. */
export async function playUndisturbed(scenario: KillScenario): Promise<Undisturbed> {
  const folder = scenario.newProject();
  const id = await withModel(scenario.script, async (env) => {
    const first = await portia(scenario.start, { cwd: folder, env });
    const run = JSON.parse(first.stdout) as Run;
    if (first.code !== 0) await resumeInProcesses(scenario, { folder, id: run.id, env, end: first });
    return run.id;
  });
  expect(readRun(folder, id).state).toBe('COMPLETE');
  return readUndisturbed(folder, id);
}

/**
 * Goes on after each of these crashes, and expects the end that it has when nothing disturbs it. Gives after how many of
 * them a person was asked what became of a call.
 */
export async function expectSameEnds(
  scenario: KillScenario,
  undisturbed: Undisturbed,
  { points, how }: { points: CrashPoint[]; how: 'here' | 'in new processes' },
): Promise<number> {
  let asked = 0;
  const goOn = how === 'here' ? resumeHere : resumeInProcesses;
  await forEachSideBySide(points, async (point) => {
    const { events, run } = undisturbed;
    const folder = scenario.newProject();
    leaveCrash(undisturbed, point, folder);
    const recorded = events.slice(0, point.lines);
    scenario.leaveDone?.(folder, recorded);
    await withModel(remainingScript(scenario.script, events, recorded), async (env) => {
      await goOn(scenario, { folder, id: run.id, env });
    });
    expectSameEnd(undisturbed, folder, { point, how });
    if (readRun(folder, run.id).outputs.clarifications.some(({ source }) => source === 'portia')) asked += 1;
  });
  return asked;
}

/** A crash after every so many events, with both outcomes of a call that was under way; `torn` also within the next. */
export function everyCrash({ events }: Undisturbed, { every = 1, torn: alsoTorn = false } = {}): CrashPoint[] {
  return crashPoints(events).filter(({ lines, torn }) => lines > 0 && lines % every === 0 && (alsoTorn || !torn));
}

interface Work {
  folder: string;
  id: Run['id'];
  env: Record<string, string>;
}

/** All of the script is asked for, and nothing else. */
async function withModel<Result>(
  script: ScriptEntry[],
  work: (env: Record<string, string>) => Promise<Result>,
): Promise<Result> {
  if (script.length === 0) return work({});
  const server = await startModelServer(script.map((entry) => ({ ...entry })));
  try {
    const result = await work(server.environment);
    expect({ unexpected: server.unexpected, remaining: server.remaining }).toEqual({ unexpected: [], remaining: [] });
    return result;
  } finally {
    await server.close();
  }
}

function answerTo(scenario: KillScenario, question: Clarification, folder: string): Json {
  return question.source === 'portia' ? truth(folder, question) : scenario.answer(question, folder);
}

async function resumeHere(scenario: KillScenario, { folder, id, env }: Work): Promise<void> {
  // The built one: tool modules import it.
  const { Portia } = (await import(resolve('dist/index.js'))) as typeof Library;
  const clarificationHandler: ClarificationHandler = {
    ask: async (questions) =>
      questions.map((question) => ({
        id: question.id,
        response: answerTo(scenario, question, folder),
        channel: 'api' as const,
      })),
  };
  const { approve } = scenario;
  const environment = cleanEnvironment(folder, env);
  await new Portia({ dir: folder, environment, approve, clarificationHandler }).resume(id);
}

/** `end` is that of a process that stopped at questions. */
async function resumeInProcesses(scenario: KillScenario, work: Work & { end?: Ended }): Promise<void> {
  const { folder, id, env } = work;
  const approve = scenario.approve.flatMap((tool) => ['--approve', tool]);
  let end = work.end ?? (await portia(['resume', id, ...approve], { cwd: folder, env }));
  for (let pauses = 0; end.code === 8 && pauses < 20; pauses += 1) {
    const questions = printedQuestions(end.stderr).questions as unknown as Clarification[];
    const answers = questions.map((question) => ({
      id: question.id,
      response: answerTo(scenario, question, folder),
    }));
    const args = ['resume', id, ...approve, '--answers', '-'];
    end = await portia(args, { cwd: folder, env, input: JSON.stringify(answers) });
  }
  expect({ code: end.code, stderr: end.code === 0 ? '' : end.stderr }).toEqual({ code: 0, stderr: '' });
}

function expectSameEnd(undisturbed: Undisturbed, folder: string, label: object): void {
  const { id } = undisturbed.run;
  expectNothingAgain(readEvents(folder, id), label);
  expect({ ...label, ...whatCounts(readRun(folder, id)) }).toEqual({ ...label, ...whatCounts(undisturbed.run) });
  expect({ ...label, effects: effectsThatCount(undisturbed, folder) }).toEqual({
    ...label,
    effects: effectsThatCount(undisturbed, undisturbed.folder),
  });
}

/** Which process raised a question, after how many starts of its call, and how the answer came, is no matter. */
function whatCounts(run: Run): object {
  const clarifications = run.outputs.clarifications.map((asked) => {
    const { id: _id, key: _key, raised_at: _raised, resolved_at: _resolved, channel: _channel, ...question } = asked;
    return question as Clarification;
  });
  return essence({ ...run, outputs: { ...run.outputs, clarifications } });
}

/** Whatever has the effect `once` counts each time; the same idempotent call counts once. */
function effectsThatCount({ events }: Undisturbed, folder: string): object[] {
  const calls = events.flatMap((event) => (event.type === 'tool.started' ? [event] : []));
  const repeatable = new Set(calls.filter(({ effect }) => effect !== 'once').map((call) => call.idempotency_key));
  const seen = new Set<string>();
  return effectsOf(folder).filter(({ key }) => {
    const isRepeated = repeatable.has(key) && seen.has(key);
    seen.add(key);
    return !isRepeated;
  });
}
