import { aboutMarks } from '../../domain/values/marks.js';
import { agentWork, type AgentWork } from './agent-work.js';
import type { Prompt } from './prompt.js';
import { imagesOf } from './value-block.js';

/** The prompt for the model of an agent's step, made from what the run knows. */
export function agentMessages(work: AgentWork & { toolId: string }): Prompt {
  const system = [
    `You do one step of a plan by calling the function for the tool ${work.toolId}.`,
    'Take every argument from the task and the data below. Never invent a value and never use a placeholder:',
    'when a required argument cannot be found, call ask_user for it instead.',
    'Call the function again for each item when the task needs several calls.',
    'To pass an input whole, give {{$name}} with the name of the input as the argument.',
    aboutMarks(work.marks),
  ].join('\n');
  return { system, user: agentWork(work), images: imagesOf(work.inputs) };
}
