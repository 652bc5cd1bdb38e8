import type { Step } from '../plan.js';
import { EXACT_OUTPUT, NO_QUESTION, TOOL_BY_ID, type StepBlock } from './step-kind.js';

interface WithSteps {
  steps: Step[];
}

/** One block that is done in rounds. */
export const LOOP = {
  ...NO_QUESTION,
  ...EXACT_OUTPUT,
  ...TOOL_BY_ID,
  blocks: ({ steps }: WithSteps): StepBlock[] => [{ at: '/steps', path: '.steps', steps }],
  withBlocks: <Of extends WithSteps>(step: Of, change: (steps: Step[]) => Step[]): Of => ({
    ...step,
    steps: change(step.steps),
  }),
  isLoop: true,
  sentences: (): never[] => [],
  canOverlap: false,
};
