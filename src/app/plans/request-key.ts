import { digestValue } from '../../domain/values/digest.js';
import type { Json } from '../../domain/values/json.js';
import { PLAIN_MARKS } from '../../domain/values/marks.js';
import { fingerprintTool } from '../../executor/tool-fingerprints.js';
import { isOff } from '../../tools/readiness.js';
import { PLAN_FORMS, planReplyJsonSchema } from '../../planner/plan-reply.js';
import { planningMessages } from '../../planner/planning-prompt.js';
import type { Services } from '../services.js';
import { describeTool, readyTools, type PlanRequest } from './planning.js';

/**
 * A digest of all that the planning model is asked and asked with: the request, the tools as they are, inputs, examples, the form
 * of the result, the model with its settings, and portia's own words. Not of the day.
 */
export function requestKey(services: Pick<Services, 'modelChoice' | 'modelId'>, request: PlanRequest): string {
  const { query, planInputs = [], outputSchema, examples = [], endUser, tools } = request;
  const choice = services.modelChoice('planning');
  const asked = { query, planInputs, outputSchema, examples, endUser, tools: readyTools(request).map(describeTool) };
  const messages = PLAN_FORMS.map((form) =>
    planningMessages({ ...asked, form, today: '', previousProblems: [], marks: PLAIN_MARKS }).map(
      ({ text }) => text ?? '',
    ),
  );
  const known = tools.map(({ tool, readiness }): Json => [tool.id, fingerprintTool(tool) ?? null, !isOff(readiness)]);
  const forms = PLAN_FORMS.map((form) => planReplyJsonSchema({ form, canKeep: false }));
  const model = [services.modelId('planning') ?? null, choice.kind === 'none' ? null : { ...choice.request }];
  return digestValue([messages, known, forms, model, planInputs.map((input) => ({ ...input }))]);
}
