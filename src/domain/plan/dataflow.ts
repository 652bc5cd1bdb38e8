import { ExpressionError } from '../expressions/expression-error.js';
import { bareName } from '../values/names.js';
import { stepOutput, toolsOfStep } from './plan-steps.js';
import type { Step } from './plan.js';
import { namesTaken } from './step-references.js';
import { kindOf } from './step-kinds/step-kinds.js';

/** What work needs and gives, by bare names. */
export interface Flow {
  takes: readonly string[];
  leaves: readonly string[];
}

/** Steps are the same objects in every iteration, and reading their expressions costs more than doing some of them. */
const known = new WeakMap<Step, Flow | undefined>();

/**
 * The flow of a step that may overlap with others; undefined for a barrier, which waits for all before it and which all
 * after it wait for. `isReading`: whether a tool only reads.
 */
export function flowOfStep(step: Step, isReading: (toolId: string) => boolean): Flow | undefined {
  if (!known.has(step)) known.set(step, readFlow(step));
  const flow = known.get(step);
  if (flow === undefined) return undefined;
  return toolsOfStep(step).every(isReading) ? flow : undefined;
}

function readFlow(step: Step): Flow | undefined {
  if (step.when !== undefined || step.condition) return undefined;
  if (!kindOf(step).canOverlap || step.on_error !== undefined) return undefined;
  const output = stepOutput(step);
  return { takes: namesIfReadable(step), leaves: output === undefined ? [] : [bareName(output)] };
}

/** The names that a step takes; none of a step that cannot be read, which fails on its own. */
export function namesIfReadable(step: Step): string[] {
  try {
    return namesTaken(step);
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

/** For each piece of work the earlier ones that it has to wait for: those that leave what it takes, or take what it leaves. */
export function dependencies(flows: readonly Flow[]): number[][] {
  const makers = new Map<string, number>();
  const takers = new Map<string, number[]>();
  return flows.map(({ takes, leaves }, index) => {
    const waits = new Set<number>();
    const wait = (other: number | undefined) => {
      if (other !== undefined) waits.add(other);
    };
    for (const name of takes) wait(makers.get(name));
    for (const name of leaves) {
      wait(makers.get(name));
      for (const taker of takers.get(name) ?? []) wait(taker);
    }
    for (const name of takes) takers.set(name, [...(takers.get(name) ?? []), index]);
    for (const name of leaves) {
      makers.set(name, index);
      takers.delete(name);
    }
    return [...waits];
  });
}
