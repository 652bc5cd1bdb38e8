export { Portia } from './library/portia.js';
export type {
  GivenEndUser,
  PlanningOptions,
  PlanOrRun,
  PlanSource,
  PortiaOptions,
  RefineOptions,
  EstimateOptions,
  ResumeOptions,
  SignalOptions,
  ExportOptions,
  RunFilter,
  RunOptions,
  WaitingQuestion,
} from './library/portia-options.js';
export type { EstimatedBounds, EstimatedModel, EstimateRecord } from './domain/plan/estimate-record.js';
export type { PlanChange } from './domain/plan/plan-diff.js';
export type { RunChange } from './domain/run/run-diff.js';
export type { ValueChange } from './domain/values/json-changes.js';
export type { Running } from './library/running.js';
export type { RunBrief } from './storage/store.js';
export { openClarifications } from './domain/run/clarification.js';
export { PlanBuilder } from './builder/plan-builder.js';
export { expr, Input, StepOutput, type Reference } from './builder/reference.js';
export type { Condition, Expression, PlanBuilderOptions, Schema, Value } from './builder/step-options.js';
export type { Limits } from './executor/budget.js';
export type { ToldText } from './executor/run-context.js';
export { defineTool } from './tools/define-tool.js';
export type {
  ReadinessContext,
  SaidReadiness,
  Tool,
  ToolContext,
  ToolDefinition,
  ToolEndUser,
  ToolEnvironment,
  ToolProgress,
  ToolResult,
} from './tools/tool.js';
export { defineHooks } from './hooks/define-hooks.js';
export type {
  AfterPlanReply,
  AfterToolCallReply,
  BeforeStepReply,
  BeforeToolCallReply,
  HookedCall,
  HookedPlan,
  HookedQuestion,
  HookedRequest,
  HookedResult,
  HookedRun,
  HookedRunEnd,
  HookedStep,
  HookedStepEnd,
  HookQuestion,
  HookRun,
  Hooks,
  HooksDefinition,
  QuestionReply,
} from './hooks/hooks.js';
export type { Model, ModelMessage, ModelReply, ModelRequest, ModelTool, ModelToolCall } from './models/model.js';
export type { ClarificationHandler } from './clarifications/clarification-handler.js';
export type { ApprovalAnswer } from './domain/run/approval-answers.js';
export type { Answer, Category, Clarification, ClarificationRequest, ValueSource } from './domain/run/clarification.js';
export { PortiaError, type ErrorCode, type Problem, type RunError } from './domain/errors.js';
export type { Advice, CommandStep, NextStep } from './domain/next-step.js';
export type { EventBody, RunEvent } from './domain/run/events.js';
export type { ToolEffect } from './domain/values/tool-effects.js';
export type { ClarificationId, PlanId, RunId } from './domain/values/ids.js';
export type { Json, JsonObject, JsonSchema } from './domain/values/json.js';
export type { Plan, PlanInput, Step, Usage } from './domain/plan/plan.js';
export type { Output, Run, RunState, StepRecord } from './domain/run/run.js';
