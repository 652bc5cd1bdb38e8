import type { ToolEffect } from '../../domain/values/tool-effects.js';
import type { ToolResult } from '../tool.js';
import { ServerFault, ServerRefusal } from './server-fault.js';

/** Errors of the protocol after which nothing was done: it has no such method, or the arguments do not fit. */
const NOT_DONE = new Set([-32_600, -32_601, -32_602]);

/** A call that has no result. Throws for one that may have acted, and whose outcome a person must tell. */
export function failureOfCall(error: unknown, effect: ToolEffect): ToolResult & { kind: 'failure' } {
  if (error instanceof ServerRefusal) {
    const notDone = NOT_DONE.has(error.code);
    return {
      kind: 'failure',
      message: `it refused the call: ${error.message}`,
      retryable: true,
      ...(notDone && { notDone }),
    };
  }
  if (!(error instanceof ServerFault)) throw error;
  const { kind, message, isNotDone: notDone } = error;
  if (!notDone && effect === 'once') throw error;
  const isPassing = ['not-started', 'unreached', 'busy', 'gone', 'lost', 'silent'].includes(kind);
  return {
    kind: 'failure',
    message,
    retryable: isPassing,
    ...(notDone && { notDone }),
    ...(isPassing && { unavailable: true }),
  };
}
