import { LLM_TOOL } from '../llm-tool.js';
import type { JsonSchema } from '../../values/json.js';
import type { AgentStep } from '../plan.js';
import { MODEL_WORK } from './model-work.js';
import { NO_QUESTION, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** The kind of a step that says none: a model with one tool. */
export const agent: StepKind<AgentStep> = {
  ...MODEL_WORK,
  ...NO_QUESTION,
  ...TOOL_BY_ID,
  keys: ['tool_id', 'output', 'output_schema', 'model', 'writes'],
  // Another one shapes what the tool gave, where it does not fit as it is.
  modelCalls: ({ tool_id, output_schema }) => ({ least: 1, most: isShaped(tool_id, output_schema) ? 2 : 1 }),
  mayAsk: true,
  valueType: ({ tool_id }) => (tool_id === null || tool_id === LLM_TOOL ? { type: 'string' } : undefined),
};

function isShaped(toolId: string | null, schema: JsonSchema | undefined): boolean {
  return schema !== undefined && toolId !== null && toolId !== LLM_TOOL;
}
