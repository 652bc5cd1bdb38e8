import type { Step } from '../plan/plan.js';
import { isOneAnswer } from '../plan/step-kinds/agent.js';
import type { ProblemList } from './problem-list.js';

/** `agent`: how the model of a step calls its tool. */
export function checkAgent(step: Step, at: string, problems: ProblemList): void {
  if (step.kind !== undefined || step.agent === undefined || !isOneAnswer(step)) return;
  problems.warn('unused-agent', {
    message: 'The model of this step calls no tool.',
    pointer: `${at}/agent`,
    fix: 'Remove agent.',
  });
}
