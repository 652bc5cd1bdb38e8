import { aboutMarks } from '../../domain/values/marks.js';
import { agentWork, type AgentWork } from './agent-work.js';
import type { Prompt } from './prompt.js';
import { imagesOf } from './value-block.js';

/** The prompt for the model that writes the arguments of a call, which are traced before it is made. */
export function argumentMessages(work: AgentWork & { toolId: string }): Prompt {
  const system = [
    `You prepare one step of a plan: you write the arguments for the tool ${work.toolId} by calling its function.`,
    'Take every argument from the task and the data below. Never invent a value and never use a placeholder:',
    'leave out an argument whose value cannot be found, also a required one. A person is asked for it.',
    'Each argument is traced to the task and the data before the tool is called.',
    'Call the function again for each item when the task needs several calls.',
    'To pass an input whole, give {{$name}} with the name of the input as the argument.',
    aboutMarks(work.marks),
  ].join('\n');
  return { system, user: agentWork(work), images: imagesOf(work.inputs) };
}
