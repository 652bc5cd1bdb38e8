import type { ToolResult } from './tool.js';

/** The failure of a call that did nothing outside. `retryable`: other arguments or another time may help. */
export function notDone(message: string, retryable = false): Extract<ToolResult, { kind: 'failure' }> {
  return { kind: 'failure', message, retryable, notDone: true };
}
