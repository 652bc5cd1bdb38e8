import type { Step } from '../plan/plan.js';
import { stepBlocks, stepOutput } from '../plan/plan-steps.js';
import { isInside, stepNumber, stepsAround, withoutRounds } from '../plan/step-path.js';
import { bareName } from '../values/names.js';
import { nearestName } from '../values/nearest-name.js';
import type { StepRecord } from './run.js';

/** Where the steps of a run can be looked up. */
export interface KnownSteps {
  /** Of the plan; none where it is not known. */
  steps: readonly Step[];
  records: readonly Pick<StepRecord, 'path' | 'output_name'>[];
}

/**
 * Which steps are meant by a path (`2`, `4[37].steps.0`, or `4[37]` for a whole round), by an output (`$total`) or by the name of
 * a step: those, and everything inside of them.
 */
export function stepsMeant(text: string, known: KnownSteps): (path: string) => boolean {
  const named = pathsNamed(text, known);
  if (named.length === 0) return (path) => path === text || isInside(path, text);
  return (path) => {
    const plain = withoutRounds(path);
    return named.some((own) => plain === own || isInside(plain, own));
  };
}

/** Paths without rounds. */
function pathsNamed(text: string, { steps, records }: KnownSteps): string[] {
  const inPlan = [...stepsWithPaths(steps, '')].filter(({ step }) => namesOf(step).some((name) => isNamed(name, text)));
  if (inPlan.length > 0) return inPlan.map(({ path }) => path);
  const left = records.filter(({ output_name: name }) => name !== undefined && isNamed(name, text));
  return [...new Set(left.map(({ path }) => withoutRounds(path)))];
}

function isNamed(name: string, text: string): boolean {
  return name === text || (!/^\d/.test(text) && bareName(name) === bareName(text));
}

function namesOf(step: Step): string[] {
  return [step.name, stepOutput(step)].filter((name) => name !== undefined);
}

function* stepsWithPaths(steps: readonly Step[], before: string): Generator<{ path: string; step: Step }> {
  for (const [index, step] of steps.entries()) {
    const path = `${before}${index}`;
    yield { path, step };
    for (const block of stepBlocks(step)) yield* stepsWithPaths(block.steps, `${path}${block.path}.`);
  }
}

/** What to say of a reference that leads to no record: why, and what was probably meant. */
export function nearestSteps(text: string, known: KnownSteps): { why: string; near?: string | undefined } {
  const paths = [...stepsWithPaths(known.steps, '')];
  if (!/^\d/.test(text)) return nearestByName(text, paths);
  return nearestRound(text, known) ?? nearestByNumber(text, paths, known) ?? nearestPath(text, paths, known);
}

type Placed = { path: string; step: Step };

function nearestByName(text: string, paths: readonly Placed[]): { why: string; near?: string | undefined } {
  const names = [...new Set(paths.flatMap(({ step }) => namesOf(step)))];
  if (names.some((name) => isNamed(name, text))) return { why: NOT_BEGUN };
  if (names.length === 0) return { why: `None of its steps has a name. ${PATHS}` };
  const near = nearestName(text, names) ?? nearestName(`$${bareName(text)}`, names);
  const listed = names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(', ')} and others` : names.join(', ');
  return { why: `The names of its steps and their outputs: ${listed}.`, near };
}

const MOST_NAMES = 10;
const NOT_BEGUN = 'It was not begun.';
const PATHS = 'A path counts from 0, with the round in brackets: 2, 4[37].steps.0.';

/** A round that the loop did not have. */
function nearestRound(text: string, { records }: KnownSteps): { why: string; near: string } | undefined {
  for (const { index, 1: wanted } of text.matchAll(/\[(\d+)\]/g)) {
    const loop = text.slice(0, index);
    const last = lastRound(loop, records);
    if (last !== undefined && Number(wanted) > last) {
      const had = last === 0 ? 'one round' : `${last + 1} rounds`;
      return {
        why: `Step ${loop} had ${had}: ${loop}[0]${last === 0 ? '' : ` to ${loop}[${last}]`}.`,
        near: `${loop}[${last}]`,
      };
    }
  }
  return undefined;
}

function lastRound(loop: string, records: KnownSteps['records']): number | undefined {
  let last: number | undefined;
  for (const { path } of records) {
    if (!path.startsWith(`${loop}[`)) continue;
    last = Math.max(last ?? 0, Number.parseInt(path.slice(loop.length + 1), 10));
  }
  return last;
}

/** A number of the picture, which counts from 1. */
function nearestByNumber(
  text: string,
  paths: readonly Placed[],
  { records }: KnownSteps,
): { why: string; near: string } | undefined {
  if (paths.some(({ path }) => path === withoutRounds(text))) return undefined;
  const begun = records.flatMap(({ path }) => [path, ...roundsIn(path)]);
  const all = [...begun, ...paths.map(({ path }) => path)];
  const near = all.find((path) => /[.[]/.test(text) && stepNumber(path) === text);
  return near === undefined
    ? undefined
    : { why: `Numbers in pictures count from 1; what they call ${text} has the path ${near}.`, near };
}

/** The rounds around a step: `4[2]` for `4[2].steps.0`. */
function roundsIn(path: string): string[] {
  return [...path.matchAll(/\]/g)].map(({ index }) => path.slice(0, index + 1));
}

function nearestPath(text: string, paths: readonly Placed[], { records }: KnownSteps): { why: string; near?: string } {
  const begun = new Set(records.map(({ path }) => path));
  const around = stepsAround(text).find((path) => begun.has(path));
  if (paths.some(({ path }) => path === withoutRounds(text))) {
    return { why: NOT_BEGUN, ...(around !== undefined && { near: around }) };
  }
  const [last] = [...begun].filter((path) => /^\d+$/.test(path)).toReversed();
  const near = around ?? last;
  return { why: PATHS, ...(near !== undefined && { near }) };
}
