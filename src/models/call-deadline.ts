import { PortiaError } from '../domain/errors.js';

/** How long one call of a model may take when nobody says. */
const DEFAULT_CALL_MS = 600_000;

/** Milliseconds for one call of a model, with all its attempts: what the step says, else what is set for the model. */
export function callDeadlineMs(ofStep: number | undefined, ofModel: number | undefined): number {
  return ofStep ?? ofModel ?? DEFAULT_CALL_MS;
}

/** A model that gave no whole reply in that time; `why` says what was waited for. */
export function tooSlow(modelId: string, ms: number, why: string): PortiaError {
  return new PortiaError('timed-out', `${modelId} gave no complete reply within ${ms / 1000} s.`, {
    why,
    fix: 'Give it more time: --model-timeout 30m, or "model_timeout_ms" in the settings; or use a faster model: --model provider/name',
    retryable: true,
  });
}
