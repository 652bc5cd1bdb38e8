import { afterEach, describe, expect, test } from 'vitest';

import { isJsonObject, type Json } from '../../src/domain/values/json.js';
import type { Model, ModelReply, ModelRequest } from '../../src/models/model.js';
import { FormatRejected } from '../../src/models/model.js';
import { createOpenAiModel } from '../../src/models/openai.js';
import { completeStructured } from '../../src/models/structured-reply.js';
import { compileSchema } from '../../src/tools/json-schema.js';
import { promptOf, startModelServer, type ModelServer, type ScriptEntry } from '../support/model-server.js';

const SCHEMA = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
const REQUEST: ModelRequest = { messages: [{ role: 'user', text: 'a number please' }] };
const signal = new AbortController().signal;

const validate = (value: Json): string[] =>
  isJsonObject(value) && typeof value['n'] === 'number' ? [] : ['/n must be a number'];
const options = { name: 'number', schema: SCHEMA, validate, signal };

let server: ModelServer | undefined;
afterEach(async () => {
  const { unexpected = [], remaining = [] } = server ?? {};
  await server?.close();
  server = undefined;
  expect({ unexpected, remaining }).toEqual({ unexpected: [], remaining: [] });
});

async function modelWith(...script: ScriptEntry[]): Promise<Model> {
  server = await startModelServer(script);
  return createOpenAiModel({ id: 'custom/m', modelName: 'm', baseUrl: server.baseUrl, apiKey: 'sk-test' });
}

const formats = (): (string | undefined)[] => (server?.requests ?? []).map((body) => body.response_format?.type);
const reject = (type: string): ScriptEntry => ({
  match: (body) => body.response_format?.type === type,
  reply: { status: 400, message: `response_format ${type} is not supported` },
});

test('when the endpoint takes the schema then one call is made and the schema is not in the prompt', async () => {
  const model = await modelWith({ reply: { json: { n: 1 } } });
  const { value, reply } = await completeStructured(model, REQUEST, options);
  expect([value, reply.usage]).toEqual([{ n: 1 }, { calls: 1, input_tokens: 10, output_tokens: 5 }]);
  expect(server?.requests[0]).toMatchObject({
    response_format: { type: 'json_schema', json_schema: { name: 'number', schema: SCHEMA } },
    messages: [{ role: 'user', content: 'a number please' }],
  });
});

test('when formats are rejected then it climbs down, and remembers it', async () => {
  const script = [reject('json_schema'), reject('json_object'), { reply: { text: 'Sure: {"n": 2}' } }];
  const model = await modelWith(...script, { reply: { json: { n: 3 } } });
  expect((await completeStructured(model, REQUEST, options)).value).toEqual({ n: 2 });
  expect((await completeStructured(model, REQUEST, options)).value).toEqual({ n: 3 });
  expect(formats()).toEqual(['json_schema', 'json_object', undefined, undefined]);
  expect(server?.requests[2]?.messages[0]).toEqual({
    role: 'system',
    content: expect.stringContaining(JSON.stringify(SCHEMA)),
  });
});

const OTHER = { type: 'object', properties: { n: { type: 'number' }, m: { type: 'number' } } };

test('when one schema is refused then others are still sent as schemas', async () => {
  const model = await modelWith(reject('json_schema'), ...[1, 2, 3].map((n) => ({ reply: { json: { n } } })));
  await completeStructured(model, REQUEST, options);
  await completeStructured(model, REQUEST, { ...options, schema: OTHER });
  await completeStructured(model, REQUEST, options);
  expect(formats()).toEqual(['json_schema', 'json_object', 'json_schema', 'json_object']);
});

test('when the request is refused without a format, too, then the format was not the reason', async () => {
  const refusal = { reply: { status: 400, message: 'Something is wrong' } };
  const model = await modelWith(refusal, refusal, refusal, { reply: { json: { n: 1 } } });
  await expect(completeStructured(model, REQUEST, options)).rejects.toMatchObject({
    code: 'invalid-settings',
    details: { why: expect.stringContaining('Something is wrong') },
  });
  await completeStructured(model, REQUEST, options);
  expect(formats()).toEqual(['json_schema', 'json_object', undefined, 'json_schema']);
});

