import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { PortiaError } from '../../src/domain/errors.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import type { Model, ModelRequest } from '../../src/models/model.js';
import { estimateTokens } from '../../src/models/reply/read-usage.js';
import { plainMarks } from '../support/plain-marks.js';
import { Bench, planOf, valueOf, type Surroundings } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import { essence, type Kill } from './dying-processes.js';
import { scriptedModel, USAGE, type Reply } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const WINDOW = 2_000;
const SECRET_PLACE = 'The code of the door is 4711.';
const LONG = `${'Nothing here. '.repeat(1_500)}${SECRET_PLACE}${' Nothing there.'.repeat(1_500)}`;
const MIDDLE = 'middle '.repeat(250);

const inputs = [{ name: '$short' }, { name: '$middle', description: 'a log' }, { name: '$long' }];
const plan_inputs = inputs.map(({ name }) => ({ name }));
const VALUES = { short: 'the short one', middle: MIDDLE, long: LONG };
const llm = { kind: 'llm', task: 'What is the code?', inputs, output: '$code' };

const reads = (...wanted: Json[]): Reply => ({ calls: wanted.map((args): [string, Json] => ['read_value', args]) });
const searched = reads({ name: '$long', search: 'CODE OF' });
const at = LONG.indexOf(SECRET_PLACE);
const ranged = reads({ name: 'long', range: `${at}-${at + SECRET_PLACE.length}` });

interface Played {
  replies: Reply[];
  step?: object;
  window?: number | undefined;
  values?: Record<string, Json>;
  around?: Surroundings;
}

async function play({ replies, step = llm, window = WINDOW, values = VALUES, around = {} }: Played) {
  const model = scriptedModel(replies);
  const withWindow = Object.assign(model, { contextWindow: window });
  const bench = new Bench({ model: withWindow, ...around });
  const run = await bench.start(planOf([step].flat(), { plan_inputs }), values);
  for (const request of model.requests) expect(estimateTokens(request)).toBeLessThanOrEqual(window);
  return { bench, model, run };
}

const textOf = (request: ModelRequest | undefined) =>
  plainMarks((request?.messages ?? []).map(({ text }) => text).join('\n'));
const toolsOf = (request: ModelRequest | undefined) => request?.tools?.map(({ name }) => name);

test('when the window has room for all values, or is not known, then they are shown whole in one call', async () => {
  for (const window of [100_000, Infinity]) {
    const { run, model } = await play({ replies: [{ text: '4711' }], window });
    expect(valueOf(run)).toBe('4711');
    expect(toolsOf(model.requests[0])).toBeUndefined();
    expect(textOf(model.requests[0])).toContain(LONG);
  }
});

test('when the window has no room for all then the largest is described, and the model reads parts of it', async () => {
  const { run, model } = await play({ replies: [searched, ranged, { text: '4711' }] });
  expect(valueOf(run)).toBe('4711');
  const [first, second, third] = model.requests.map(textOf);
  expect(toolsOf(model.requests[0])).toEqual(['read_value']);
  expect(first).toContain(`Input $middle (a log):\n<data>\n${MIDDLE}\n</data>`);
  expect(first).toContain(`A text of ${LONG.length} characters. It begins: Nothing here.`);
  expect(first).toContain('[It is too long to be shown; read parts of it with read_value]');
  expect(first).not.toContain('4711');
  expect(second).toMatch(/You have read \$long, search "CODE OF":\n<data>\nat character \d+: …[^]*is 4711\./);
  expect(third).toContain(`[characters ${at}-${at + SECRET_PLACE.length} of ${LONG.length}]\n${SECRET_PLACE}\n</data>`);
  expect(run.usage.calls).toBe(3);
});

test('when even the middle one has no room then it is described as well', async () => {
  const { model } = await play({ replies: [{ text: '4711' }], window: 700 });
  expect(textOf(model.requests[0])).toContain(`A text of ${MIDDLE.length} characters.`);
  expect(textOf(model.requests[0])).toContain('the short one');
});

test('when much was read then the oldest parts are left out, and can be read again', async () => {
  const parts = Array.from({ length: 12 }, (_, index) => reads({ name: 'long', range: `${index * 1_000}-` }));
  const { model } = await play({ replies: [...parts, { text: 'no code' }] });
  const last = textOf(model.requests.at(-1));
  expect(last).toMatch(/Older parts that you have read are not shown any more \(\d+\): read again what you need\./);
  expect(last).toContain('[characters 11000-');
});

