import { MAX_VALUE_BYTES, sizesText, VALUE_CURE } from '../domain/run/value-too-large.js';
import type { Tool } from '../tools/tool.js';

/** How a call ends that gave nothing. */
export interface CallFailure {
  kind: 'failure';
  message: string;
  /** What else is to be known of it. */
  why?: string | undefined;
  retryable: boolean;
  notDone: boolean;
  unavailable?: boolean | undefined;
}

/** A call whose result is more than a run keeps; what it did is done. */
export function gaveTooMuch(
  { effect }: Tool,
  { bytes, limit = MAX_VALUE_BYTES }: { bytes: number; limit?: number },
): CallFailure {
  const message = `gave ${sizesText(bytes, limit)}: let it ${VALUE_CURE}.`;
  return { kind: 'failure', message, ...(effect === 'once' && { why: IS_DONE }), retryable: false, notDone: false };
}

const IS_DONE = 'What it did is done, and it is not called again: a resume asks what its result is instead.';