describe('an answer that is not an object', () => {
  const list = { type: 'array', items: { type: 'string' } };
  const isList = (value: Json) => (Array.isArray(value) ? [] : ['must be array']);
  const wanted = { ...options, schema: list, validate: isList };
  const rooted = { type: 'object', properties: { result: list }, required: ['result'], additionalProperties: false };

  test('when it is asked for then as a part of one, and comes as it was meant', async () => {
    const model = await modelWith({ reply: { json: { result: ['a'] } } });
    expect((await completeStructured(model, REQUEST, wanted)).value).toEqual(['a']);
    expect(server?.requests[0]?.response_format?.json_schema?.schema).toEqual(rooted);
  });

  test('when the schema is refused then the words say the same as long as only objects can be given', async () => {
    const script = [reject('json_schema'), reject('json_object'), { reply: { text: 'Here: ["a"]' } }];
    const model = await modelWith(...script);
    expect((await completeStructured(model, REQUEST, wanted)).value).toEqual(['a']);
    const told = server?.requests.slice(1).map(({ messages }) => messages[0]?.content);
    expect(told).toEqual([expect.stringContaining(JSON.stringify(rooted)), expect.not.stringContaining('"result"')]);
  });

  const replies: [string, string, Json][] = [
    ['bare', '["a"]', ['a']],
    ['in a code block', '```json\n{"result": ["a"]}\n```', ['a']],
    ['between words', 'Sure: {"result": ["a"]}. Anything else?', ['a']],
    ['with more beside it', '{"thought": "x", "result": ["a"]}', ['a']],
    ['as one that was not put into a list', '{"result": "a"}', ['a']],
  ];
  test.each(replies)('when it comes %s then it is understood', async (_name, text, value) => {
    const model = await modelWith({ reply: { text } });
    expect((await completeStructured(model, REQUEST, wanted)).value).toEqual(value);
  });

  test('when a text is wanted then the object around it is not a part of it', async () => {
    const schema = { type: 'string' };
    const isText = (value: Json) => (typeof value === 'string' ? [] : ['must be string']);
    const model = await modelWith({ reply: { json: { result: 'red' } } });
    expect((await completeStructured(model, REQUEST, { ...options, schema, validate: isText })).value).toBe('red');
  });

  test('when anything is wanted and asked for in words then an object with that name stays whole', async () => {
    const model = await modelWith(reject('json_schema'), reject('json_object'), { reply: { json: { result: 1 } } });
    const anything = { ...options, schema: {}, validate: () => [] };
    expect((await completeStructured(model, REQUEST, anything)).value).toEqual({ result: 1 });
  });

  test('when it does not fit then the problems are those of the answer itself', async () => {
    const isRed = (value: Json) => (value === 'red' ? [] : [`not ${JSON.stringify(value)}`]);
    const model = await modelWith(
      { reply: { json: { result: 'blue' } } },
      { match: /- not "blue"/, reply: { json: { result: 'red' } } },
    );
    expect(
      (await completeStructured(model, REQUEST, { ...options, schema: { enum: ['red'] }, validate: isRed })).value,
    ).toBe('red');
  });
});

test('when a property that may be left out is null then it is left out', async () => {
  const model = await modelWith({ reply: { json: { n: 1, m: null } } });
  const check = await compileSchema(OTHER);
  const fits = (value: Json) => check(value).map(({ message }) => message);
  const { value } = await completeStructured(model, REQUEST, { ...options, schema: OTHER, validate: fits });
  expect(value).toEqual({ n: 1 });
});

