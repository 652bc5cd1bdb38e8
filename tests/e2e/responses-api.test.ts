import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { allBytes } from '../support/folder-listing.js';
import type { Answer } from '../support/json-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { call, message, reasoning, response, startResponsesServer, type Item } from './responses-server.js';

const settings = (fields: object = {}) => ({ model_settings: { openai: { api: 'responses', ...fields } } });

const planOf = (...steps: object[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps });
const LLM = planOf({ kind: 'llm', task: 'Say hello.', output: '$words' });
const REACT = planOf({
  kind: 'react',
  task: 'Add 1 and 2, then double it.',
  tools: ['calculator_tool'],
  output: '$sum',
});

type Answers = Parameters<typeof startResponsesServer>[0];

async function ask(plan: object, answer: Answers, more: { settings?: object; args?: string[] } = {}) {
  const server = await startResponsesServer(answer);
  const cwd = makeProject({ 'portia.json': settings(more.settings), 'plan.json': plan });
  const env = { OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'sk-test', PORTIA_MODEL: 'openai/gpt-5' };
  const ended = await portiaHere(['run-plan', 'plan.json', ...(more.args ?? [])], { cwd, env });
  return { ended, cwd, env, inputs: server.asked.map(({ body }) => body?.['input'] as Item[]), asked: server.asked };
}