describe('when the answer has a form', () => {
  const output_schema = { type: 'object', properties: { code: { type: 'integer' } }, required: ['code'] };
  const step = { ...llm, output_schema };

  test('then an answer in it after reading is taken as it is', async () => {
    const { run, model } = await play({ replies: [searched, { json: { code: 4711 } }], step });
    expect(valueOf(run)).toEqual({ code: 4711 });
    expect(model.left).toEqual([]);
  });

  test('then an answer in words is asked for in it, with all that was read', async () => {
    const { run, model } = await play({ replies: [searched, { text: 'It is 4711.' }, { json: { code: 4711 } }], step });
    expect(valueOf(run)).toEqual({ code: 4711 });
    expect(model.requests[2]?.responseFormat).toMatchObject({ schema: output_schema });
    expect(toolsOf(model.requests[2])).toBeUndefined();
    expect(textOf(model.requests[2])).toContain('is 4711.');
  });
});

test('when the model does nothing but read then it must answer after 50 parts', async () => {
  const many = reads(...Array.from({ length: 50 }, (_, index) => ({ name: 'long', range: `${index}-${index + 5}` })));
  const { run, model } = await play({ replies: [many, { text: 'no code' }] });
  expect(valueOf(run)).toBe('no code');
  expect(toolsOf(model.requests[1])).toBeUndefined();
});

test.each<[string, Json, string]>([
  ['a value that is not there', { name: '$other' }, 'There is no value "other". There are: $short, $middle, $long.'],
  ['no value', {}, 'There is no value "". There are: $short, $middle, $long.'],
  ['a path to nothing', { name: 'long', path: 'a.b' }, 'There is nothing at a.b.'],
  ['a range that is none', { name: 'long', range: 'the end' }, '"the end" is not a range.'],
])('when %s is read then the model is told what there is', async (_what, args, told) => {
  const { model } = await play({ replies: [reads(args), { text: 'no code' }] });
  expect(textOf(model.requests[1])).toContain(told);
});

test('when a sentence is judged about a value that has no room then the model reads parts of it', async () => {
  const judged = { outcome: 'continue', reason: 'The code is there.' };
  const step = { kind: 'compute', expression: '1', output: '$x', condition: 'long has the code' };
  for (const replies of [
    [searched, { json: judged }],
    [searched, { text: 'Yes.' }, { json: judged }],
  ]) {
    const { run, model } = await play({ replies, step });
    expect(valueOf(run)).toBe(1);
    expect(textOf(model.requests[0])).toContain('call read_value for the parts that you need');
    expect(textOf(model.requests[1])).toContain('4711');
    expect(model.left).toEqual([]);
  }
});

test('when a summary has no room for all results then the largest is described, and parts can be read', async () => {
  const steps = Array.from({ length: 6 }, (_, index) => ({
    kind: 'compute',
    expression: `$long & '${index}'`,
    output: `$copy_${index}`,
  }));
  const around = { summarize: true };
  const read = reads({ name: 'copy_5', search: 'code of' });
  const { run, model } = await play({ replies: [read, { text: 'It is 4711.' }], step: steps, around });
  expect(run.outputs.final_output).toMatchObject({ summary: 'It is 4711.' });
  expect(textOf(model.requests[0])).toContain(`$copy_0: A text of ${LONG.length + 1} characters.`);
  expect(textOf(model.requests[1])).toContain('4711');
});

