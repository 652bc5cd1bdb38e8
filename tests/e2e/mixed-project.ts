import type { KillScenario } from '../support/kill-everywhere.js';
import type { ScriptEntry } from '../support/model-server.js';
import { makeToolProject } from '../support/tool-project.js';

/** A tool that reads, and one that acts once and refuses what it is told to refuse. */
const TOOLS = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

const look = defineTool({
  id: 'look',
  name: 'Look',
  description: 'Looks.',
  effect: 'read',
  args: z.object({ text: z.string() }),
  run: (_context, { text }) => 'saw ' + text,
});

const send = defineTool({
  id: 'send',
  name: 'Send',
  description: 'Sends.',
  effect: 'once',
  args: z.object({ text: z.string() }),
  run({ environment, idempotencyKey: key }, { text }) {
    if (text.startsWith('bad')) return { kind: 'failure', message: 'It is bad.', retryable: false, notDone: true };
    const result = 'sent ' + text;
    appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify({ id: 'send', text, key, result }) + '\\n');
    return result;
  },
});

export const tools = [look, send];
`;

const tool = (id: string, text: string, output: string, more: object = {}) => ({
  kind: 'tool',
  tool_id: id,
  args: { text },
  output,
  ...more,
});

const PLAN = {
  plan_context: { query: 'A bit of everything', tool_ids: ['look', 'send'] },
  steps: [
    // They overlap.
    tool('look', 'one', '$one'),
    tool('look', 'two', '$two'),
    {
      kind: 'for_each',
      over: '["good", "bad", "fine"]',
      as: 'item',
      on_error: 'continue',
      steps: [
        { kind: 'user_input', message: 'How much of {{ $item }}?', output: '$much' },
        tool('send', '{{ $item }} {{ $much }}', '$sent'),
      ],
      output: '$all',
    },
    tool('send', 'bad again', '$again', { on_error: [tool('send', 'sorry', '$sorry')] }),
    { kind: 'react', task: 'Look, send, and tell.', tools: ['look', 'send'], output: '$told' },
    {
      kind: 'plan',
      inputs: { what: '{{ $told }}' },
      plan: {
        plan_context: { query: 'inside', tool_ids: ['send'] },
        plan_inputs: [{ name: 'what' }],
        steps: [{ kind: 'user_verify', message: 'Send {{ $what }}?' }, tool('send', '{{ $what }}', '$inside')],
      },
      output: '$inner',
    },
    { task: 'Send a farewell.', tool_id: 'send', agent: 'verified', output: '$bye' },
    {
      kind: 'compute',
      expression: '{ "looked": [$one, $two], "told": $told, "inner": $inner, "bye": $bye }',
      output: '$end',
    },
  ],
};

export const mixedProject = (): string => makeToolProject(TOOLS, { 'mixed.json': PLAN });

const calls = (match: RegExp, name: string, args: object): ScriptEntry => ({
  match,
  reply: { toolCalls: [{ name, arguments: args }] },
});

export const mixedScenario: KillScenario = {
  project: mixedProject,
  start: ['run-plan', 'mixed.json'],
  flags: ['--approve', 'send'],
  answers: ({ category }) => (category === 'Input' ? '2 kg' : true),
  script: [
    calls(/calling functions(?![^]*Result \$result_1)/, 'look', { text: 'around' }),
    calls(/Result \$result_1(?![^]*Result \$result_2)/, 'send', { text: '{{$result_1}}' }),
    calls(/Result \$result_2/, 'final_result', { result: 'told' }),
    calls(/You prepare one step/, 'send', { text: 'farewell' }),
    { match: /Trace each of them/, reply: { json: { text: { reason: 'The task says it.', made_up: false } } } },
  ],
};
