import { expect, test } from 'vitest';

import { useFaultServers, NEVER, REQUEST } from '../endpoint-under-test.js';
import { answer, completion } from '../fault-server.js';

const modelAt = useFaultServers();

const THOUGHT = 'They want {"city":"Lyon"}.';
const marked = (text: string) =>
  `<|channel|>analysis<|message|>${THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>${text}<|return|>`;

const forms: [string, object][] = [
  ['a block', { content: `<think>\n${THOUGHT}\n</think>\n\nParis` }],
  ['a block with another name', { content: `<thinking>${THOUGHT}</thinking>Paris` }],
  ['a block of yet another name', { content: `<reasoning>${THOUGHT}</reasoning>Paris` }],
  ['a closing tag alone', { content: `${THOUGHT}\n</think>\nParis` }],
  ['channels', { content: marked('Paris') }],
  ['channels of which the first begins in the prompt', { content: marked('Paris').slice('<|channel|>'.length) }],
  ['channels without marks', { content: `analysis${THOUGHT}assistantfinalParis` }],
  ['a channel of thoughts in two parts', { content: marked('Paris').replace('<|end|>', '<|channel|>') }],
  ['reasoning_content', { content: 'Paris', reasoning_content: THOUGHT }],
  ['reasoning', { content: 'Paris', reasoning: THOUGHT }],
  ['the same in two fields', { content: 'Paris', reasoning: THOUGHT, reasoning_content: THOUGHT }],
  ['reasoning as an object', { content: 'Paris', reasoning: { text: THOUGHT } }],
  ['a list of details', { content: 'Paris', reasoning_details: [{ type: 'reasoning.text', text: THOUGHT }] }],
  ['a summary in details', { content: 'Paris', reasoning_details: [{ type: 'reasoning.summary', summary: THOUGHT }] }],
  ['blocks beside the text', { content: 'Paris', thinking_blocks: [{ type: 'thinking', thinking: THOUGHT }] }],
  [
    'a part',
    {
      content: [
        { type: 'thinking', thinking: THOUGHT },
        { type: 'text', text: 'Paris' },
      ],
    },
  ],
  [
    'a part with parts',
    {
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: THOUGHT }] },
        { type: 'text', text: 'Paris' },
      ],
    },
  ],
  [
    'a text that is marked',
    {
      content: [
        { type: 'text', text: THOUGHT, thought: true },
        { type: 'text', text: 'Paris' },
      ],
    },
  ],
  [
    'a part of reasoning',
    {
      content: [
        { type: 'reasoning', text: THOUGHT },
        { type: 'text', text: 'Paris' },
      ],
    },
  ],
];
test.each(forms)('when thoughts come as %s then they are told apart from the answer', async (_form, message) => {
  const { model } = await modelAt([answer(completion(null, { message: { role: 'assistant', ...message } }))]);
  const { text, reasoning } = await model.complete(REQUEST, { signal: NEVER });
  expect({ text, reasoning }).toEqual({ text: 'Paris', reasoning: THOUGHT });
});

test.each([
  ['nothing', {}],
  ['empty fields', { reasoning: null, reasoning_content: '', reasoning_details: [] }],
  ['what is encrypted', { reasoning_details: [{ type: 'reasoning.encrypted', data: 'c2VjcmV0' }] }],
])('when a server says %s about thoughts then there are none', async (_what, fields) => {
  const { model } = await modelAt([answer(completion(null, { message: { content: 'Paris', ...fields } }))]);
  expect((await model.complete(REQUEST, { signal: NEVER })).reasoning).toBeUndefined();
});
