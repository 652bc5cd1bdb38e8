import { isJsonObject, toJson } from '../../domain/values/json.js';
import type { Plan } from '../../domain/plan/plan.js';
import { readPlanDocument } from '../../storage/upgrade/upgrade.js';

/**
 * The plan in a response of the Python SDK's service, which has `query` and `tool_ids` beside its steps; a plan in the
 * shape of its file is read, too. Throws `invalid-plan` with all problems at once.
 */
export function fromResponse(response: unknown): Plan {
  const json = toJson(response);
  const document = json.ok ? json.value : response;
  return readPlanDocument(isJsonObject(document) ? withContext(document) : document, {
    createdAt: new Date().toISOString(),
    name: 'The response',
  }).plan;
}

function withContext(response: Record<string, unknown>): Record<string, unknown> {
  const { query, tool_ids, ...plan } = response;
  return 'plan_context' in response ? response : { plan_context: { query, tool_ids }, ...plan };
}
