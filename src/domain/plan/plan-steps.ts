import type { JsonSchema } from '../values/json.js';
import type { Step } from './plan.js';
import type { StepBlock, StepQuestion, TypeSources } from './step-kinds/step-kind.js';
import { askingOf } from './step-kinds/asking.js';
import { kindOf } from './step-kinds/step-kinds.js';
import { withoutRounds } from './step-path.js';

/** The name of what the step leaves, or undefined for steps that leave nothing. */
export function stepOutput(step: Step): string | undefined {
  return 'output' in step && typeof step.output === 'string' ? step.output : undefined;
}

/** Name under which steps behind a loop with `on_limit: stop` find whether the limit ended it. */
export const EXHAUSTED = 'exhausted';

export function setsExhausted(step: Step): boolean {
  return kindOf(step).setsExhausted(step);
}

/** What the step's output must fit; undefined where nothing says so. */
export function outputSchemaOf(step: Step): JsonSchema | undefined {
  return kindOf(step).outputSchema(step);
}

/** A JSON Schema that what the step leaves fits; undefined when nothing says so. */
export function outputTypeOf(step: Step, sources: TypeSources): JsonSchema | undefined {
  return outputSchemaOf(step) ?? kindOf(step).valueType(step, sources);
}

/** Name under which the steps of `on_error`, and `collect` of an item that failed, find what happened. */
export const FAILURE = 'failure';

/** Name under which steps behind a loop with `on_error: continue` find the items that failed. */
export const FAILURES = 'failures';

/** Whether the step is a loop that an item which fails does not end. */
export function keepsFailedItems(step: Step): boolean {
  return step.on_error === 'continue';
}

/** What is done when the step fails; undefined when the failure is that of the block around it. */
export function handlerOf({ on_error: steps }: Step): StepBlock | undefined {
  return Array.isArray(steps) ? { at: '/on_error', path: '.on_error', steps } : undefined;
}

/** What is done when nobody answers in time; undefined when the run stops then, or a value is the answer. */
export function expiryStepsOf(step: Step): StepBlock | undefined {
  const steps = askingOf(step)?.on_expiry;
  return Array.isArray(steps) ? { at: '/on_expiry', path: '.on_expiry', steps } : undefined;
}

/** What is done instead of the step: when it fails, and when nobody answers in time. */
export function insteadOf(step: Step): StepBlock[] {
  return [handlerOf(step), expiryStepsOf(step)].filter((block) => block !== undefined);
}

/** The blocks of the step's work, each with its place in the plan's JSON and in step paths. */
export function workBlocks(step: Step): StepBlock[] {
  return kindOf(step).blocks(step);
}

/** The same, with what is done instead. */
export function stepBlocks(step: Step): StepBlock[] {
  return [...workBlocks(step), ...insteadOf(step)];
}

/** The blocks that are done in rounds. */
export function roundBlocks(step: Step): StepBlock[] {
  return kindOf(step).isLoop ? workBlocks(step) : [];
}

/** The blocks whose values are there after the step: those of rounds are not. */
export function passingBlocks(step: Step): StepBlock[] {
  const rounds = roundBlocks(step).length;
  return stepBlocks(step).slice(rounds);
}

/** The step with other steps in its blocks. */
export function mapBlocks(step: Step, change: (steps: Step[]) => Step[]): Step {
  const changed = kindOf(step).withBlocks(step, change);
  return insteadOf(changed).reduce<Step>((all, { at, steps }) => ({ ...all, [at.slice(1)]: change(steps) }), changed);
}

/** Ids of the tools that the step itself may call, without those of its blocks. */
export function toolsOfStep(step: Step): string[] {
  return kindOf(step).tools(step);
}

/** A step that leaves an output, in words made from it; undefined where only its author can say what it does. */
export function taskTextFor(step: Step): string | undefined {
  return 'output' in step && step.output !== undefined ? kindOf(step).taskText(step) : undefined;
}

/** The question that the step is; undefined for other steps, also for those that may have one. */
export function questionOf(step: Step): StepQuestion | undefined {
  return kindOf(step).question(step);
}

/** The steps and those of their blocks, in the written order. */
export function allSteps(steps: Step[]): Step[] {
  return steps.flatMap((step) => [step, ...stepBlocks(step).flatMap((block) => allSteps(block.steps))]);
}

/** The step with this path, in whatever round of the loops around it. */
export function stepAt(steps: Step[], path: string): Step | undefined {
  const plain = withoutRounds(path);
  const [, block = '', number] = /^(.*\.)?(0|[1-9]\d*)$/.exec(plain) ?? [];
  return number === undefined ? undefined : stepsIn(steps, block)?.[Number(number)];
}

/** The steps of the block whose paths begin with the prefix: `3.branches.0.steps.`, empty for those of the plan. */
export function stepsIn(steps: Step[], prefix: string): Step[] | undefined {
  const plain = withoutRounds(prefix);
  const visit = (inside: Step[], at: string): Step[] | undefined => {
    if (at === plain) return inside;
    const [number = ''] = /^(?:0|[1-9]\d*)(?=\.)/.exec(plain.slice(at.length)) ?? [];
    const step = number === '' ? undefined : inside[Number(number)];
    if (step === undefined) return undefined;
    const blocks = stepBlocks(step).map((block) => ({ ...block, at: `${at}${number}${block.path}.` }));
    const next = blocks.find((block) => plain.startsWith(block.at));
    return next && visit(next.steps, next.at);
  };
  return visit(steps, '');
}

/** The tools that steps and their blocks may call, each once, sorted. */
export function toolsOfSteps(steps: Step[]): string[] {
  return [...new Set(allSteps(steps).flatMap(toolsOfStep))].sort();
}

/** Ids of the stored plans that the steps run, also those in plans that are written inside of them. */
export function plansOfSteps(steps: Step[]): string[] {
  const ids = allSteps(steps).flatMap((step) => {
    if (step.kind !== 'plan') return [];
    return typeof step.plan === 'string' ? [step.plan] : plansOfSteps(step.plan.steps);
  });
  return [...new Set(ids)];
}
