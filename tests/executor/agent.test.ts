import { expect, test } from 'vitest';
import * as z from 'zod';

import type { Json } from '../../src/domain/values/json.js';
import { Bench, planOf, valueOf } from './bench.js';
import { scriptedModel, type Reply } from './scripted-model.js';
import { scriptedTool, type ToolScript } from './scripted-tool.js';
import { plainMarks } from '../support/plain-marks.js';

const mailArgs = z.object({ to: z.string(), subject: z.string(), copies: z.number().default(1) });
const mail = (script: Partial<ToolScript> = {}) =>
  scriptedTool('mail', { args: mailArgs, acts: ({ to }) => `sent to ${String(to)}`, ...script });
const whole = { to: 'ann', subject: 'hi' };
const call = (args: Json): Reply => ({ calls: [['mail', args]] });
const step = { task: 'Write to Ann', tool_id: 'mail', output: '$sent' };

test('when the model gives all arguments then the step is one model call and one tool call', async () => {
  const tool = mail();
  const model = scriptedModel([call(whole)]);
  const run = await new Bench({ tools: [tool], model }).start(planOf([step]));
  expect(valueOf(run)).toBe('sent to ann');
  expect(tool.calls.map(({ args }) => args)).toEqual([{ ...whole, copies: 1 }]);
  expect(model.requests[0]?.tools?.map((each) => each.name)).toEqual(['mail', 'ask_user']);
});

test.each<[string, Reply, RegExp]>([
  ['does not call it', { text: 'Done!' }, /Do the task by calling mail/],
  ['gives a wrong type', call({ ...whole, copies: 'two' }), /copies/],
  ['invents an argument', call({ ...whole, colour: 'red' }), /colour/],
  ['calls another function', { calls: [['rm', {}]] }, /There is no function rm/],
  ['gives no object', call([1]), /must be a JSON object/],
  ['gives a wrong and a missing one', call({ to: 'ann', copies: 'two' }), /copies/],
])('when the model %s then it is told and may correct it', async (_what, first, told) => {
  const tool = mail();
  const model = scriptedModel([first, call(whole)]);
  const run = await new Bench({ tools: [tool], model }).start(planOf([step]));
  expect(valueOf(run)).toBe('sent to ann');
  expect(model.requests[1]?.messages.at(-1)).toMatchObject({ text: expect.stringMatching(told) });
  expect(tool.calls).toHaveLength(1);
});

const either = () => {
  const tool = mail();
  const inputSchema = () => ({ anyOf: [tool.tool.inputSchema(), { type: 'object', required: ['fax'] }] });
  return { ...tool, tool: { ...tool.tool, inputSchema } };
};

test.each([{ arguments: whole }, whole])(
  'when the arguments are one of several objects then they are asked for in one, and %j is understood',
  async (args) => {
    const tool = either();
    const model = scriptedModel([call(args)]);
    const run = await new Bench({ tools: [tool], model }).start(planOf([step]));
    expect(valueOf(run)).toBe('sent to ann');
    expect(model.requests[0]?.tools?.[0]?.parameters).toEqual({
      type: 'object',
      properties: { arguments: tool.tool.inputSchema() },
      required: ['arguments'],
      additionalProperties: false,
    });
  },
);

test('when the model writes null for what it leaves out then the tool gets its own default', async () => {
  const tool = mail();
  const model = scriptedModel([call({ ...whole, copies: null })]);
  const run = await new Bench({ tools: [tool], model }).start(planOf([step]));
  expect(valueOf(run)).toBe('sent to ann');
  expect(tool.calls.map(({ args }) => args)).toEqual([{ ...whole, copies: 1 }]);
});

test('when the tool fails softly then the model sees the error, and four times is the end', async () => {
  const acts = () => ({ kind: 'failure' as const, message: 'mailbox full', retryable: true });
  const tool = mail({ acts });
  const model = scriptedModel([call(whole), call(whole), call(whole), call(whole)]);
  const run = await new Bench({ tools: [tool], model }).start(planOf([step]));
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'tool-failed', retryable: true } });
  expect(run.error?.message).toBe('mail failed 4 times; the last time: The call failed: mailbox full');
  expect(tool.calls).toHaveLength(4);
  expect(model.requests[3]?.messages.at(-1)).toMatchObject({
    role: 'tool',
    text: expect.stringContaining('The call failed: mailbox full'),
  });
});

