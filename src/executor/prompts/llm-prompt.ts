import { aboutMarks } from '../../domain/values/marks.js';
import type { AgentWork } from './agent-work.js';
import { answerBlock } from './answer-block.js';
import type { Prompt } from './prompt.js';
import { imagesOf, inputBlock } from './value-block.js';

/** The prompt for the model of an llm step. */
export function llmMessages(
  work: Pick<AgentWork, 'marks' | 'task' | 'inputs' | 'answers' | 'today'> & { system?: string | undefined },
): Prompt {
  const system =
    work.system ??
    [
      'You do one step of a plan. Answer the task from the data given, and with nothing but the answer.',
      aboutMarks(work.marks),
    ].join('\n');
  const user = [
    `Task: ${work.task}`,
    ...inputBlock(work.inputs, work.marks),
    ...answerBlock(work.answers, work.marks),
    `Today is ${work.today}.`,
  ].join('\n\n');
  return { system, user, images: imagesOf(work.inputs) };
}
