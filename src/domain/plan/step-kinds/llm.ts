import type { LlmStep } from '../plan.js';
import { MODEL_WORK } from './model-work.js';
import { NO_QUESTION, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** One answer of a model. */
export const llm: StepKind<LlmStep> = {
  ...MODEL_WORK,
  ...NO_QUESTION,
  ...TOOL_BY_ID,
  keys: ['output', 'output_schema', 'model', 'system_prompt'],
  modelCalls: () => ({ least: 1, most: 1 }),
  valueType: () => ({ type: 'string' }),
};
