import type { JsonSchema } from '../values/json.js';
import type { Step } from './plan.js';

export type StepKind = 'agent' | NonNullable<Step['kind']>;

/** The kind by the name that people read: a step without a kind is an agent's. */
export function stepKind(step: Step): StepKind {
  return step.kind ?? 'agent';
}

/** The name of what the step leaves, or undefined for steps that leave nothing. */
export function stepOutput(step: Step): string | undefined {
  return 'output' in step && typeof step.output === 'string' ? step.output : undefined;
}

/** Name under which steps behind a loop with `on_limit: stop` find whether the limit ended it. */
export const EXHAUSTED = 'exhausted';

export function setsExhausted(step: Step): boolean {
  return (step.kind === 'while' || step.kind === 'do_while') && step.on_limit === 'stop';
}

/** What the step's output must fit; undefined where nothing says so. */
export function outputSchemaOf(step: Step): JsonSchema | undefined {
  switch (step.kind) {
    case 'user_input':
    case 'user_verify':
    case 'exit':
    case 'if':
      return undefined;
    case undefined:
    case 'tool':
    case 'llm':
    case 'react':
    case 'compute':
    case 'plan':
    case 'for_each':
    case 'while':
    case 'do_while':
      return step.output_schema;
  }
}

/** A step's own blocks, each with its place in the plan's JSON and in step paths. */
export function stepBlocks(step: Step): { at: string; path: string; steps: Step[] }[] {
  switch (step.kind) {
    case 'if': {
      const branches = step.branches.map((branch, index) => ({
        at: `/branches/${index}/steps`,
        path: `.branches.${index}.steps`,
        steps: branch.steps,
      }));
      return step.else === undefined ? branches : [...branches, { at: '/else', path: '.else', steps: step.else }];
    }
    case 'for_each':
    case 'while':
    case 'do_while':
      return [{ at: '/steps', path: '.steps', steps: step.steps }];
    case undefined:
    case 'tool':
    case 'llm':
    case 'react':
    case 'compute':
    case 'user_input':
    case 'user_verify':
    case 'plan':
    case 'exit':
      return [];
  }
}

/** The step with other steps in its blocks. */
export function mapBlocks(step: Step, change: (steps: Step[]) => Step[]): Step {
  switch (step.kind) {
    case 'if': {
      const branches = step.branches.map((branch) => ({ ...branch, steps: change(branch.steps) }));
      return { ...step, branches, ...(step.else === undefined ? {} : { else: change(step.else) }) };
    }
    case 'for_each':
    case 'while':
    case 'do_while':
      return { ...step, steps: change(step.steps) };
    case undefined:
    case 'tool':
    case 'llm':
    case 'react':
    case 'compute':
    case 'user_input':
    case 'user_verify':
    case 'plan':
    case 'exit':
      return step;
  }
}

/** Ids of the tools that the step itself may call, without those of its blocks. */
export function toolsOfStep(step: Step): string[] {
  if (step.kind === 'react') return step.tools;
  return 'tool_id' in step && typeof step.tool_id === 'string' ? [step.tool_id] : [];
}

/** The steps and those of their blocks, in the written order. */
export function allSteps(steps: Step[]): Step[] {
  return steps.flatMap((step) => [step, ...stepBlocks(step).flatMap((block) => allSteps(block.steps))]);
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