test('when there is a system message then the schema is given in it', async () => {
  const model = await modelWith(reject('json_schema'), { reply: { json: { n: 1 } } });
  const messages: ModelRequest['messages'] = [{ role: 'system', text: 'Be brief.' }, ...REQUEST.messages];
  await completeStructured(model, { messages }, options);
  expect(server?.requests[1]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
  expect(server?.requests[1]?.messages[0]?.content).toMatch(/^Be brief\.\n\n/);
});

test('when the value is invalid then the model is told the problems and the schema, once', async () => {
  const model = await modelWith(
    { reply: { json: { n: 'one' } } },
    { match: /- \/n must be a number/, reply: { json: { n: 1 } }, usage: { input: 20, output: 1 } },
    { reply: { json: { n: 4 } } },
  );
  const { value, reply } = await completeStructured(model, REQUEST, options);
  expect([value, reply.usage]).toEqual([{ n: 1 }, { calls: 2, input_tokens: 30, output_tokens: 6 }]);
  expect(server?.requests[1]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
  // The endpoint did not keep to the schema, so the next request says it in words at once.
  await completeStructured(model, REQUEST, options);
  expect(promptOf(server?.requests[2] ?? { model: '', messages: [] })).toContain(JSON.stringify(SCHEMA));
});

test('when the correction is not better then the error names the problems', async () => {
  const model = await modelWith({ reply: { text: 'no' } }, { reply: { json: { n: null } } });
  await expect(completeStructured(model, REQUEST, options)).rejects.toMatchObject({
    code: 'model-reply-unusable',
    details: { why: expect.stringContaining('/n must be a number'), usage: { calls: 2, input_tokens: 20 } },
  });
});

test('when the last problem is a sentence then the error ends in one full stop', async () => {
  const model = await modelWith({ reply: { text: 'no' } }, { reply: { json: { n: null } } });
  const sentence = (value: Json) => validate(value).map((problem) => `${problem}.`);
  await expect(completeStructured(model, REQUEST, { ...options, validate: sentence })).rejects.toMatchObject({
    details: { why: expect.stringMatching(/[^.]\.$/) },
  });
});

test('when a bare word is none of those that are allowed then the model is told those, and not that JSON is missing', async () => {
  const schema = { enum: ['red', 'green'] };
  const check = await compileSchema(schema);
  const colour = { ...options, schema, validate: (value: Json) => check(value).map(({ message }) => message) };
  const model = await modelWith(
    { reply: { text: 'blue' } },
    { match: /- must be equal to one of the allowed values: .*red.*green/, reply: { text: 'green' } },
  );
  expect((await completeStructured(model, REQUEST, colour)).value).toBe('green');
});

test('when the correction cannot be asked for then the error has what was spent before it', async () => {
  const model = await modelWith({ reply: { text: 'no' } }, { reply: { status: 401 } });
  await expect(completeStructured(model, REQUEST, options)).rejects.toMatchObject({
    code: 'key-rejected',
    details: { usage: { calls: 1, input_tokens: 10 } },
  });
});

test('when the first correction meets a rejected format then it climbs down there, too', async () => {
  const model = await modelWith({ reply: { text: 'no' } }, reject('json_schema'), { reply: { json: { n: 5 } } });
  expect((await completeStructured(model, REQUEST, options)).value).toEqual({ n: 5 });
  expect(formats()).toEqual(['json_schema', 'json_schema', 'json_object']);
});

test('when the model calls a function instead then it is asked for JSON', async () => {
  const model = await modelWith(
    { reply: { toolCalls: [{ name: 'f', arguments: {} }] } },
    { match: /calls a function/, reply: { json: { n: 6 } } },
  );
  expect((await completeStructured(model, REQUEST, options)).value).toEqual({ n: 6 });
});

test('when there are many long problems then the correction stays short', async () => {
  const model = await modelWith({ reply: { json: {} } }, { match: /and 80 more/, reply: { json: { n: 7 } } });
  const verbose = (value: Json): string[] => (validate(value).length === 0 ? [] : Array(100).fill('x'.repeat(9_999)));
  await completeStructured(model, REQUEST, { ...options, validate: verbose });
  expect(server?.requests[1]?.messages.at(-1)?.content?.length).toBeLessThan(7_000);
});

test('when two calls learn of a rejection side by side then neither skips a rung', async () => {
  const taken = (type: string): ScriptEntry => ({
    match: (body) => body.response_format?.type === type,
    reply: { json: { n: 8 } },
  });
  const model = await modelWith(
    reject('json_schema'),
    reject('json_schema'),
    taken('json_object'),
    taken('json_object'),
  );
  await Promise.all([1, 2].map(() => completeStructured(model, REQUEST, options)));
  expect(formats().sort()).toEqual(['json_object', 'json_object', 'json_schema', 'json_schema']);
});

test('when even plain text is said to be a rejected format then it ends', async () => {
  const complete = (): Promise<ModelReply> => Promise.reject(new FormatRejected('never'));
  await expect(completeStructured({ id: 'x/y', complete }, REQUEST, options)).rejects.toMatchObject({
    code: 'model-reply-unusable',
  });
});
