import { aboutMarks, between, type Marks } from '../../domain/values/marks.js';
import type { ModelTool } from '../model.js';

/** Tells a model that takes no functions which there are, and how it calls one. What tools say of themselves is data. */
export function functionsPrompt(tools: readonly ModelTool[], marks: Marks): string {
  const described = tools.map(({ name, description, parameters }) => JSON.stringify({ name, description, parameters }));
  return `These functions can be called:
${between(marks, described.join('\n'))}
${aboutMarks(marks)}
To call one, reply with this and nothing else, and its result will follow:
<tool_call>
{"name": "NAME", "arguments": {…}}
</tool_call>`;
}
