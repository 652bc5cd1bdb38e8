import type { WaitForStep } from '../plan.js';
import { EXACT_OUTPUT, NO_BLOCKS, NO_QUESTION, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** An event is waited for. */
export const waitFor: StepKind<WaitForStep> = {
  ...NO_BLOCKS,
  ...NO_QUESTION,
  ...EXACT_OUTPUT,
  ...TOOL_BY_ID,
  keys: ['event', 'key', 'timeout', 'on_timeout', 'output', 'output_schema'],
  canOverlap: false,
  takes: ({ event, key = '', timeout = '', on_timeout: onTimeout }) => [
    { at: '', templates: { event, key, timeout } },
    ...(typeof onTimeout === 'object' ? [{ at: '/on_timeout', templates: { value: onTimeout.value } }] : []),
  ],
  taskText: (step) => step.name ?? waitForText(step),
  valueType: () => undefined,
};

/** What the step waits for, in words. */
export function waitForText({ event, key, timeout }: Pick<WaitForStep, 'event' | 'key' | 'timeout'>): string {
  const which = key === undefined ? event : `${event} (${key})`;
  return timeout === undefined ? `Wait for ${which}` : `Wait for ${which}, ${timeout} at most`;
}
