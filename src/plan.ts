export { PlanBuilder, type StepArguments, type Variable } from './builder/deprecated-plan-builder.js';
export { prettyPrint } from './builder/pretty-print.js';
export type { Schema } from './builder/step-options.js';
export type { Plan, PlanInput, Step } from './domain/plan/plan.js';
export { fromResponse } from './app/plans/plan-response.js';
