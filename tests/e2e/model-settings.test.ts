import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { chatReply, startJsonServer, type JsonServer } from '../support/json-server.js';
import { portiaHere } from '../support/portia-here.js';
import { allBytes } from '../support/folder-listing.js';
import { makeProject, portia, UNTRUSTED } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const CANARY = 'canary-4c1d9e77';

const hello = (fields: object = {}) => ({
  plan_context: { query: 'Say hello', tool_ids: [] },
  steps: [{ kind: 'llm', task: 'Say hello.', output: '$words', ...fields }],
});

const talker = () => startJsonServer(() => chatReply('Hello.'));

/** What a request of one model has, besides what it asks. */
function setFields({ asked }: JsonServer) {
  return asked.map(({ line, headers, body = {} }) => {
    const { messages: _messages, stream: _stream, ...fields } = body;
    return { line, fields, title: headers['x-title'], tenant: headers['x-tenant'], auth: headers.authorization };
  });
}

describe('model_settings', () => {
  test('when they are set for a model then its requests have them, and those of another model do not', async () => {
    const server = await talker();
    const cwd = makeProject({
      'portia.json': {
        model: 'custom/tuned',
        base_url: `${server.origin}/v1`,
        model_settings: {
          'custom/tuned': {
            temperature: 0.2,
            max_tokens: 500,
            reasoning_effort: 'low',
            headers: { 'X-Title': 'my app', 'x-tenant': 'Tenant ${TENANT}' },
            extra_body: { top_k: 20, stream_options: { a: 1 } },
          },
        },
      },
      '.env': `TENANT=${CANARY}\n`,
      'plan.json': hello(),
      'other.json': hello({ model: 'custom/plain' }),
    });
    expect(await portia(['run-plan', 'plan.json', '--format', 'value'], { cwd })).toMatchObject({
      code: 0,
      stdout: 'Hello.\n',
    });
    expect(await portiaHere(['run-plan', 'other.json'], { cwd })).toMatchObject({ code: 0 });
    const line = 'POST /v1/chat/completions';
    expect(setFields(server)).toEqual([
      {
        line,
        fields: {
          model: 'tuned',
          temperature: 0.2,
          max_tokens: 500,
          reasoning_effort: 'low',
          top_k: 20,
          stream_options: { a: 1 },
        },
        title: 'my app',
        tenant: `Tenant ${CANARY}`,
        auth: 'Bearer local',
      },
      { line, fields: { model: 'plain' }, title: undefined, tenant: undefined, auth: 'Bearer local' },
    ]);
    expect(allBytes(join(cwd, 'runs'))).not.toContain(CANARY);
  });

  test('when a role and a step have models of their own then each has its own settings', async () => {
    const server = await startJsonServer(({ body }) => chatReply(body?.['temperature'] === 0 ? 'yes' : 'Hello.'));
    const cwd = makeProject({
      'portia.json': {
        models: { execution: 'custom/writer', introspection: 'custom/judge' },
        base_url: `${server.origin}/v1`,
        model_settings: { 'custom/writer': { temperature: 1.5 }, 'custom/poet': { temperature: 0.9 } },
      },
      'plan.json': {
        plan_context: { query: 'q', tool_ids: [] },
        steps: [
          { kind: 'llm', task: 'Write.', output: '$a' },
          { kind: 'llm', task: 'Rhyme.', output: '$b', model: 'custom/poet' },
        ],
      },
    });
    expect(await portiaHere(['run-plan', 'plan.json'], { cwd })).toMatchObject({ code: 0 });
    expect(server.asked.map(({ body }) => [body?.['model'], body?.['temperature']])).toEqual([
      ['writer', 1.5],
      ['poet', 0.9],
    ]);
  });

  test('when the project and the user set the same then the project wins, key by key', async () => {
    const server = await talker();
    const cwd = makeProject({
      'portia.json': {
        model: 'custom/m',
        base_url: `${server.origin}/v1`,
        model_settings: { 'custom/m': { temperature: 0.1 } },
      },
      'plan.json': hello(),
      '.home/.config/portia/config.json': { model_settings: { 'custom/m': { temperature: 2, max_tokens: 9 } } },
    });
    expect(await portiaHere(['run-plan', 'plan.json'], { cwd })).toMatchObject({ code: 0 });
    expect(server.asked[0]?.body).toMatchObject({ temperature: 0.1, max_tokens: 9 });
    const { stdout } = await portiaHere(['config', 'list', '--format', 'human'], { cwd });
    expect(stdout).toContain(
      'model_settings.custom/m.temperature = 0.1   (portia.json model_settings.custom/m.temperature)',
    );
    expect(stdout).toMatch(/model_settings\.custom\/m\.max_tokens = 9 {3}\(.*config\.json model_settings/);
  });

  test('when a provider names the longest reply in another way then it is sent so', async () => {
    const server = await talker();
    const cwd = makeProject({
      'portia.json': { model_settings: { 'openai/m': { max_tokens: 70 } } },
      'plan.json': hello({ model: 'openai/m' }),
    });
    const env = { OPENAI_BASE_URL: `${server.origin}/v1`, OPENAI_API_KEY: 'sk-test' };
    expect(await portiaHere(['run-plan', 'plan.json'], { cwd, env })).toMatchObject({ code: 0 });
    expect(server.asked[0]?.body).toMatchObject({ max_completion_tokens: 70 });
    expect(server.asked[0]?.body).not.toHaveProperty('max_tokens');
  });

  test('when a gateway has a header of its own for the key then it gets it there, and the other by a setting', async () => {
    const server = await talker();
    const cwd = makeProject({
      'plan.json': hello({ model: 'cloudflare/openai/gpt-5' }),
      '.home/.config/portia/config.json': {
        model_settings: { 'cloudflare/openai/gpt-5': { headers: { authorization: 'Bearer ${OPENAI_API_KEY}' } } },
      },
    });
    const env = { CLOUDFLARE_API_TOKEN: 'cf-key-1234', OPENAI_API_KEY: 'sk-test' };
    const flags = ['--base-url', `${server.origin}/v1/a/g/compat`, '--api-key-env', 'CLOUDFLARE_API_TOKEN'];
    expect(await portiaHere(['run-plan', 'plan.json', ...flags], { cwd, env })).toMatchObject({ code: 0 });
    expect(server.asked[0]).toMatchObject({
      line: 'POST /v1/a/g/compat/chat/completions',
      headers: { 'cf-aig-authorization': 'Bearer cf-key-1234', authorization: 'Bearer sk-test' },
      body: { model: 'openai/gpt-5' },
    });
  });

  test('when a reply takes longer than timeout_ms of its model then the run can be resumed: exit 3', async () => {
    const server = await startJsonServer(() => ({ status: 503, headers: { 'retry-after': '30' }, body: {} }));
    const cwd = makeProject({
      'portia.json': {
        model: 'custom/m',
        base_url: `${server.origin}/v1`,
        model_settings: { 'custom/m': { timeout_ms: 1_500 } },
      },
      'plan.json': hello(),
    });
    const ended = await portiaHere(['run-plan', 'plan.json'], { cwd });
    expect(ended.code).toBe(3);
    // The server asked for 30 s, which the time of this model does not have.
    expect(server.asked).toHaveLength(1);
  });

  test('when the context window cannot hold a request then it is not sent: exit 1', async () => {
    const server = await talker();
    const cwd = makeProject({
      'portia.json': {
        model: 'custom/m',
        base_url: `${server.origin}/v1`,
        model_settings: { 'custom/m': { context_window: 1_000, max_tokens: 100 } },
      },
      'plan.json': hello({ task: 'word '.repeat(800) }),
      'short.json': hello(),
    });
    const ended = await portiaHere(['run-plan', 'plan.json'], { cwd });
    const { why } = expectError(ended, { code: 'invalid-input', exit: 1 });
    expect(why).toMatch(/about \d+ tokens and its reply up to 100 \(max_tokens\); the context window .* is 1000/);
    expect(server.asked).toEqual([]);
    expect(await portiaHere(['run-plan', 'short.json'], { cwd })).toMatchObject({ code: 0 });
  });

  test('when the context window is small then an agent shows long results in short', async () => {
    const calls = [
      { name: 'file_reader_tool', arguments: '{"filename":"long.txt"}' },
      { name: 'final_result', arguments: '{"result":"Read."}' },
    ];
    const server = await startJsonServer((_asked, count) =>
      chatReply('', { tool_calls: [{ id: 'call_1', type: 'function', function: calls[count - 1] }] }),
    );
    const cwd = makeProject({
      'portia.json': {
        model: 'custom/m',
        base_url: `${server.origin}/v1`,
        model_settings: { 'custom/m': { context_window: 2_500 } },
      },
      'long.txt': 'word '.repeat(4_000),
      'plan.json': {
        plan_context: { query: 'q', tool_ids: [] },
        steps: [{ kind: 'react', task: 'Read long.txt.', tools: ['file_reader_tool'], output: '$words' }],
      },
    });
    const ended = await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd });
    expect(ended).toMatchObject({ code: 0, stdout: 'Read.\n' });
    const sent = server.asked.map(({ body }) => JSON.stringify(body?.['messages']).length);
    expect(sent[1]).toBeLessThan(8_000);
  });

  test('when a model takes no JSON Schema then none is sent, and the value is valid all the same', async () => {
    const server = await startJsonServer(() => chatReply('{"greeting":"Hello."}'));
    const output_schema = { type: 'object', properties: { greeting: { type: 'string' } }, required: ['greeting'] };
    const cwd = makeProject({
      'portia.json': {
        model: 'custom/m',
        base_url: `${server.origin}/v1`,
        model_settings: { 'custom/m': { no_json_schema: true } },
      },
      'plan.json': hello({ output_schema }),
    });
    const ended = await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd });
    expect({ code: ended.code, value: JSON.parse(ended.stdout) as unknown }).toEqual({
      code: 0,
      value: { greeting: 'Hello.' },
    });
    expect(server.asked.map(({ body }) => body?.['response_format'])).toEqual([{ type: 'json_object' }]);
  });

  test.each([['prices'], ['model_settings']])('when a price is in %s then --max-cost counts with it', async (key) => {
    const server = await talker();
    const price = { input: 1_000_000, output: 1_000_000 };
    const cwd = makeProject({
      'portia.json': {
        model: 'custom/m',
        base_url: `${server.origin}/v1`,
        [key]: { 'custom/m': key === 'prices' ? price : { price } },
      },
      'plan.json': {
        plan_context: { query: 'q', tool_ids: [] },
        steps: [
          { kind: 'llm', task: 'Write.', output: '$a' },
          { kind: 'llm', task: 'Add to it.', inputs: [{ name: '$a', description: 'words' }], output: '$b' },
        ],
      },
    });
    expect(await portiaHere(['run-plan', 'plan.json', '--max-cost', '5'], { cwd })).toMatchObject({ code: 8 });
    const untrusted = await portiaHere(['run-plan', 'plan.json', '--max-cost', '5'], { cwd, env: UNTRUSTED });
    expectError(untrusted, { code: 'project-untrusted', exit: 6 });
  });
});

