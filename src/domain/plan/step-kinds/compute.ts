import type { ComputeStep } from '../plan.js';
import { EXACT_OUTPUT, NO_BLOCKS, NO_QUESTION, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** The value of an expression. */
export const compute: StepKind<ComputeStep> = {
  ...NO_BLOCKS,
  ...NO_QUESTION,
  ...EXACT_OUTPUT,
  ...TOOL_BY_ID,
  keys: ['expression', 'output', 'output_schema'],
  canOverlap: true,
  takes: ({ expression }) => [{ at: '/expression', expression }],
  taskText: (step) => step.name ?? `Compute ${step.expression}`,
  valueType: (_step, { expression }) => expression,
};
