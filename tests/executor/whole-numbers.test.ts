import { expect, test } from 'vitest';

import type { Model } from '../../src/models/model.js';
import { Bench, planOf, valueOf } from './bench.js';
import { scriptedModel, type Reply } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const BIG = '616581622363398142';

/** A model that writes this number as one, wherever its script has it as a text. */
function modelThatCounts(replies: Reply[]): Model {
  const model = scriptedModel(replies);
  const asNumber = (text: string) => text.replaceAll(`"${BIG}"`, BIG);
  return {
    id: model.id,
    async complete(request, options) {
      const { text, toolCalls, ...reply } = await model.complete(request, options);
      const calls = toolCalls.map((call) => ({ ...call, arguments: asNumber(call.arguments) }));
      return { ...reply, text: asNumber(text), toolCalls: calls };
    },
  };
}

const schema = { type: 'object', properties: { id: {} }, required: ['id'] };
const react = { kind: 'react', task: 'Find it', tools: ['echo'], output: '$found', output_schema: schema };

test.each<[string, object, Reply[], string]>([
  [
    'the value that a step asks for',
    { kind: 'llm', task: 'Find it', inputs: [], output: '$found', output_schema: schema },
    [{ json: { id: BIG } }],
    'The reply of scripted/model',
  ],
  ['the answer in a call', react, [{ calls: [['final_result', { id: BIG }]] }], 'The reply of scripted/model'],
  ['an answer in words', react, [{ text: JSON.stringify({ id: BIG }) }], 'The result'],
])(
  'when %s has a number that cannot be kept then it is a text, and one warning says so',
  async (_what, step, replies, what) => {
    const echo = scriptedTool('echo', { acts: ({ text }) => String(text) });
    const bench = new Bench({ tools: [echo], model: modelThatCounts(replies) });
    const run = await bench.start(planOf([step]));
    expect(valueOf(run)).toEqual({ id: BIG });
    const warnings = bench.told.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(warnings).toEqual([expect.stringContaining(`${what} has the number ${BIG}; its digits are kept`)]);
  },
);
