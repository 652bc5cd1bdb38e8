import { expect, test } from 'vitest';
import * as z from 'zod';

import type { Json } from '../../src/domain/values/json.js';
import type { ModelRequest } from '../../src/models/model.js';
import { Bench, planOf, valueOf } from './bench.js';
import { scriptedModel, type Reply } from './scripted-model.js';
import { plainMarks } from '../support/plain-marks.js';
import { scriptedTool, type ScriptedTool } from './scripted-tool.js';

const step = { kind: 'react', task: 'Find it out', tools: ['load', 'count'], output: '$found' };
const rows = Array.from({ length: 5_000 }, (_, index) => index);
const load = () => scriptedTool('load', { acts: ({ text }) => (text === undefined ? rows : String(text)) });
const count = () =>
  scriptedTool('count', {
    args: z.object({ rows: z.array(z.number()) }),
    acts: (args) => (args['rows'] as Json[]).length,
  });

const call = (name: string, args: Json): Reply => ({ calls: [[name, args]] });
const final = (result: Json) => call('final_result', { result });

async function play(replies: Reply[], { tools = [load(), count()], steps = [step] as object[] } = {}) {
  const model = scriptedModel(replies);
  const run = await new Bench({ tools, model, largeOutputTokens: 100_000 }).start(planOf(steps));
  expect(model.left).toEqual([]);
  return { run, requests: model.requests };
}

const toolTexts = (request: ModelRequest | undefined) =>
  (request?.messages ?? []).flatMap(({ role, text }) => (role === 'tool' ? [plainMarks(text)] : []));

test('when a result is long then the model sees its beginning, and passes it whole by its name', async () => {
  const tools = [load(), count()];
  const replies = [call('load', {}), call('count', { rows: '{{$result_1}}' }), final('{{ $result_2 }}')];
  const { run, requests } = await play(replies, { tools });
  expect(tools[1]?.calls[0]?.args).toEqual({ rows });
  expect(valueOf(run)).toBe(5_000);
  const [shown = ''] = toolTexts(requests[1]);
  const whole = JSON.stringify(rows);
  expect(shown).toBe(
    `Result $result_1:\n<data>\n${whole.slice(0, 10_000)}\n` +
      `[${whole.length - 10_000} more characters; read parts of it with read_value, pass it whole with {{$result_1}}]\n</data>`,
  );
});

test('when the answer is text that is exactly a result then it is that result, else its braces are data', async () => {
  const exactly = await play([call('load', { text: 'a {{$result_2}}' }), { text: ' {{$result_1}}\n' }]);
  expect(valueOf(exactly.run)).toBe('a {{$result_2}}');
  const inside = await play([call('load', { text: 'a' }), final('see {{$result_1}}')]);
  expect(valueOf(inside.run)).toBe('see {{$result_1}}');
});

test('when an input has the name of a result then both can be passed', async () => {
  const steps = [
    { kind: 'compute', expression: '[1, 2]', output: '$result_1' },
    { ...step, inputs: [{ name: '$result_1' }] },
  ];
  const tools = [load(), count()];
  await play(
    [call('load', {}), call('count', { rows: '{{$result_1}}' }), call('count', { rows: '{{$result_2}}' }), final('ok')],
    {
      tools,
      steps,
    },
  );
  expect(tools[1]?.calls.map(({ args }) => args['rows'])).toEqual([[1, 2], rows]);
});

test('when results fill more than 60,000 characters then the oldest are shortened, and can still be passed whole', async () => {
  const texts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((letter) => letter.repeat(9_900));
  const replies = [...texts.map((text) => call('load', { text })), final('{{$result_1}}')];
  const { run, requests } = await play(replies);
  const lengths = requests.map((request) => toolTexts(request).map((text) => text.length));
  expect(lengths[6]?.every((length) => length > 9_900)).toBe(true);
  expect(lengths[7]).toEqual([expect.any(Number), ...(lengths[6] ?? []).slice(0, 6)]);
  const [first = ''] = toolTexts(requests[7]);
  expect(first).toContain(
    `\n${'a'.repeat(200)}\n[9700 more characters; read parts of it with read_value, pass it whole with {{$result_1}}]`,
  );
  expect(valueOf(run) === texts[0]).toBe(true);
});

test('when ids give the same function name, or that of a function of its own, then each tool can still be called', async () => {
  const long = 'x'.repeat(63);
  const ids = ['mcp:a', 'mcp_a', 'final_result', `${long}:`, `${long}_`];
  const tools = ids.map((id): ScriptedTool => scriptedTool(id, { acts: () => id }));
  const names = ['mcp_a', 'mcp_a_2', 'final_result_2', `${long}_`, `${long.slice(1)}_2`];
  const replies = [...names.map((name) => call(name, {})), final('done')];
  const { requests } = await play(replies, { tools, steps: [{ ...step, tools: [...ids, 'mcp:a'] }] });
  expect(requests[0]?.tools?.map(({ name }) => name)).toEqual([...names, 'final_result']);
  expect(tools.map(({ calls }) => calls.length)).toEqual([1, 1, 1, 1, 1]);
});

test('when an argument with a passed value nests too deep then the model is told', async () => {
  const nest = (levels: number, inner: Json): Json => (levels === 0 ? inner : [nest(levels - 1, inner)]);
  const deep = scriptedTool('load', { args: z.object({ text: z.unknown() }), acts: [() => nest(140, 1), () => 'ok'] });
  const replies = [call('load', { text: 1 }), call('load', { text: nest(140, '{{$result_1}}') }), final('done')];
  const { requests } = await play(replies, { tools: [deep, count()] });
  expect(toolTexts(requests[2])[1]).toBe('The arguments are nested deeper than 256 levels.');
});