describe('model_settings that cannot be used', () => {
  const MODEL = 'openai/gpt-4.1';
  test.each([
    [{ [MODEL]: { temprature: 1 } }, 'temprature: no such setting', 'did you mean "temperature"?'],
    [{ [MODEL]: { stream: true } }, 'stream: no such setting', 'the settings here are temperature, max_tokens,'],
    [{ [MODEL]: { temperature: 'warm' } }, 'temperature: expected number', undefined],
    [{ [MODEL]: { max_tokens: 0 } }, 'max_tokens: ', undefined],
    [{ [MODEL]: { api: 'chats' } }, 'api: expected one of "chat"|"responses"', undefined],
    [{ openai: { price: { input: 1, output: 1 } } }, 'give a price for each model of the provider', undefined],
    [{ 'gpt-4.1': { temperature: 1 } }, 'gpt-4.1: a model is named provider/name', 'write "openai/gpt-4.1"'],
    [{ 'meta/llama': { temperature: 1 } }, 'meta/llama: a model is named', 'write "custom/meta/llama"'],
    [
      { 'exec/my.sh': { temperature: 1 } },
      'temperature: a program does not have this setting',
      'settings of a program are',
    ],
    [
      { [MODEL]: { headers: { authorization: `Bearer ${CANARY}` } } },
      'keys do not belong',
      'the name of its variable in headers',
    ],
    [{ [MODEL]: { headers: { 'x-api-key': CANARY } } }, 'keys do not belong', 'the name of its variable in headers'],
    [
      { [MODEL]: { headers: { 'x-a': '${NOT CLOSED' } } },
      'a ${ is not closed, or does not name a variable',
      'write ${NAME}',
    ],
    [{ [MODEL]: { headers: { host: 'a.example' } } }, 'portia writes this header itself', undefined],
    [{ [MODEL]: { headers: { 'a b': 'x' } } }, 'is not the name of a header', undefined],
    [{ [MODEL]: { extra_body: { messages: [] } } }, 'portia writes this field itself', undefined],
    [
      { [MODEL]: { extra_body: { plugin: { api_key: CANARY } } } },
      'keys do not belong',
      'the name of its variable in headers',
    ],
  ])(
    'when they are %j then they are refused with their place and a remedy, and never quoted',
    async (given, what, fix) => {
      const cwd = makeProject({ 'portia.json': { model_settings: given } });
      const ended = await portiaHere(['list'], { cwd });
      const error = expectError(ended, { code: 'invalid-settings', exit: 2 });
      expect(error.why).toContain('model_settings/');
      expect(error.why).toContain(what);
      if (fix !== undefined) expect(error.fix).toContain(fix);
      expect(ended.stderr).not.toContain(CANARY);
    },
  );

  test('when a header needs a variable that is not set then the model cannot be asked: exit 4', async () => {
    const cwd = makeProject({
      'portia.json': { model_settings: { 'openai/m': { headers: { 'x-tenant': '${TENANT}' } } } },
      'plan.json': hello({ model: 'openai/m' }),
    });
    const ended = await portiaHere(['run-plan', 'plan.json'], { cwd, env: { OPENAI_API_KEY: 'sk-test' } });
    const error = expectError(ended, { code: 'no-model', exit: 4 });
    expect(error.message).toBe('portia.json model_settings.openai/m.headers.x-tenant needs TENANT, which is not set.');
    expect(error.fix).toMatch(/^export TENANT=…\n/);
  });
});

