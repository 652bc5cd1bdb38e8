import { DEFAULT_AGENT, MAX_TOOL_CALLS, type AgentType } from '../../values/agent-types.js';
import { LLM_TOOL } from '../llm-tool.js';
import type { AgentStep } from '../plan.js';
import { ASKING_KEYS, takenByAsking } from './asking.js';
import { MODEL_WORK } from './model-work.js';
import { NO_QUESTION, TOOL_BY_ID, type Bounds, type StepKind } from './step-kind.js';

/** The kind of a step that says none: a model with one tool. */
export const agent: StepKind<AgentStep> = {
  ...MODEL_WORK,
  ...NO_QUESTION,
  ...TOOL_BY_ID,
  keys: ['tool_id', 'output', 'output_schema', 'model', 'agent', 'writes', ...ASKING_KEYS],
  takes: (step) => [...MODEL_WORK.takes(step), ...takenByAsking(step)],
  modelCalls: callsOf,
  mayAsk: true,
  valueType: (step) => (isOneAnswer(step) || step.agent === 'react' ? { type: 'string' } : undefined),
};

/** Whether a model alone does it. */
export function isOneAnswer({ tool_id: id }: AgentStep): boolean {
  return id === null || id === LLM_TOOL;
}

function callsOf(step: AgentStep, standard: AgentType = DEFAULT_AGENT): Bounds {
  if (isOneAnswer(step)) return { least: 1, most: 1 };
  // Another one shapes what the tool gave, where it does not fit as it is.
  const shaping = step.output_schema === undefined ? 0 : 1;
  switch (step.agent ?? standard) {
    case 'one-shot':
      return { least: 1, most: 1 + shaping };
    case 'verified':
      return { least: 1, most: 2 + shaping };
    case 'react':
      // One for each call, and one for the answer.
      return { least: 1, most: MAX_TOOL_CALLS + 1 };
  }
}