test('when arguments are missing then all are asked for at once instead of being invented', async () => {
  const tool = mail();
  const model = scriptedModel([call({})]);
  const bench = new Bench({ tools: [tool], model });
  const run = await bench.start(planOf([step]));
  expect(run.outputs.clarifications).toMatchObject([
    { category: 'Input', argument_name: 'to', schema: { type: 'string' }, path: '0', output: '$sent' },
    { category: 'Input', argument_name: 'subject', path: '0' },
  ]);
  const partly = await bench.resume(run.id, { to: 'bob' });
  expect(partly).toMatchObject({ state: 'NEED_CLARIFICATION', outputs: { clarifications: [{ response: 'bob' }, {}] } });
  expect(valueOf(await bench.resume(run.id, { subject: 'yo' }))).toBe('sent to bob');
  expect(model.requests).toHaveLength(1);
});

test('when the model asks the user then it gets the answer and continues, without paying twice', async () => {
  const tool = mail();
  const ask: Reply = { calls: [['ask_user', { argument_name: 'who', question: 'To whom?' }]] };
  const model = scriptedModel([ask, call(whole)]);
  const bench = new Bench({ tools: [tool], model });
  const run = await bench.start(planOf([step]));
  expect(run.outputs.clarifications).toMatchObject([{ argument_name: 'who', user_guidance: 'To whom?' }]);
  expect(valueOf(await bench.resume(run.id, { who: 'Ann' }))).toBe('sent to ann');
  expect(model.requests[1]?.messages.at(-1)).toMatchObject({ text: 'The user says: who = Ann' });
  expect(run.usage.calls + model.requests.length).toBe(3);
});

test('when the model asks several things in one reply then a person is asked all at once, and nothing is done before', async () => {
  const tool = mail();
  const ask = (argument_name: string): [string, Json] => ['ask_user', { argument_name, question: `${argument_name}?` }];
  const model = scriptedModel([
    { calls: [ask('who'), ask('what'), ['mail', whole], ask('why')] },
    { calls: [['mail', { ...whole, to: 'bob' }]] },
  ]);
  const bench = new Bench({ tools: [tool], model });
  const run = await bench.start(planOf([step]));
  expect(run.outputs.clarifications).toMatchObject([{ argument_name: 'who' }, { argument_name: 'what' }]);
  const partly = await bench.resume(run.id, { what: 'hi' });
  expect(partly.outputs.clarifications).toHaveLength(2);
  expect(tool.calls).toEqual([]);
  const more = await bench.resume(run.id, { who: 'Ann' });
  expect(more.outputs.clarifications).toMatchObject([{}, {}, { argument_name: 'why', resolved: false }]);
  expect(valueOf(await bench.resume(run.id, { why: 'so' }))).toEqual(['sent to ann', 'sent to bob']);
  expect(model.requests[1]?.messages.slice(-4).map(({ text }) => plainMarks(text))).toEqual([
    'The user says: who = Ann',
    'The user says: what = hi',
    '<data>\n"sent to ann"\n</data>',
    'The user says: why = so',
  ]);
});

test('when a step has a sentence and pauses then its replies are not mixed up', async () => {
  const tool = mail({ effect: 'once' });
  const model = scriptedModel([{ json: { outcome: 'continue', reason: 'yes' } }, call(whole)]);
  const bench = new Bench({ tools: [tool], model });
  const run = await bench.start(planOf([{ ...step, condition: 'if Ann is there' }]));
  expect(run.pause?.reason).toBe('approval');
  expect(valueOf(await bench.resume(run.id, { verify: true }))).toBe('sent to ann');
  expect(model.requests).toHaveLength(2);
});

test('when the model calls several times then the step gives all results in their order', async () => {
  const tool = mail();
  const model = scriptedModel([
    {
      calls: [
        ['mail', { ...whole, to: 'a' }],
        ['mail', { ...whole, to: 'b' }],
      ],
    },
  ]);
  const run = await new Bench({ tools: [tool], model }).start(planOf([step]));
  expect(valueOf(run)).toEqual(['sent to a', 'sent to b']);
});

test('when an argument is exactly {{$input}} then the tool gets that input whole; other braces are data', async () => {
  const args = z.object({ rows: z.array(z.number()), note: z.string() });
  const tool = scriptedTool('mail', { args, acts: (given) => given });
  const model = scriptedModel([call({ rows: '{{$list}}', note: 'see {{$list}} and {{ 1 + 1 }}' })]);
  const run = await new Bench({ tools: [tool], model }).start(
    planOf([
      { kind: 'compute', expression: '[1..3]', output: '$list' },
      { ...step, inputs: [{ name: '$list' }] },
    ]),
  );
  expect(valueOf(run)).toEqual({ rows: [1, 2, 3], note: 'see {{$list}} and {{ 1 + 1 }}' });
});

test('when the value does not fit the output schema then the model converts it, once', async () => {
  const tool = mail();
  const model = scriptedModel([call(whole), { json: { ok: true } }]);
  const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
  const run = await new Bench({ tools: [tool], model }).start(planOf([{ ...step, output_schema: schema }]));
  expect(valueOf(run)).toEqual({ ok: true });
});
