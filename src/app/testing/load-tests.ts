import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { locateProblems, readDocumentText } from '../../documents/parse-document.js';
import type { LocatePointers } from '../../documents/positions.js';
import { readTextFile } from '../../documents/read-text-file.js';
import { PortiaError, type Problem } from '../../domain/errors.js';
import { plainCommand, portia, portiaTyped } from '../../domain/next-step.js';
import { toolsOfSteps } from '../../domain/plan/plan-steps.js';
import { problemsError } from '../../domain/schema-problems.js';
import { problem, readTestFile } from '../../domain/testing/test-file-problems.js';
import type { TestCase, TestFile } from '../../domain/testing/test-file-schema.js';
import { escapePointer } from '../../domain/values/json.js';
import { nearestToolId } from '../../domain/values/nearest-name.js';
import { MAX_FILE_BYTES, MAX_RECORD_DEPTH } from '../../storage/read-file.js';
import type { Store } from '../../storage/store.js';
import { createRegistry } from '../../tools/registry.js';
import { matchToolIds } from '../../tools/tool-globs.js';
import { loadSubPlans } from '../plans/load-sub-plans.js';
import { planOfDocument } from '../plans/plan-document.js';
import { refuseBrokenPlans } from '../plans/runnable-plan.js';
import { caseTools, REAL_TOOLS } from './case-tools.js';
import { CASE_CLOCK, type TestedPlan } from './play-case.js';

/** How names of files of tests end. */
const ENDING = /\.test\.(ya?ml|json)$/;

/** A file of tests of which everything is checked that can be before a case is run. */
export interface LoadedTests {
  /** As a person names it. */
  name: string;
  tested: TestedPlan;
  cases: TestCase[];
}

/** The files of tests that a person names: those of a folder are all below it, by name. Rejects with `not-found`. */
export function testFilesIn(path: string, name: string): string[] {
  if (!existsSync(path)) throw noTests(name, 'It is not there.');
  if (!statSync(path).isDirectory()) return [name];
  const found = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => ENDING.test(file) && !file.split('/').includes('node_modules'))
    .toSorted();
  if (found.length === 0) throw noTests(name, 'Names of files of tests end with .test.yaml or .test.json.');
  return found.map((file) => join(name, file));
}

function noTests(name: string, why: string): PortiaError {
  return new PortiaError('not-found', `There are no tests in ${name}.`, {
    why,
    fix: `To see what a file of tests can say: ${plainCommand(portia('schema', 'test'))}`,
  });
}

/**
 * Reads a file of tests with its plan. Rejects with `invalid-input`, which says where in the file every problem stands,
 * with `unreadable`, and with what its plan cannot be read or run for.
 */
export async function loadTests(
  path: string,
  name: string,
  { store }: { store: Pick<Store, 'readPlan'> },
): Promise<LoadedTests> {
  const { value, locate } = await readDocument(path, name);
  const read = readTestFile(value);
  if ('problems' in read) throw await wrongFile(name, read.problems, locate);
  const { file } = read;
  const tested = await testedPlan(file, { path, store });
  const known = caseTools(tested.toolIds, {}).map(({ id }) => id);
  const found = await Promise.all(file.cases.map(async (each, index) => toolProblems(each, index, known)));
  const problems = found.flat();
  if (problems.length > 0) throw await wrongFile(name, problems, locate);
  const { clock = CASE_CLOCK } = file;
  return { name, tested, cases: file.cases.map((each) => ({ clock, ...each })) };
}

async function wrongFile(name: string, problems: Problem[], locate: LocatePointers): Promise<PortiaError> {
  const located = await locateProblems(problems, locate);
  return problemsError('invalid-input', `The tests in ${name} cannot be run.`, { problems: located });
}

async function readDocument(path: string, name: string): ReturnType<typeof readDocumentText> {
  const file = readTextFile(path, MAX_FILE_BYTES);
  if (file.kind === 'missing') throw new PortiaError('not-found', `There is no file ${name}.`);
  if (file.kind === 'unusable') throw new PortiaError('unreadable', `${name} ${file.why}.`, { fix: file.fix });
  const ifEmpty = plainCommand(portiaTyped('test', '--help'));
  return readDocumentText(file.text, { name, maxDepth: MAX_RECORD_DEPTH, ifEmpty });
}

async function testedPlan(
  { plan: name, clock = CASE_CLOCK }: TestFile,
  { path, store }: { path: string; store: Pick<Store, 'readPlan'> },
): Promise<TestedPlan> {
  const document = await readDocument(join(dirname(path), name), name);
  const { plan } = await planOfDocument({ name, ...document }, clock);
  const subPlans = await loadSubPlans(plan, store);
  const toolIds = toolsOfSteps([plan, ...subPlans.values()].flatMap(({ steps }) => steps));
  await refuseBrokenPlans({ plan, subPlans, name }, createRegistry(caseTools(toolIds, {})));
  return { plan, subPlans, toolIds };
}

/** Lines about tools that can never be called, or never be real, and globs that name none. */
async function toolProblems(test: TestCase, index: number, known: readonly string[]): Promise<Problem[]> {
  const at = `/cases/${index}`;
  const lines = Object.entries(test.tools ?? {}).flatMap(([id, line]) => {
    const pointer = `${at}/tools/${escapePointer(id)}`;
    if (!known.includes(id))
      return [problem(`The plan calls no tool ${JSON.stringify(id)}${meant(id, known)}`, pointer)];
    if (line !== 'real' || REAL_TOOLS.has(id)) return [];
    return [problem(`${id} is never real in a test: only ${[...REAL_TOOLS].join(', ')} are`, pointer)];
  });
  const globs = await Promise.all(
    globsOf(test).map(async ([glob, pointer]) => {
      const isNamed = known.some(await matchToolIds(glob));
      if (isNamed) return [];
      return [
        problem(`${JSON.stringify(glob)} names no tool of the plan or of portia${meant(glob, known)}`, at + pointer),
      ];
    }),
  );
  return [...lines, ...globs.flat()];
}

/** With their places in the case. */
function globsOf({ approve = [], expect: { never = [], calls } }: TestCase): [glob: string, pointer: string][] {
  return [
    ...approve.map((glob, index): [string, string] => [glob, `/approve/${index}`]),
    ...never.map((glob, index): [string, string] => [glob, `/expect/never/${index}`]),
    ...(calls?.list ?? []).map((call, index): [string, string] => [
      typeof call === 'string' ? call : call.tool,
      `/expect/calls/list/${index}`,
    ]),
  ];
}

function meant(id: string, known: readonly string[]): string {
  const near = nearestToolId(id, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}
