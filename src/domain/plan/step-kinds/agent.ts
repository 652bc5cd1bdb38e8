import { LLM_TOOL } from '../llm-tool.js';
import type { AgentStep } from '../plan.js';
import { MODEL_WORK } from './model-work.js';
import { NO_QUESTION, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** The kind of a step that says none: a model with one tool. */
export const agent: StepKind<AgentStep> = {
  ...MODEL_WORK,
  ...NO_QUESTION,
  ...TOOL_BY_ID,
  keys: ['tool_id', 'output', 'output_schema', 'model', 'writes'],
  modelCalls: 'one',
  mayAsk: true,
  valueType: ({ tool_id }) => (tool_id === null || tool_id === LLM_TOOL ? { type: 'string' } : undefined),
};
