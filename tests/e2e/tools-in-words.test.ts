import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { chatReply, startJsonServer } from '../support/json-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const CALLS = [
  'I need to calculate.\n<tool_call>\n{"name": "calculator_tool", "arguments": {"math_question": "1 + 2"}}\n</tool_call>',
  '<tool_call>{"name": "final_result", "arguments": {"result": "It is 3."}}</tool_call>',
];
const REACT = {
  plan_context: { query: 'q', tool_ids: [] },
  steps: [{ kind: 'react', task: 'Add 1 and 2.', tools: ['calculator_tool'], output: '$sum' }],
};

test('when a model takes no tools then it is told of them in words, and its calls in words are made', async () => {
  const server = await startJsonServer(({ body = {} }, count) => {
    const messages = body['messages'] as { role: string; content: unknown; tool_calls?: unknown }[];
    if ('tools' in body || messages.some(({ role, tool_calls: calls }) => role === 'tool' || calls !== undefined)) {
      throw new Error('m does not support tools');
    }
    return chatReply(CALLS[count - 1] ?? '');
  });
  const plain = { model: 'custom/m', base_url: `${server.origin}/v1` };
  const told = { ...plain, model_settings: { 'custom/m': { no_tools: true } } };
  const cwd = makeProject({ 'portia.json': told, 'plan.json': REACT });
  const ended = await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd });
  expect(ended).toMatchObject({ code: 0, stdout: 'It is 3.\n' });
  const [, second] = server.asked.map(({ body }) => body?.['messages'] as { role: string; content: string }[]);
  expect(second?.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  expect(second?.[0]?.content).toContain('{"name":"calculator_tool","description":');
  expect(second?.[2]?.content).toContain(
    '<tool_call>\n{"name": "calculator_tool", "arguments": {"math_question":"1 + 2"}}',
  );
  expect(second?.[3]?.content).toMatch(/^<tool_response>\n[^]*3[^]*\n<\/tool_response>$/);
  const untold = makeProject({ 'portia.json': plain, 'plan.json': REACT });
  const { fix } = expectError(await portiaHere(['run-plan', 'plan.json'], { cwd: untold }), {
    code: 'invalid-settings',
    exit: 1,
  });
  expect(fix).toContain('{"model_settings": {"custom/m": {"no_tools": true}}}');
});

test('when a program takes no tools then it is told of them in words, too', async () => {
  const cwd = makeProject({
    'portia.json': {
      model: 'exec:sh answer.sh',
      model_settings: { 'exec/sh': { no_tools: true, timeout_ms: 60_000, context_window: 100_000 } },
    },
    'answer.sh': `cat >> seen.txt\nif grep -q tool_response seen.txt; then cat <<'END'\n${CALLS[1]}\nEND\nelse cat <<'END'\n${CALLS[0]}\nEND\nfi\n`,
    'plan.json': REACT,
  });
  const ended = await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd });
  expect(ended).toMatchObject({ code: 0, stdout: 'It is 3.\n' });
  expect(readFileSync(join(cwd, 'seen.txt'), 'utf8')).not.toContain('"tools":');
});
