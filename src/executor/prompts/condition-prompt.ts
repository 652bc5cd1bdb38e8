import { aboutMarks } from '../../domain/values/marks.js';
import type { AgentWork } from './agent-work.js';
import { ABOUT_READING, NOTHING_READ, partBlock, type PartsRead } from './part-block.js';
import type { Prompt } from './prompt.js';
import { inputBlock, type StepInput } from './value-block.js';

/** The prompt for the introspection model about a condition in words. */
export function conditionMessages(
  work: Pick<AgentWork, 'marks' | 'task' | 'today'> & {
    condition: string;
    values: StepInput[];
    read?: PartsRead;
    canRead?: boolean;
  },
): Prompt {
  const system = [
    'You judge whether one step of a plan should be done. Reply with JSON: {"outcome": …, "reason": one sentence}.',
    'outcome is "continue" when the condition holds, "skip" when it does not, or cannot be judged because data is missing,',
    'and "complete" only when it does not hold and nothing of the plan that is left can make sense without this step.',
    ...(work.canRead === true ? [ABOUT_READING] : []),
    aboutMarks(work.marks),
  ].join('\n');
  const user = [
    `Condition: ${work.condition}`,
    `The step: ${work.task}`,
    ...inputBlock(work.values, work),
    ...partBlock(work.read ?? NOTHING_READ, work.marks),
    `Today is ${work.today}.`,
  ].join('\n\n');
  return { system, user };
}
