import type { WaitStep } from '../plan.js';
import { NO_BLOCKS, NO_MODEL, NO_QUESTION, NO_SCHEMA, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** A time is waited for. */
export const wait: StepKind<WaitStep> = {
  ...NO_BLOCKS,
  ...NO_MODEL,
  ...NO_SCHEMA,
  ...NO_QUESTION,
  ...TOOL_BY_ID,
  keys: ['until', 'for', 'output'],
  canOverlap: false,
  takes: ({ until, for: length }) => [
    { at: '', templates: { ...(until !== undefined && { until }), ...(length !== undefined && { for: length }) } },
  ],
  taskText: (step) => step.name ?? waitText(step),
  valueType: () => ({ type: 'string' }),
};

/** What the step waits for, in words. */
export function waitText({ until, for: length }: Pick<WaitStep, 'until' | 'for'>): string {
  return until === undefined ? `Wait for ${length ?? '?'}` : `Wait until ${until}`;
}
