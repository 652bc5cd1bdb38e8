import { expect, test } from 'vitest';

import type { AskedDigests } from '../../src/domain/run/asked-parts.js';
import { Bench, planOf } from './bench.js';
import { scriptedModel, type Reply } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const text = (acts: () => string) => scriptedTool('load', { acts });

/** What the requests of the last step are about, call by call. */
async function askedBy(step: object, replies: Reply[], value = 'hello'): Promise<AskedDigests[]> {
  const bench = new Bench({ tools: [text(() => value)], model: scriptedModel(replies) });
  const run = await bench.start(planOf([{ kind: 'tool', tool_id: 'load', args: {}, output: '$text' }, step]));
  expect(run.state).toBe('COMPLETE');
  return bench.told.flatMap((event) => (event.type === 'model.started' ? [event.asked ?? {}] : []));
}

const say = { kind: 'llm', task: 'Say it.', inputs: [{ name: '$text' }], output: '$said' };
const REPLY: Reply[] = [{ text: 'one' }];

test('when the same is asked in another run, then each part has the same digest of 12 digits', async () => {
  const [asked] = await askedBy(say, REPLY);
  expect(asked).toEqual({
    task: expect.stringMatching(/^[0-9a-f]{12}$/),
    inputs: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
  expect(await askedBy(say, REPLY)).toEqual([asked]);
});

test.each([
  ['the task', { ...say, task: 'Say it loudly.' }, 'hello', 'task'],
  ['an input', say, 'good bye', 'inputs'],
  [
    'the description of an input',
    { ...say, inputs: [{ name: '$text', description: 'a greeting' }] },
    'hello',
    'inputs',
  ],
])('when %s is another, then only the digest of its part is', async (_what, step, value, part) => {
  const [before] = await askedBy(say, REPLY);
  const [now] = await askedBy(step, REPLY, value);
  expect(now).toEqual({ ...before, [part]: expect.not.stringMatching(new RegExp(`^${before?.[part as 'task']}$`)) });
});

test('when a form of the reply is asked for, then it is a part of its own', async () => {
  const schema = { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] };
  const [asked] = await askedBy({ ...say, output_schema: schema }, [{ json: { word: 'hello' } }]);
  expect(Object.keys(asked ?? {})).toEqual(['inputs', 'task', 'shape']);
});

test('when an agent takes several turns, then what it was given before is a part of the later ones', async () => {
  const step = { kind: 'react', task: 'Load it', tools: ['load'], inputs: [], output: '$x', max_tool_calls: 3 };
  const replies: Reply[] = [{ calls: [['load', {}]] }, { calls: [['final_result', { result: 'done' }]] }];
  const [first, second] = await askedBy(step, replies);
  expect(Object.keys(first ?? {})).toEqual(['task', 'inputs', 'tools']);
  expect(second).toEqual({ ...first, results: expect.any(String) });
});
