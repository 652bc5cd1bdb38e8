import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { errnoOf, PortiaError } from '../../domain/errors.js';
import { judge, type IsTool, type Unmet } from '../../domain/testing/judge.js';
import type { Observed } from '../../domain/testing/observed.js';
import type { TestCase } from '../../domain/testing/test-file-schema.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { SubPlans } from '../../domain/plan/sub-plans.js';
import { DEFAULT_END_USER, type Run } from '../../domain/run/run.js';
import type { Json } from '../../domain/values/json.js';
import { NotPlayed } from '../../executor/not-played.js';
import { startRun } from '../../executor/start-run.js';
import { createMemoryStore } from '../../storage/memory-store.js';
import { createRegistry } from '../../tools/registry.js';
import { createOwnEvaluator } from '../evaluator.js';
import { inputsAsJson, inputsError } from '../inputs/check-inputs.js';
import { createInputCheck } from '../plans/runnable-plan.js';
import type { ProcessFacts } from '../this-process.js';
import { CaseAnswers } from './case-answers.js';
import { CasePlayback, type MissedCall } from './case-playback.js';
import { caseServices } from './case-services.js';
import { caseTools } from './case-tools.js';
import { CaseWatch } from './case-watch.js';
import { ScriptedModels } from './scripted-model.js';

/** The plan of a case, with those inside it and the ids of the tools that they name. */
export interface TestedPlan {
  plan: Plan;
  subPlans: SubPlans;
  toolIds: readonly string[];
}

/** What came of a case. It passed when all lists are empty. */
export interface CaseResult {
  unmet: Unmet[];
  missed: MissedCall[];
  /** Other reasons, as sentences. */
  problems: string[];
  ms: number;
}

export interface CaseOptions extends Pick<ProcessFacts, 'cpuTime'> {
  signal: AbortSignal;
  exitCodes: ExitCodes;
}

/** Exit codes of commands that drive runs. */
export interface ExitCodes {
  ofRun(run: Run): number;
  ofError(code: PortiaError['code']): number;
}

/** The time of a case that says none. */
export const CASE_CLOCK = '2026-01-01T00:00:00Z';

/** Runs a case in a folder of its own, which is removed, and judges it. */
export async function playCase(test: TestCase, tested: TestedPlan, options: CaseOptions): Promise<CaseResult> {
  const began = performance.now();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portia-test-')));
  try {
    writeFiles(folder, test.files ?? {});
    const result = await judgeIn(folder, test, { tested, options });
    return { ...result, ms: performance.now() - began };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Judged = Omit<CaseResult, 'ms'>;
type Parts = { tested: TestedPlan; options: CaseOptions };

async function judgeIn(folder: string, test: TestCase, { tested, options }: Parts): Promise<Judged> {
  const isTool = await toolMatcher(test);
  const { tools = {}, clock = CASE_CLOCK } = test;
  const missed: MissedCall[] = [];
  const stop = new AbortController();
  const miss = (call: MissedCall) => {
    missed.push(call);
    stop.abort(new NotPlayed());
  };
  const evaluate = createOwnEvaluator(options);
  const models = new ScriptedModels(test.model ?? [], (content) => {
    const why =
      (test.model ?? []).length === 0 ? 'The test has no line under model.' : 'No line under model is left for it.';
    miss({ kind: 'model', content, why });
  });
  const playback = new CasePlayback(tools, { evaluate, clock, missed: miss });
  const answers = new CaseAnswers(test.answers ?? {}, test.approve ?? [], isTool);
  const store = createMemoryStore({ now: () => new Date(clock) });
  const watch = new CaseWatch(store);
  const registry = createRegistry(caseTools(tested.toolIds, tools));
  const services = caseServices({ name: test.name, folder, tools: registry, models, playback, evaluate });
  const end = await endOf(async () => {
    for (const each of [tested.plan, ...tested.subPlans.values()]) await store.savePlan(each);
    return startRun(tested.plan, {
      ...{ store, services, endUserId: DEFAULT_END_USER },
      inputs: await inputsOf(test, tested.plan),
      readSubPlans: async () => tested.subPlans,
      listener: watch.listen,
      signal: AbortSignal.any([options.signal, stop.signal]),
      answering: { handler: answers },
      staying: { ms: 0, isRehearsal: false, isInstant: true },
    });
  }, options.exitCodes);
  options.signal.throwIfAborted();
  const observed: Observed = {
    ...end,
    ...(await watch.observed(end.run, { evaluate, clock, that: test.expect.that ?? [] })),
    contentOf: (file) => contentOf(join(folder, file)),
  };
  return {
    missed,
    unmet: judge(test.expect, observed, isTool).filter(() => missed.length === 0),
    problems: [
      ...answers.problems,
      ...(missed.length > 0 || test.unused === 'allow' ? [] : leftOver(models, playback, answers)),
    ],
  };
}

/** How the run ended, or why it could not be started. */
async function endOf(
  start: () => Promise<Run>,
  exitCodes: ExitCodes,
): Promise<Pick<Observed, 'state' | 'exitCode' | 'error'> & { run?: Run }> {
  try {
    const run = await start();
    const { state, error } = run;
    return { run, state, exitCode: exitCodes.ofRun(run), ...(error !== null && { error }) };
  } catch (error) {
    if (!(error instanceof PortiaError)) throw error;
    const { code, message } = error;
    return { exitCode: exitCodes.ofError(code), error: { step: null, code, message } };
  }
}

async function inputsOf({ inputs = {} }: TestCase, plan: Plan): Promise<Record<string, Json>> {
  const checked = (await createInputCheck(plan))(inputsAsJson(inputs));
  const error = inputsError(checked);
  if (error !== undefined) throw error;
  return checked.values;
}

function leftOver(models: ScriptedModels, playback: CasePlayback, answers: CaseAnswers): string[] {
  const replies = models.unused.length;
  return [
    ...(replies === 0 ? [] : [`${lines(replies)} under model ${replies === 1 ? 'was' : 'were'} not used.`]),
    ...playback.unused().map(([id, left]) => `${lines(left)} of ${id} ${left === 1 ? 'was' : 'were'} not used.`),
    ...answers.unused().map((name) => `Nobody asked for ${name}.`),
  ];
}

function lines(number: number): string {
  return number === 1 ? '1 line' : `${number} lines`;
}

async function toolMatcher({ expect, approve = [] }: TestCase): Promise<IsTool> {
  const { matchToolIds } = await import('../../tools/tool-globs.js');
  const called = (expect.calls?.list ?? []).map((call) => (typeof call === 'string' ? call : call.tool));
  const globs = new Set([...called, ...(expect.never ?? []), ...approve]);
  const matchers = new Map(
    await Promise.all([...globs].map(async (glob) => [glob, await matchToolIds(glob)] as const)),
  );
  return (glob, id) => matchers.get(glob)?.(id) === true;
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
