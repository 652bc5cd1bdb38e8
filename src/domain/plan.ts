export type {
  AgentStep,
  BlockStep,
  Branch,
  ComputeStep,
  IfStep,
  LlmStep,
  Plan,
  PlanInput,
  Step,
  ToolStep,
  Usage,
  Variable,
} from './plan-schema.js';

export const PLAN_SCHEMA_VERSION = 1;
