import { aboutMarks } from '../../domain/values/marks.js';
import type { AgentWork } from './agent-work.js';
import { answerBlock } from './answer-block.js';
import { ABOUT_READING, NOTHING_READ, partBlock, type PartsRead } from './part-block.js';
import type { Prompt } from './prompt.js';
import { imagesOf, inputBlock } from './value-block.js';

/** The prompt for the model of an llm step. */
export function llmMessages(
  work: Pick<AgentWork, 'marks' | 'task' | 'inputs' | 'answers' | 'today'> & {
    system?: string | undefined;
    read?: PartsRead;
    canRead?: boolean;
  },
): Prompt {
  const system =
    work.system ??
    [
      'You do one step of a plan. Answer the task from the data given, and with nothing but the answer.',
      aboutMarks(work.marks),
    ].join('\n');
  const reading = work.canRead === true ? `\n${ABOUT_READING}` : '';
  const user = [
    `Task: ${work.task}`,
    ...inputBlock(work.inputs, work),
    ...partBlock(work.read ?? NOTHING_READ, work.marks),
    ...answerBlock(work.answers, work.marks),
    `Today is ${work.today}.`,
  ].join('\n\n');
  return { system: system + reading, user, images: imagesOf(work.inputs) };
}
