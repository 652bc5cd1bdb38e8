import type { SubPlanStep } from '../plan.js';
import { NO_BLOCKS, NO_QUESTION, SHAPED_OUTPUT, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** Another plan, run as one step. */
export const plan: StepKind<SubPlanStep> = {
  ...NO_BLOCKS,
  ...NO_QUESTION,
  ...SHAPED_OUTPUT,
  ...TOOL_BY_ID,
  keys: ['plan', 'output', 'output_schema'],
  canOverlap: false,
  // The steps inside may ask questions.
  mayAsk: true,
  takes: ({ inputs }) => [{ at: '/inputs', templates: inputs, maySecret: true }],
  taskText: () => undefined,
  valueType: (_step, sources) => sources.plan,
};
