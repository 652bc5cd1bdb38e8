import type { ExitStep } from '../plan.js';
import { outcomeOf } from './guard-outcome.js';
import { NO_BLOCKS, NO_MODEL, NO_QUESTION, NO_SCHEMA, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** The end of the run. */
export const exit: StepKind<ExitStep> = {
  ...NO_BLOCKS,
  ...NO_MODEL,
  ...NO_SCHEMA,
  ...NO_QUESTION,
  ...TOOL_BY_ID,
  keys: ['message', 'error'],
  canOverlap: false,
  endsRun: (step) => outcomeOf(step) === 'always',
  takes: ({ message }) => [{ at: '', templates: { message } }],
  taskText: () => undefined,
  valueType: () => undefined,
};
