import { imagesIn } from '../../domain/values/images.js';
import { aboutMarks, between } from '../../domain/values/marks.js';
import type { Json, JsonSchema } from '../../domain/values/json.js';
import { agentWork, type AgentWork } from './agent-work.js';
import type { Prompt } from './prompt.js';
import { imagesOf, MAX_PASTED } from './value-block.js';

/** An argument that a model wrote. */
export interface WrittenArgument {
  /** What the verdict calls it. */
  label: string;
  value: Json;
}

/** The prompt for the model that traces the arguments of calls before they are made. */
export function verificationMessages(
  work: AgentWork & {
    tool: { id: string; description: string; schema: JsonSchema };
    written: readonly WrittenArgument[];
    /** What earlier calls of the step gave, or said of their failures. */
    results: readonly string[];
  },
): Prompt {
  const { tool, marks } = work;
  const system = [
    `A model has written arguments for the tool ${tool.id}, to do one step of a plan. Trace each of them before the call is made.`,
    'made_up is false when the value is in the task, in the data or in what the user answered, and when it is only reworded,',
    'converted, computed or concluded from these. It is true when it is a guess, a placeholder or an example,',
    'or when nothing there says it. The description of the tool is not a source of values.',
    'Reply with JSON: for each argument, by its name, {"reason": one sentence, "made_up": true or false}.',
    aboutMarks(marks),
  ].join('\n');
  const user = [
    agentWork(work, {}),
    ...work.results.map((result) => `A call before this one:\n${result}`),
    `The tool ${tool.id}:\n${between(marks, `${tool.description}\n${JSON.stringify(tool.schema)}`)}`,
    `The arguments:\n${between(marks, work.written.map(argumentLine).join('\n'))}`,
  ].join('\n\n');
  return { system, user, images: imagesOf(work.inputs) };
}

function argumentLine({ label, value }: WrittenArgument): string {
  const text = JSON.stringify(imagesIn(value).shown);
  return `${label} = ${text.length <= MAX_PASTED ? text : `${text.slice(0, MAX_PASTED)} … (cut)`}`;
}
