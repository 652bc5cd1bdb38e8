import { authoredPlan } from './authored-plan.js';
import type { Json, JsonObject } from '../values/json.js';
import { valueChanges, type ValueChange } from '../values/json-changes.js';
import { bareName } from '../values/names.js';
import { pairSteps, type Pairing } from './pair-steps.js';
import { stepBlocks } from './plan-steps.js';
import type { Plan, PlanInput, Step } from './plan.js';

/** One difference between two plans. Pointers go into the plan, the input or the step; paths are those of steps. */
export type PlanChange =
  /** The request, its tools, the form of the result. */
  | { change: 'changed'; part: 'plan'; keys: ValueChange[] }
  | { change: 'added' | 'removed'; part: 'input'; name: string; input: PlanInput }
  | { change: 'changed'; part: 'input'; name: string; keys: ValueChange[] }
  /** With all its blocks. */
  | { change: 'added' | 'removed'; part: 'step'; path: string; step: Step }
  /**
   * Differences in its blocks are reported separately. A moved step has other steps before it, and perhaps other keys,
   * too.
   */
  | { change: 'changed' | 'moved'; part: 'step'; path: string; old_path: string; keys: ValueChange[] };

/**
 * The differences of a second plan, step by step, whatever the ids and histories of the two. A `task` and `inputs` that
 * were made from a step count as part of what they were made from; the order of plan inputs means nothing.
 */
export function diffPlans(before: Plan, after: Plan): PlanChange[] {
  const [old, current] = [authoredPlan(before), authoredPlan(after)];
  const keys = valueChanges(frameOf(old), frameOf(current));
  return [
    ...(keys.length === 0 ? [] : [{ change: 'changed', part: 'plan', keys } as const]),
    ...inputChanges(old.plan_inputs, current.plan_inputs),
    ...stepChanges(old.steps, current.steps, { before: '', after: '' }),
  ];
}

/**
 * Whether more than the request differs: the request contains the hint that changed the plan, and the tools that were
 * offered do not say what is done.
 */
export function differInSubstance(before: Plan, after: Plan): boolean {
  return diffPlans(before, after).some(
    (change) => change.part !== 'plan' || change.keys.some(({ pointer }) => !pointer.startsWith('/plan_context/')),
  );
}

/** All that the digest of a plan covers, but for inputs and steps. */
function frameOf(plan: Plan): JsonObject {
  const { id: _id, derived_from: _origin, metadata: _metadata, steps: _steps, plan_inputs: _inputs, ...rest } = plan;
  return rest as unknown as JsonObject;
}

function inputChanges(before: PlanInput[], after: PlanInput[]): PlanChange[] {
  const old = new Map(before.map((input) => [bareName(input.name), input]));
  const names = new Set(after.map((input) => bareName(input.name)));
  const removed = before.filter((input) => !names.has(bareName(input.name)));
  return [
    ...after.flatMap((input) => inputChange(old.get(bareName(input.name)), input)),
    ...removed.map((input) => ({ change: 'removed', part: 'input', name: input.name, input }) as const),
  ];
}

function inputChange(before: PlanInput | undefined, input: PlanInput): PlanChange[] {
  const { name } = input;
  if (before === undefined) return [{ change: 'added', part: 'input', name, input }];
  const keys = valueChanges(contentOfInput(before), contentOfInput(input));
  return keys.length === 0 ? [] : [{ change: 'changed', part: 'input', name, keys }];
}

function contentOfInput({ name, description, ...rest }: PlanInput): JsonObject {
  return { ...rest, name: bareName(name), ...(description ? { description } : {}) } as unknown as JsonObject;
}

/** Path of each list of steps, empty or ending with a dot. */
interface Places {
  before: string;
  after: string;
}

function stepChanges(before: Step[], after: Step[], at: Places): PlanChange[] {
  const pairing = pairSteps(before, after);
  const placed = [
    ...pairing.pairs.map(({ before: from, after: to, isMoved }) => ({
      place: to,
      changes: pairChanges(before[from], after[to], {
        before: `${at.before}${from}`,
        after: `${at.after}${to}`,
        isMoved,
      }),
    })),
    ...pairing.added.map((to) => ({ place: to, changes: wholeStep('added', after[to], `${at.after}${to}`) })),
    ...placesOfRemoved(pairing).map(([from, place]) => ({
      place,
      changes: wholeStep('removed', before[from], `${at.before}${from}`),
    })),
  ];
  return placed.sort((first, second) => first.place - second.place).flatMap(({ changes }) => changes);
}

/** The place in the second list where a removed step is shown: after the last step before it that still exists. */
function placesOfRemoved({ pairs, removed }: Pairing): [from: number, place: number][] {
  const still = pairs.filter((pair) => !pair.isMoved);
  let next = 0;
  return removed.map((from) => {
    while ((still[next]?.before ?? from) < from) next += 1;
    return [from, (still[next - 1]?.after ?? -1) + 0.5];
  });
}

function wholeStep(change: 'added' | 'removed', step: Step | undefined, path: string): PlanChange[] {
  return step === undefined ? [] : [{ change, part: 'step', path, step }];
}

function pairChanges(
  before: Step | undefined,
  after: Step | undefined,
  at: Places & { isMoved: boolean },
): PlanChange[] {
  if (before === undefined || after === undefined) return [];
  const keys = valueChanges(contentOfStep(before), contentOfStep(after));
  const change = at.isMoved ? 'moved' : 'changed';
  const own: PlanChange = { change, part: 'step', path: at.after, old_path: at.before, keys };
  return [...(keys.length === 0 && !at.isMoved ? [] : [own]), ...blockChanges(before, after, at)];
}

function blockChanges(before: Step, after: Step, at: Places): PlanChange[] {
  const old = new Map(stepBlocks(before).map((block) => [block.path, block.steps]));
  const current = new Map(stepBlocks(after).map((block) => [block.path, block.steps]));
  return [...new Set([...current.keys(), ...old.keys()])].flatMap((path) =>
    stepChanges(old.get(path) ?? [], current.get(path) ?? [], {
      before: `${at.before}${path}.`,
      after: `${at.after}${path}.`,
    }),
  );
}

/** A step without the steps in its blocks; branches by their number. No condition is the same as none. */
function contentOfStep(step: Step): JsonObject {
  const { steps: _steps, else: _else, branches, ...own } = step as unknown as JsonObject;
  const content: JsonObject = { ...own };
  for (const key of ['on_error', 'on_expiry']) if (Array.isArray(content[key])) delete content[key];
  if (!content['condition']) delete content['condition'];
  if (Array.isArray(branches)) {
    content['branches'] = Object.fromEntries(
      branches.map((branch, index): [string, Json] => [String(index), contentOfStep(branch as unknown as Step)]),
    );
  }
  return content;
}
