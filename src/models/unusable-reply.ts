import { PortiaError, type ErrorDetails } from '../domain/errors.js';
import { BrokenReply } from './model.js';

type Details = Pick<ErrorDetails, 'fix' | 'usage' | 'cause'>;

/** A reply that cannot be used, with the reason; another one would be the same. */
export function unusable(modelId: string, why: string, details: Details = {}): PortiaError {
  return new PortiaError('model-reply-unusable', cannotBeUsed(modelId), { why, ...TRY_AGAIN, ...details });
}

/** A reply that is empty, cut off or not the protocol, with the reason. */
export function broken(modelId: string, why: string, details: Details = {}): BrokenReply {
  return new BrokenReply(cannotBeUsed(modelId), { why, ...TRY_AGAIN, ...details });
}

const cannotBeUsed = (modelId: string) => `The reply of ${modelId} cannot be used.`;
const TRY_AGAIN = { fix: 'Try again, or use another model: --model provider/name', retryable: true };
