import { expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { makeToolProject } from '../support/tool-project.js';

const echo = `import { defineTool } from 'portia';
import * as z from 'zod';

export const echo = defineTool({
  id: 'echo', name: 'echo', description: 'Gives its arguments back.', effect: 'read',
  args: z.object({ word: z.string(), count: z.number(), flag: z.boolean(), list: z.array(z.number()), size: z.enum(['s', 'l']) }),
  run: (_context, args) => args,
});
`;

const call = (...words: string[]) =>
  portiaHere(['tools', 'call', 'echo', ...words, '--approve', 'echo'], { cwd: makeToolProject(echo, {}) });

test('when a tool is called directly then each text is read as the type that its argument has, as an answer is', async () => {
  const called = await call('word=7', 'count=+5', 'flag=yes', 'list=[1, 2]', 'size= l');
  expect(JSON.parse(called.stdout)).toEqual({ word: '7', count: 5, flag: true, list: [1, 2], size: 'l' });
});

test('when a text is not of the type of its argument then the schema refuses it and says what it takes', async () => {
  const refused = await call('word=7', 'count=0x10', 'flag=perhaps', 'list=1', 'size=l');
  const { why } = expectError(refused, { code: 'invalid-input', exit: 2 });
  expect(why).toMatch(/count.*\n.*flag.*\n.*list/);
});

test('when a stub is given by := then its value must be JSON', async () => {
  const plan = {
    plan_context: { query: 'Count.', tool_ids: ['calculator_tool'] },
    steps: [{ kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '1 + 2' }, output: '$sum' }],
  };
  const run = (stub: string) =>
    portiaHere(['run-plan', '-', '--stub', stub], {
      cwd: makeProject({}),
      input: JSON.stringify(plan),
    });
  expect(await run('calculator_tool:=[4]')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/"value": \[\s*4\s*\]/),
  });
  expectError(await run('calculator_tool:=four'), { code: 'invalid-input', exit: 2 });
});
