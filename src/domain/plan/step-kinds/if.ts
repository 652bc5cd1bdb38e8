import type { IfStep, Step } from '../plan.js';
import { outcomeOf } from './guard-outcome.js';
import { NO_MODEL, NO_QUESTION, NO_ROUNDS, NO_SCHEMA, TOOL_BY_ID, type StepBlock, type StepKind } from './step-kind.js';

/** A choice between blocks. What the chosen one leaves is there after it. */
export const ifKind: StepKind<IfStep> = {
  ...NO_ROUNDS,
  ...NO_MODEL,
  ...NO_QUESTION,
  ...NO_SCHEMA,
  ...TOOL_BY_ID,
  keys: ['branches', 'else'],
  blocks: blocksOf,
  withBlocks: (step, change) => ({
    ...step,
    branches: step.branches.map((branch) => ({ ...branch, steps: change(branch.steps) })),
    ...(step.else === undefined ? {} : { else: change(step.else) }),
  }),
  endsRun: (step, anyEnds) => outcomeOf(step) === 'always' && everyBranchEnds(step, anyEnds),
  sentences: ({ branches }) => branches.flatMap(({ condition }) => condition ?? []),
  canOverlap: false,
  takes: () => [],
  taskText: () => undefined,
  valueType: () => undefined,
};

function blocksOf(step: IfStep): StepBlock[] {
  const branches = step.branches.map((branch, index) => ({
    at: `/branches/${index}/steps`,
    path: `.branches.${index}.steps`,
    steps: branch.steps,
    guard: { at: `/branches/${index}`, when: branch.when, condition: branch.condition },
  }));
  return step.else === undefined ? branches : [...branches, { at: '/else', path: '.else', steps: step.else }];
}

/** The first branch that is taken whenever no earlier one is; their number when there is none. */
export function takenBranch({ branches }: IfStep): number {
  const index = branches.findIndex((branch) => branch.when !== undefined && outcomeOf(branch) === 'always');
  return index === -1 ? branches.length : index;
}

function everyBranchEnds(step: IfStep, anyEnds: (steps: Step[]) => boolean): boolean {
  const taken = takenBranch(step);
  const isClosed = taken < step.branches.length;
  const open = step.branches.slice(0, taken + 1).filter((branch) => outcomeOf(branch) !== 'never');
  if (!open.every((branch) => anyEnds(branch.steps))) return false;
  return isClosed || (step.else !== undefined && anyEnds(step.else));
}
