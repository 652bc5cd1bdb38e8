import * as z from 'zod';

import { LLM_TOOL } from '../../domain/plan/llm-tool.js';
import { defineTool } from '../define-tool.js';
import { newMarks } from '../new-marks.js';
import { notDone } from '../not-done.js';
import { llmToolPrompt } from './llm-tool-prompt.js';

const json = z.json();

export const llmTool = defineTool({
  id: LLM_TOOL,
  name: 'LLM Tool',
  description:
    'Answers a task by reasoning or writing with a language model: summarise, compare, draft, extract, translate. ' +
    'It has no access to the outside world and no other tools. Use it only when no other tool fits, and give it all ' +
    'the data it needs. It cannot ask the user anything.',
  effect: 'read',
  isPublic: true,
  args: z.object({
    task: z.string().min(1).describe('What to do.'),
    task_data: json
      .optional()
      .describe('All the data that the task needs, in full: text, a list, or an object. Not a summary.'),
  }),
  timeoutMs: 300_000,
  run: async (context, { task, task_data: data }) => {
    const prompt = llmToolPrompt({ task, data }, newMarks());
    const answer = await context.environment.askModel(prompt, context.signal);
    if (answer.trim() !== '') return { kind: 'output', value: answer };
    return notDone('The model answered with nothing.', true);
  },
});
