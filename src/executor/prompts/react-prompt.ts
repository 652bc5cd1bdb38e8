import { aboutMarks } from '../../domain/values/marks.js';
import { agentWork, type AgentWork } from './agent-work.js';
import type { Prompt } from './prompt.js';
import { imagesOf } from './value-block.js';

/** The prompt for the model of a react step, before its first call. */
export function reactMessages(work: AgentWork & { mayAsk: boolean; finalFunction: string }): Prompt {
  const system = [
    'You do one step of a plan by calling functions: as many as the task needs, one after the other or several at once.',
    'Look at each result before you decide what is next. When a call fails, correct it or find another way.',
    'Take every argument from the task, the data and the results. Never invent a value and never use a placeholder:',
    work.mayAsk
      ? 'when you need a value that cannot be found, call ask_user for it instead.'
      : 'nobody can be asked, so when you need a value that cannot be found, say so in your answer.',
    'To pass an input or a result whole, give {{$name}} with its name as the argument.',
    `When the task is done, or cannot be done, call ${work.finalFunction} with the answer, and nothing beside it.`,
    aboutMarks(work.marks),
  ].join('\n');
  return { system, user: agentWork(work), images: imagesOf(work.inputs) };
}