describe('an agent', () => {
  const args = z.object({ code: z.string(), text: z.string().default('') });
  const open = () => scriptedTool('open', { args, acts: ({ code, text }) => `${String(code)} ${String(text).length}` });
  const step = { task: 'Open the door', tool_id: 'open', inputs, output: '$opened' };
  const call: Reply = { calls: [['open', { code: '4711', text: '{{$long}}' }]] };

  test('when it is shown only the beginning of a value then it reads the rest, and passes it whole', async () => {
    const around = { tools: [open()] };
    const { run, model } = await play({ replies: [searched, call], step, around, window: 100_000 });
    expect(valueOf(run)).toBe(`4711 ${LONG.length}`);
    expect(toolsOf(model.requests[0])).toEqual(['open', 'ask_user', 'read_value']);
    expect(textOf(model.requests[0])).toContain(
      `[${LONG.length - 10_000} more characters; read parts of it with read_value, pass it whole with {{$long}}]`,
    );
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({ role: 'tool', text: expect.stringContaining('4711') });
  });

  test('when its window is small then the largest is described', async () => {
    const around = { tools: [open()] };
    const { run, model } = await play({ replies: [searched, call], step, around });
    expect(valueOf(run)).toBe(`4711 ${LONG.length}`);
    expect(textOf(model.requests[0])).toContain(`A text of ${LONG.length} characters.`);
  });

  test.each(['one-shot', 'verified', 'react'])(
    'when it reads much, being %s, then the oldest parts are left out, and its requests fit the window',
    async (agent) => {
      const parts = Array.from({ length: 12 }, (_, index) => reads({ name: 'long', range: `${index * 1_000}-` }));
      const verdict: Reply = { json: { code: { reason: 'It was read.', made_up: false } } };
      const end: Reply[] = agent === 'react' ? [{ calls: [['final_result', { result: '' }]] }] : [];
      const replies = [...parts, call, ...(agent === 'verified' ? [verdict] : end)];
      const around = { tools: [open()] };
      const { run, model } = await play({ replies, step: { ...step, agent }, around, window: 3_000 });
      expect(run.state).toBe('COMPLETE');
      expect(textOf(model.requests[12])).toContain('It is not shown any more: read it again when you need it.');
      expect(textOf(model.requests[12])).toContain('[characters 11000-');
    },
  );

  test('when nothing is cut then it has nothing to read', async () => {
    const around = { tools: [open()] };
    const values = { short: 'a', middle: 'b', long: 'c' };
    const { model } = await play({ replies: [{ calls: [['open', { code: '4711' }]] }], step, around, values });
    expect(toolsOf(model.requests[0])).toEqual(['open', 'ask_user']);
  });

  test('when its arguments are traced then the verdict is about what was read as well', async () => {
    const verdict: Reply = { json: { code: { reason: 'It was read.', made_up: false } } };
    const around = { tools: [open()] };
    const { run, model } = await play({
      replies: [searched, call, verdict],
      step: { ...step, agent: 'verified' },
      around,
    });
    expect(valueOf(run)).toBe(`4711 ${LONG.length}`);
    expect(textOf(model.requests[2])).toMatch(/A call before this one:\n<data>\nat character \d+: …[^]*4711/);
    expect(toolsOf(model.requests[2])).toBeUndefined();
  });

  test('when it works in the manner of react then it reads results as well, and reading is not a call', async () => {
    const tool = scriptedTool('open', { acts: () => LONG });
    const react = { kind: 'react', task: 'Find the code', tools: ['open'], max_tool_calls: 2, output: '$code' };
    const done: Reply = { calls: [['final_result', { result: '4711' }]] };
    const replies = [
      { calls: [['open', {}]] as [string, Json][] },
      reads({ name: 'result_1', search: 'code of' }),
      done,
    ];
    const { run, model } = await play({ replies, step: react, around: { tools: [tool] }, window: 20_000 });
    expect(valueOf(run)).toBe('4711');
    expect(toolsOf(model.requests[0])).toEqual(['open', 'final_result']);
    expect(toolsOf(model.requests[1])).toEqual(['open', 'read_value', 'final_result']);
    expect(model.requests[2]?.messages.at(-1)?.text).toContain('4711');
  });

  test('when a tool has the name of the function then the model calls it by another', async () => {
    const tool = scriptedTool('read_value', { acts: () => 'read' });
    const named = { ...step, tool_id: 'read_value', inputs: [] };
    const { run } = await play({
      replies: [{ calls: [['read_value_2', {}]] }],
      step: named,
      around: { tools: [tool] },
    });
    expect(valueOf(run)).toBe('read');
  });
});

test('when the model cannot be reached in between then the run waits, and nothing that was read is paid again', async () => {
  const down: Reply = { error: new PortiaError('unavailable', 'The model is down.', { retryable: true }) };
  const { run, bench } = await play({ replies: [searched, down] });
  expect(run).toMatchObject({ pause: { reason: 'unavailable' } });
  // Another window changes what is shown, not what was asked.
  const model = Object.assign(scriptedModel([{ text: '4711' }]), { contextWindow: 100_000 });
  expect(valueOf(await bench.resume(run.id, {}, { model }))).toBe('4711');
  expect(textOf(model.requests[0])).toContain('You have read $long, search "CODE OF"');
});

async function driveToEnd(kills: Kill[]) {
  let modelCalls = 0;
  const script = [searched, ranged, { text: '4711' }];
  const model: Model = {
    id: 'scripted/model',
    contextWindow: WINDOW,
    async complete(request, options) {
      modelCalls += 1;
      const turn = textOf(request).split('You have read').length - 1;
      return { ...(await scriptedModel([script[turn] ?? { text: '?' }]).complete(request, options)), usage: USAGE };
    },
  };
  const driven = await drivePastKills(kills, {
    plan: planOf([
      { kind: 'compute', expression: `$pad("", 30000, "The code of the door. ")`, output: '$long' },
      { ...llm, inputs: [{ name: '$long' }] },
    ]),
    makeBench: (store) => new Bench({ store, model, largeOutputTokens: 100_000 }),
    answers: (_stopped: Run | undefined) => ({}),
  });
  return { ...driven, modelCalls };
}

test('when the process dies before or after any event of the reading then the end is the same', async () => {
  const undisturbed = await driveToEnd([]);
  expect(valueOf(undisturbed.run)).toBe('4711');
  expect(undisturbed.modelCalls).toBe(3);
  for (let event = 2; event <= undisturbed.run.metadata.last_seq; event += 1) {
    for (const when of ['before', 'after'] as const) {
      const { run, modelCalls, killed } = await driveToEnd([{ event, when }]);
      expect({ event, when, ...essence(run) }).toEqual({ event, when, ...essence(undisturbed.run) });
      expect(modelCalls).toBeLessThanOrEqual(undisturbed.modelCalls + killed);
    }
  }
});