describe('model_settings and trust', () => {
  const settings = (origin: string) => ({
    model: 'custom/m',
    base_url: `${origin}/v1`,
    model_settings: {
      'custom/m': { temperature: 0.5, headers: { 'x-tenant': '${TENANT}' }, extra_body: { user: 'them' } },
    },
  });

  test('when a project that is not trusted sends headers or fields then the model is not asked: exit 6', async () => {
    const server = await talker();
    const cwd = makeProject({ 'portia.json': settings(server.origin), 'plan.json': hello() });
    const env = { ...UNTRUSTED, TENANT: CANARY };
    const { why } = expectError(await portiaHere(['run-plan', 'plan.json'], { cwd, env }), {
      code: 'project-untrusted',
      exit: 6,
    });
    expect(why).toContain('2 additions to requests (x-tenant: ${TENANT}, user: "them")');
    const listed = await portiaHere(['trust', '--format', 'human'], { cwd, env });
    expect(listed.stdout).toContain('Is sent with every request to a model:');
    expect(listed.stdout).toMatch(/x-tenant: \$\{TENANT\} {2}.*portia\.json model_settings\.custom\/m\.headers/);
    expect(server.asked).toEqual([]);
    await portiaHere(['trust', '--content', '--yes'], { cwd, env });
    expect(await portiaHere(['run-plan', 'plan.json'], { cwd, env })).toMatchObject({ code: 0 });
    expect(server.asked[0]).toMatchObject({ headers: { 'x-tenant': CANARY }, body: { user: 'them' } });
    const written = readFileSync(join(cwd, 'portia.json'), 'utf8').replace('them', 'others');
    const changed = makeProject({ 'portia.json': written, 'plan.json': hello() });
    expect(await portiaHere(['run-plan', 'plan.json'], { cwd: changed, env })).toMatchObject({ code: 6 });
  });

  test('when a project names the server then a header of the user takes no variable there', async () => {
    const server = await talker();
    const { base_url, model } = settings(server.origin);
    const headers = { 'x-tenant': '${TENANT}' };
    const cwd = makeProject({
      'portia.json': { base_url, model },
      'plan.json': hello(),
      '.home/.config/portia/config.json': { model_settings: { 'custom/m': { headers } } },
    });
    const env = { ...UNTRUSTED, TENANT: CANARY };
    const { message } = expectError(await portiaHere(['run-plan', 'plan.json'], { cwd, env }), {
      code: 'no-model',
      exit: 4,
    });
    expect(message).toBe(`TENANT is not sent to ${server.origin}.`);
    expect(server.asked).toEqual([]);
    expect(await portiaHere(['run-plan', 'plan.json'], { cwd, env: { TENANT: CANARY } })).toMatchObject({ code: 0 });
  });
});
