import { expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { PortiaError } from '../../../src/domain/errors.js';
import { llmTool } from '../../../src/tools/builtin/llm.js';
import { toolContext } from '../tool-context.js';

function asking(answer: string) {
  const texts: string[] = [];
  const askModel = async ({ text }: { text: string }) => (texts.push(text), answer);
  return { texts, context: toolContext({ projectRoot: '/nowhere', askModel }) };
}

test.each<[string, Json, string]>([
  ['text', 'a\nb', 'a\nb'],
  ['a list', ['a', { b: 1 }], 'a\n{"b":1}'],
  ['an object', { a: 'x', b: [1] }, 'a: x\nb: [1]'],
  ['a number', 5, '5'],
])('when the data is %s, then the model is asked once with the task and the data', async (_case, data, written) => {
  const { texts, context } = asking('Fine.');
  expect(await llmTool.run(context, { task: 'Judge', task_data: data })).toEqual({ kind: 'output', value: 'Fine.' });
  const [text = ''] = texts;
  const [, mark = ''] = text.match(/<data-(\w{16})>/) ?? [];
  expect(texts).toEqual([`Judge\n\nTask data:\n<data-${mark}>\n${written}\n</data-${mark}>`]);
});

test('when there is no data, then only the task is asked', async () => {
  const { texts, context } = asking('Fine.');
  await llmTool.run(context, { task: 'Judge', task_data: null });
  expect(texts).toEqual(['Judge']);
});

test('when the model says nothing, then it is a retryable failure', async () => {
  expect(await llmTool.run(asking(' \n').context, { task: 'Judge' })).toMatchObject({
    kind: 'failure',
    retryable: true,
  });
});

test('when there is no model, then the reason reaches the caller', async () => {
  const askModel = () => Promise.reject(new PortiaError('no-model', 'No model is configured.'));
  const context = toolContext({ projectRoot: '/nowhere', askModel });
  await expect(llmTool.run(context, { task: 'Judge' })).rejects.toMatchObject({ code: 'no-model' });
});
