import { expect, test } from 'vitest';

import { withoutThoughts } from '../../../src/models/reply/thoughts.js';

const CODE = '```';

const thought: [string, string, string][] = [
  ['a block before the answer', '<think>\nLyon?\n</think>\n\nParis', 'Paris'],
  ['an empty block', '<think>\n\n</think>\n\nParis', 'Paris'],
  ['a block with another name', ' <Thinking>Lyon?</Thinking>Paris', 'Paris'],
  ['a block in square brackets', '[THINK]Lyon?[/THINK]Paris', 'Paris'],
  ['a block behind the answer', 'Paris\n<think>Or Lyon?</think>', 'Paris\n'],
  ['a block in the middle', 'In short:<think>Lyon?</think> Paris', 'In short: Paris'],
  ['two blocks', '<think>Lyon?</think>Pa<think>ris?</think>ris', 'Paris'],
  ['a block in a block', '<think>Lyon? <think>Nice?</think> No.</think>Paris', 'Paris'],
  ['a closing tag alone', 'Lyon? No.\n</think>\n\nParis', 'Paris'],
  ['a closing tag alone in a line', 'Lyon maybe </think> Paris', 'Paris'],
  ['a block that never ends', '<think>Lyon?', ''],
  ['a code block in the thoughts', `Lyon?\n${CODE}json\n"Lyon"\n${CODE}\n</think>Paris`, 'Paris'],
  [
    'a code block that the thoughts leave open',
    `${CODE}json\n1\n</think>\n${CODE}json\n2\n${CODE}`,
    `${CODE}json\n2\n${CODE}`,
  ],
  ['quotes around the end', '<think>"Lyon"</think>"Paris"', '"Paris"'],
  [
    'channels',
    '<|channel|>analysis<|message|>Lyon?<|end|><|start|>assistant<|channel|>final<|message|>Paris<|return|>',
    'Paris',
  ],
  [
    'channels of which the first begins in the prompt',
    'analysis<|message|>Lyon?<|channel|>final<|message|>Paris',
    'Paris',
  ],
  ['a channel with a format', 'Lyon?<|end|><|channel|>final <|constrain|>json<|message|>{"a":1}', '{"a":1}'],
  ['a channel of thoughts alone', '<|channel|>analysis<|message|>Lyon?', ''],
  [
    'marks of OpenThinker',
    '<|begin_of_thought|>Lyon?<|end_of_thought|>\n<|begin_of_solution|>\nParis\n<|end_of_solution|>',
    'Paris',
  ],
  ['marks of Kimi', '◁think▷Lyon?◁/think▷Paris', 'Paris'],
  ['marks of Cohere', '<|START_THINKING|>Lyon?<|END_THINKING|><|START_RESPONSE|>Paris<|END_RESPONSE|>', 'Paris'],
  ['marks of Apertus', '<|inner_prefix|>Lyon?<|inner_suffix|>Paris', 'Paris'],
  ['marks of MedGemma', '<unused94>thought\nLyon?<unused95>Paris', 'Paris'],
  ['marks of Gemma', '<|channel>thought\nLyon?<channel|>Paris', 'Paris'],
  ['marks of Gemma around nothing', '<|channel>thought\n<channel|>Paris', 'Paris'],
  ['tokens as marks', '<|think|>Lyon?<|/think|><|thinking_start|>Nice?<|thinking_end|>Paris', 'Paris'],
  ['a block of another model', '<antThinking>Lyon?</antThinking><scratchpad>Nice?</scratchpad>Paris', 'Paris'],
  ['a block of several thoughts', '<thoughts>Lyon?</thoughts><think_fast>Nice?</think_fast>Paris', 'Paris'],
  ['a tag with a space', '<think >Lyon?</think >Paris', 'Paris'],
  ['sentences of Granite', "Here's my thought process:\nLyon?\nHere is my response:\nParis", 'Paris'],
  ['an answer in tags behind them', '<think>Lyon?</think>\n<answer>\nParis\n</answer>', 'Paris'],
  ['a response in tags behind them', '<think>Lyon?</think>\n<response>\nParis\n</response>', 'Paris'],
  ['a box behind them', '<think>Lyon?</think><|begin_of_box|>Paris<|end_of_box|>', 'Paris'],
  ['channels without marks', 'analysisLyon? No.assistantfinalParis', 'Paris'],
];
test.each(thought)('when a reply has %s then only the answer is left', (_name, text, answer) => {
  expect(withoutThoughts(text)).toBe(answer);
});

const answers: [string, string][] = [
  ['no thoughts', '  Paris\n'],
  ['tags in code', 'Thoughts end with `</think>`.'],
  ['tags in a code block', `So:\n${CODE}xml\n<think>a</think>\n${CODE}\nDone.`],
  ['channels in a code block', `So:\n${CODE}\n<|channel|>final<|message|>a\n${CODE}\nDone.`],
  ['tags in a sentence', 'Models write <think> and </think> around thoughts.'],
  ['a sentence about its response', 'Here is my response: Paris'],
  ['JSON with tags', '{"html":"x <think>y</think> z"}'],
];
test.each(answers)('when an answer has %s then it stays as it is', (_name, text) => {
  expect(withoutThoughts(text)).toBe(text);
  expect(withoutThoughts(`<think>Lyon?</think>${text}`)).toBe(text.trimStart());
});

test('when an answer without thoughts stands in a tag then that is a part of it', () => {
  expect(withoutThoughts('<answer>Paris</answer>')).toBe('<answer>Paris</answer>');
});

test('when a reply consists of tags then it is read in one pass', () => {
  const tags = '<think></think>{"'.repeat(200_000);
  expect(withoutThoughts(tags)).toBe('{"'.repeat(200_000));
});
