import { escapePointer } from '../values/json.js';
import { nearestName } from '../values/nearest-name.js';
import type { Step, StepKindName } from '../plan/plan.js';
import { ASKING_KEYS } from '../plan/step-kinds/asking.js';
import { STEP_KINDS, stepKind } from '../plan/step-kinds/step-kinds.js';
import type { ProblemList } from './problem-list.js';
import type { PlanContent } from './known-tools-and-plans.js';

/** Keys of every step, also those that are made from a step when its author gave none. */
const EVERY_STEP = ['kind', 'name', 'when', 'condition', 'timeout_ms', 'retries', 'on_error', 'task', 'inputs'];

/** The names that people use: `agent` is a step without a kind. */
export const STEP_KIND_NAMES: readonly string[] = Object.keys(STEP_KINDS);

const PLAN_KEYS = [
  'id',
  'plan_context',
  'steps',
  'plan_inputs',
  'output_schema',
  'summarize',
  'notify',
  'derived_from',
  'metadata',
  // As the Python SDK calls the schema.
  'structured_output_schema',
];
const CONTEXT_KEYS = ['query', 'tool_ids'];
const INPUT_KEYS = ['name', 'description', 'schema', 'default', 'value'];

const BRANCH_KEYS = ['when', 'condition', 'steps'];

/** The keys that a step of this kind can have. */
export function keysOfKind(kind: StepKindName): string[] {
  return [...EVERY_STEP, ...STEP_KINDS[kind].keys];
}

/**
 * Unknown keys are kept, because another tool may have put them there. But one that is nearly a key of this kind is a
 * typing mistake, and the step would run without what its author wrote.
 */
export function checkKeys(step: Step, pointer: string, problems: ProblemList): void {
  // Where they do not belong, another rule says so.
  checkAgainst(step, [...keysOfKind(stepKind(step)), ...ASKING_KEYS], { pointer, problems });
  checkModel(step, pointer, problems);
  if (step.kind !== 'if') return;
  for (const [index, branch] of step.branches.entries()) {
    checkAgainst(branch, BRANCH_KEYS, { pointer: `${pointer}/branches/${index}`, problems });
  }
}

/** A plan is data: it may name a model, but never a program to start. */
function checkModel(step: Step, pointer: string, problems: ProblemList): void {
  if (!('model' in step) || typeof step.model !== 'string' || !step.model.trim().startsWith('exec:')) return;
  problems.error('program-model', {
    message: 'The step names a program as its model. Only a person says which program runs.',
    pointer: `${pointer}/model`,
    fix: 'Remove model from the step, and name the program on the command line: --execution-model exec:…',
  });
}

/** The same around the steps; keys of other tools are common there, and only typing mistakes are reported. */
export function checkPlanKeys(plan: PlanContent, pointer: string, problems: ProblemList): void {
  checkAgainst(plan, PLAN_KEYS, { pointer, problems, onlySlips: true });
  checkAgainst('plan_context' in plan ? (plan.plan_context ?? {}) : {}, CONTEXT_KEYS, {
    pointer: `${pointer}/plan_context`,
    problems,
    onlySlips: true,
  });
  for (const [index, input] of plan.plan_inputs.entries()) {
    checkAgainst(input, INPUT_KEYS, { pointer: `${pointer}/plan_inputs/${index}`, problems, onlySlips: true });
  }
}

function checkAgainst(
  part: object,
  known: string[],
  at: { pointer: string; problems: ProblemList; onlySlips?: boolean },
): void {
  for (const key of Object.keys(part)) {
    if (known.includes(key)) continue;
    const pointer = `${at.pointer}/${escapePointer(key)}`;
    const [, name = '', rest = ''] = /^(\w+):(.+)$/s.exec(key) ?? [];
    if (known.includes(name)) {
      const fix = `Put a space after the colon: ${name}: ${rest}`;
      at.problems.error('unknown-key', { message: `${JSON.stringify(key)} is a name without a value.`, pointer, fix });
      continue;
    }
    const near = nearestName(key, known);
    if (near === undefined && at.onlySlips === true) continue;
    if (near === undefined) {
      at.problems.warn('unknown-key', { message: `${JSON.stringify(key)} means nothing here; it is kept.`, pointer });
    } else {
      const message = `${JSON.stringify(key)} means nothing here.`;
      at.problems.error('unknown-key', { message, pointer, fix: `Did you mean ${near}?` });
    }
  }
}
