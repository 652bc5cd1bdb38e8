export type {
  AgentStep,
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
  StepKindName,
  StepOf,
  SubPlanStep,
  ToolStep,
  Usage,
  UserInputStep,
  UserVerifyStep,
  Variable,
  WhileStep,
} from './plan-schema.js';

export const PLAN_SCHEMA_VERSION = 1;
