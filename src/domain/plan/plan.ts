export type {
  AgentStep,
  BlockStep,
  Branch,
  ComputeStep,
  ExitStep,
  ForEachStep,
  IfStep,
  LlmStep,
  Plan,
  PlanInput,
  ReactStep,
  Step,
  SubPlanStep,
  ToolStep,
  Usage,
  UserInputStep,
  UserVerifyStep,
  Variable,
  WhileStep,
} from './plan-schema.js';

export const PLAN_SCHEMA_VERSION = 1;