describe('the Responses API', () => {
  test('when a text is asked for then it is the value, nothing is stored, and the usage is counted', async () => {
    const { ended, asked } = await ask(LLM, () => response([reasoning('Be polite.'), message('Hello.')]), {
      settings: {
        reasoning_effort: 'low',
        max_tokens: 900,
        temperature: 0.3,
        extra_body: { reasoning: { summary: 'auto' } },
      },
    });
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      outputs: { final_output: { value: 'Hello.' } },
      usage: { calls: 1, input_tokens: 30, output_tokens: 12 },
    });
    expect(asked[0]).toMatchObject({
      line: 'POST /v1/responses',
      headers: { authorization: 'Bearer sk-test' },
      body: {
        model: 'gpt-5',
        store: false,
        include: ['reasoning.encrypted_content'],
        reasoning: { effort: 'low', summary: 'auto' },
        max_output_tokens: 900,
        temperature: 0.3,
      },
    });
  });

  test('when an agent calls its tools then its reasoning goes back with each turn, in its place', async () => {
    const calculate = (question: string) => call('calculator_tool', { math_question: question });
    const turns = [
      [reasoning('First the sum.'), calculate('1 + 2')],
      [reasoning('Now double it.'), message('I double it.'), calculate('3 * 2')],
      [reasoning('Done.'), call('final_result', { result: '6' })],
    ];
    const { ended, inputs, cwd } = await ask(REACT, (_wanted, count) => response(turns[count - 1] ?? []));
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({ outputs: { final_output: { value: '6' } } });
    const kinds = inputs.map((input) => input.map(({ type, role }) => type ?? role));
    expect(kinds).toEqual([
      ['system', 'user'],
      ['system', 'user', 'reasoning', 'function_call', 'function_call_output'],
      [
        ...['system', 'user', 'reasoning', 'function_call', 'function_call_output'],
        ...['reasoning', 'message', 'function_call', 'function_call_output'],
      ],
    ]);
    expect(inputs[2]?.filter(({ type }) => type === 'reasoning' || type === 'message')).toEqual([
      turns[0]?.[0],
      turns[1]?.[0],
      turns[1]?.[1],
    ]);
    // What was thought is kept for the server, and is not part of what is shown.
    expect(ended.stdout).not.toContain('First the sum.');
    expect(allBytes(join(cwd, 'runs'))).toContain('gAAAA-');
  });

  test('when a run continues in another process then its reasoning goes back all the same', async () => {
    const server = await startResponsesServer((_wanted, count) => {
      if (count === 1)
        return response([reasoning('Who?'), call('ask_user', { argument_name: 'name', question: 'Who?' })]);
      return response([reasoning('Now I know.'), call('final_result', { result: 'Hello, Ada.' })]);
    });
    const cwd = makeProject({
      'portia.json': settings(),
      'plan.json': planOf({
        kind: 'react',
        task: 'Greet.',
        tools: ['calculator_tool'],
        may_ask: true,
        output: '$words',
      }),
    });
    const env = { OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'sk-test', PORTIA_MODEL: 'openai/gpt-5' };
    expect(await portia(['run-plan', 'plan.json'], { cwd, env })).toMatchObject({ code: 8 });
    const resumed = await portia(['resume', 'last', '--answer', 'name=Ada', '--format', 'value'], { cwd, env });
    expect(resumed).toMatchObject({ code: 0, stdout: 'Hello, Ada.\n' });
    const [, second] = server.asked.map(({ body }) => body?.['input'] as Item[]);
    expect(second?.slice(2).map(({ type }) => type)).toEqual(['reasoning', 'function_call', 'function_call_output']);
  });

  test.each([
    ['an object', { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }, { n: 3 }],
    ['a list', { type: 'array', items: { type: 'integer' } }, [1, 2]],
    ['a number', { type: 'integer' }, 7],
  ])(
    'when the answer must be %s then a schema with an object at its root is sent',
    async (_what, output_schema, value) => {
      const plan = planOf({ kind: 'llm', task: 'Count.', output: '$n', output_schema });
      const { ended, asked } = await ask(plan, ({ text }) => {
        const { properties = {} } = (text?.format['schema'] ?? {}) as { properties?: object };
        const [name = ''] = Object.keys(properties);
        return response([message(JSON.stringify(name === 'n' ? value : { [name]: value }))]);
      });
      expect(ended).toMatchObject({ code: 0 });
      expect(JSON.parse(ended.stdout)).toMatchObject({ outputs: { final_output: { value } } });
      expect(asked).toHaveLength(1);
    },
  );

  test('when a plan is asked for then it is made', async () => {
    const plan = { steps: [{ task: 'Add.', inputs: [], tool_id: 'calculator_tool', output: '$sum' }], error: null };
    const server = await startResponsesServer(() => response([reasoning('Easy.'), message(JSON.stringify(plan))]));
    const env = { OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'sk-test', PORTIA_MODEL: 'openai/gpt-5' };
    const ended = await portiaHere(['plan', 'add 1 and 2'], { cwd: makeProject({ 'portia.json': settings() }), env });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      steps: [{ tool_id: 'calculator_tool' }],
      metadata: { model: 'openai/gpt-5' },
    });
  });

  test('when a model has no reasoning to send back then it is asked without, from then on', async () => {
    const plan = planOf(
      { kind: 'llm', task: 'Say hello.', output: '$a' },
      { kind: 'llm', task: 'Say it again.', inputs: [{ name: '$a', description: 'words' }], output: '$b' },
    );
    const { ended, asked } = await ask(plan, ({ include }) => {
      if (include !== undefined) throw new Error('Encrypted content is not supported with this model.');
      return response([message('Hello.')]);
    });
    expect(ended).toMatchObject({ code: 0 });
    expect(asked.map(({ body }) => body?.['include'] !== undefined)).toEqual([true, false, false]);
  });

  test('when a server refuses how a function is described then it gets plainer words from then on', async () => {
    const { ended, asked } = await ask(REACT, ({ tools }, count) => {
      if (count === 1) throw new Error("Invalid schema for function 'calculator_tool': 'additionalProperties'.");
      expect(JSON.stringify(tools)).not.toContain('additionalProperties');
      return response([call('final_result', { result: '6' })]);
    });
    expect(ended).toMatchObject({ code: 0 });
    expect(JSON.stringify(asked[0]?.body?.['tools'])).toContain('additionalProperties');
    expect(asked).toHaveLength(2);
  });

  test.each<[string, Answer, { code: string; exit: number }, string]>([
    [
      'is cut off',
      response([message('Hel')], { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
      { code: 'model-reply-unusable', exit: 1 },
      'cut off',
    ],
    [
      'is filtered',
      response([], { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }),
      { code: 'model-refused', exit: 1 },
      'content_filter',
    ],
    [
      'is a refusal',
      response([{ type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'I will not.' }] }]),
      { code: 'model-refused', exit: 1 },
      'I will not.',
    ],
    ['has only thoughts', response([reasoning('Hm.')]), { code: 'model-reply-unusable', exit: 1 }, 'thoughts'],
    [
      'is not finished',
      response([], { status: 'in_progress' }),
      { code: 'model-reply-unusable', exit: 1 },
      'in_progress',
    ],
    [
      'says that the server failed',
      response([], { status: 'failed', error: { code: 'server_error', message: 'The server had an error.' } }),
      { code: 'unavailable', exit: 3 },
      'The server had an error',
    ],
    [
      'is a chat completion',
      { body: { id: 'chatcmpl-1', choices: [] } },
      { code: 'no-model', exit: 4 },
      'JSON without output (id, choices)',
    ],
    ['is a list', { body: [] }, { code: 'no-model', exit: 4 }, 'JSON that is not an object instead of a reply'],
    [
      'is refused for its key',
      { status: 401, body: { error: { message: 'Bad key' } } },
      { code: 'key-rejected', exit: 4 },
      'Bad key',
    ],
  ])('when the reply %s then that is what the run says', async (_what, answer, wanted, why) => {
    const { ended } = await ask(LLM, () => answer);
    expect(expectError(ended, wanted).why).toContain(why);
  });

  test('when the server fails once then it is asked again', async () => {
    const failed = response([], { status: 'failed', error: { code: 'server_error', message: 'Oops.' } });
    const { ended, asked } = await ask(LLM, (_wanted, count) => (count === 1 ? failed : response([message('Hello.')])));
    expect({ code: ended.code, asked: asked.length }).toEqual({ code: 0, asked: 2 });
  });

  test('when reasoning is to be recorded then the event has its summary', async () => {
    const server = await startResponsesServer(() => response([reasoning('Be polite.'), message('Hello.')]));
    const cwd = makeProject({ 'portia.json': { ...settings(), record_reasoning: true }, 'plan.json': LLM });
    const env = { OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'sk-test', PORTIA_MODEL: 'openai/gpt-5' };
    expect(await portiaHere(['run-plan', 'plan.json'], { cwd, env })).toMatchObject({ code: 0 });
    const [run = ''] = readdirSync(join(cwd, 'runs')).filter((name) => /^prun-[^.]+$/.test(name));
    expect(readFileSync(join(cwd, 'runs', run, 'events.ndjson'), 'utf8')).toContain('"reasoning":"Be polite."');
  });

  test('when nothing says so then chat completions are used, and one model may differ from its provider', async () => {
    const { ended } = await ask(LLM, () => response([message('Hello.')]));
    expect(ended.code).toBe(0);
    const server = await startResponsesServer(() => response([message('Hello.')]));
    const own = { model_settings: { openai: { api: 'responses' }, 'openai/gpt-5': { api: 'chat' } } };
    const env = { OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'sk-test', PORTIA_MODEL: 'openai/gpt-5' };
    for (const file of [own, {}]) {
      await portiaHere(['run-plan', 'plan.json'], { cwd: makeProject({ 'portia.json': file, 'plan.json': LLM }), env });
    }
    expect(server.asked.map(({ line }) => line)).toEqual(['POST /v1/chat/completions', 'POST /v1/chat/completions']);
  });
});
