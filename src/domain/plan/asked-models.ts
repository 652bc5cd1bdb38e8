import type { ModelRole } from '../values/model-roles.js';
import { LLM_TOOL } from './llm-tool.js';
import type { Plan, Step } from './plan.js';
import { allSteps } from './plan-steps.js';
import { kindOf } from './step-kinds/step-kinds.js';

/** A model that a run may ask: that of a role, or the one that a step names in its place. */
export interface AskedModel {
  role: ModelRole;
  name?: string | undefined;
}

/** The models that running the plans may ask, but for those that tools of other people ask. */
export function askedModels(plans: readonly Plan[]): AskedModel[] {
  return plans.flatMap((plan) => {
    const asked = allSteps(plan.steps).flatMap(askedByStep);
    return plan.output_schema !== undefined || plan.summarize === true ? [...asked, { role: 'summarizer' }] : asked;
  });
}

function askedByStep(step: Step): AskedModel[] {
  const { modelCalls, sentences } = kindOf(step);
  const isModelTool = 'tool_id' in step && step.tool_id === LLM_TOOL;
  const isJudged = typeof step.condition === 'string' || sentences(step).length > 0;
  const named = 'model' in step && typeof step.model === 'string' ? step.model : undefined;
  const asked: AskedModel[] = [];
  if (modelCalls(step).most > 0) asked.push({ role: 'execution', name: named });
  if (isModelTool) asked.push({ role: 'execution' });
  if (isJudged) asked.push({ role: 'introspection' });
  return asked;
}
