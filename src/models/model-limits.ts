import { PortiaError } from '../domain/errors.js';
import { FormatRejected, type Model, type ModelRequest } from './model.js';
import { estimateTokens } from './reply/read-usage.js';
import type { RequestSettings } from './providers/request-settings.js';

/**
 * The model with what the user says of it: a request that its context window cannot hold is refused before it is sent
 * (`invalid-input`), and so is a JSON Schema that it does not take (FormatRejected).
 */
export function withinLimits(model: Model, settings: RequestSettings): Model {
  const { id } = model;
  return {
    id,
    contextWindow: settings.contextWindow,
    maxTokens: settings.maxTokens,
    simplePlans: settings.simplePlans,
    takesImages: settings.takesImages,
    async complete(request, options) {
      requireRoom(request, { id, ...settings });
      if (settings.noJsonSchema && request.responseFormat?.kind === 'json_schema') {
        throw new FormatRejected(`${id} takes no JSON Schema: its settings say no_json_schema`);
      }
      return model.complete(request, options);
    },
  };
}

function requireRoom(
  request: ModelRequest,
  { id, contextWindow, maxTokens = 0 }: Pick<RequestSettings, 'contextWindow' | 'maxTokens'> & { id: string },
): void {
  if (contextWindow === undefined) return;
  const tokens = estimateTokens(request);
  if (tokens + maxTokens <= contextWindow) return;
  const reply = maxTokens === 0 ? '' : ` and its reply up to ${maxTokens} (max_tokens)`;
  throw new PortiaError('invalid-input', `The request is too long for ${id}.`, {
    why: `It has about ${tokens} tokens${reply}; the context window of the model is ${contextWindow} (context_window).`,
    fix: 'Shorten the request or its inputs, or use a model that takes more: --model provider/name',
    retryable: false,
  });
}
