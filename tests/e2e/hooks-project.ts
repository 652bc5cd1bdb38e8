import type { KillScenario } from '../support/kill-everywhere.js';
import { makeToolProject } from '../support/tool-project.js';

const TOOLS = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

export const send = defineTool({
  id: 'send_letter',
  name: 'Send a letter',
  description: 'Sends a letter.',
  effect: 'once',
  args: z.object({ to: z.string(), text: z.string() }),
  run({ environment, idempotencyKey: key }, { to, text }) {
    const result = 'sent to ' + to;
    const effect = { tool: 'send_letter', to, text, key, result };
    appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify(effect) + '\\n');
    return result;
  },
});
`;

/** Hides addresses, asks before and after calls, skips a step and gives a result. */
const HOOKS = `
import { defineHooks } from 'portia';

export default defineHooks({
  beforeRun: () => undefined,
  beforeStep: ({ step }) => (step.name === 'second' ? { skip: 'one letter is enough' } : undefined),
  beforeToolCall({ args, step }) {
    if (step.name === 'given') return { result: 'not sent' };
    return { args: { ...args, text: args.text.replace(/\\S+@\\S+/g, '[address]') }, ask: 'An address was hidden.' };
  },
  afterToolCall: ({ answers }) => (answers.length === 0 ? { ask: 'Has it arrived?' } : { result: 'arrived' }),
  afterStep: () => undefined,
  afterRun: () => undefined,
  onQuestion: ({ question }) => (question.category === 'Input' ? { answer: 'Ada' } : undefined),
});
`;

const letter = (name: string) => ({
  kind: 'tool',
  name,
  tool_id: 'send_letter',
  args: { to: '{{ $to }}', text: 'I am ann@example.com' },
  output: `$${name}`,
});

/** A letter whose hooks change, ask, skip, answer and give a result. */
export const hooksScenario: KillScenario = {
  project: () =>
    makeToolProject(TOOLS, {
      'portia.json': { tools: { modules: ['./tools/*.mjs'] }, hooks: './hooks.mjs' },
      'hooks.mjs': HOOKS,
      'letter.json': {
        plan_context: { query: 'Write to Ada', tool_ids: ['send_letter'] },
        steps: [
          { kind: 'user_input', message: 'To whom?', output: '$to' },
          letter('first'),
          letter('second'),
          letter('given'),
          { kind: 'compute', expression: "$first & ', ' & $given", output: '$all' },
        ],
      },
    }),
  start: ['run-plan', 'letter.json'],
  answers: () => true,
};
