import type { ReactStep } from '../plan.js';
import { ASKING_KEYS, takenByAsking } from './asking.js';
import { MODEL_WORK } from './model-work.js';
import type { StepKind } from './step-kind.js';

/** A model with several tools. */
export const react: StepKind<ReactStep> = {
  ...MODEL_WORK,
  keys: ['tools', 'output', 'output_schema', 'model', 'max_tool_calls', 'may_ask', 'writes', 'sends', ...ASKING_KEYS],
  takes: (step) => [...MODEL_WORK.takes(step), ...takenByAsking(step)],
  // One for each call, and one for the answer.
  modelCalls: ({ max_tool_calls }) => ({ least: 1, most: max_tool_calls + 1 }),
  tools: (step) => step.tools,
  valueType: () => undefined,
  mayAsk: true,
  asks: ({ may_ask }) => (may_ask === true ? 'This step may ask a person.' : undefined),
  question: () => undefined,
};
