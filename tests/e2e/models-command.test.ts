import { describe, expect, test } from 'vitest';

import type { OfferedEntry, ProviderEntry, RoleEntry } from '../../src/app/list-models.js';
import { MODEL_ROLES } from '../../src/domain/values/model-roles.js';
import { PROVIDER_NAMES } from '../../src/models/providers/providers.js';
import { startJsonServer, type Answer } from '../support/json-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia, UNTRUSTED, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const KEY = 'sk-canary-11aa22bb';

const listed = ({ stdout }: Ended) => JSON.parse(stdout) as { roles: RoleEntry[]; providers: ProviderEntry[] };
const offered = ({ stdout }: Ended) => JSON.parse(stdout) as OfferedEntry[];

describe('portia models', () => {
  test('when it is called then it names the model of each role and the key of each provider, and prints no key', async () => {
    const cwd = makeProject({
      'portia.json': { models: { planning: 'groq/big', summarizer: 'exec:./sum.sh --fast' } },
    });
    const env = { GROQ_API_KEY: KEY, OPENAI_API_KEY: KEY };
    const ended = await portia(['models'], { cwd, env });
    expect(ended.code).toBe(0);
    const { roles, providers } = listed(ended);
    expect(roles).toEqual([
      {
        role: 'planning',
        model: 'groq/big',
        base_url: 'https://api.groq.com/openai/v1',
        key: 'GROQ_API_KEY',
        source: 'portia.json models.planning',
        problem: null,
      },
      expect.objectContaining({ role: 'execution', model: 'openai/gpt-4.1-mini', source: 'default' }),
      expect.objectContaining({ role: 'introspection', key: 'OPENAI_API_KEY' }),
      {
        role: 'summarizer',
        model: 'exec/sum.sh',
        base_url: null,
        key: null,
        source: 'portia.json models.summarizer',
        problem: null,
      },
    ]);
    expect(providers.map(({ provider }) => provider)).toEqual(PROVIDER_NAMES);
    const ready = providers.filter((provider) => provider.ready).map(({ provider }) => provider);
    expect(ready).toEqual(['openai', 'groq', 'litellm', 'ollama', 'lmstudio', 'llamacpp', 'vllm']);
    expect(providers.find(({ provider }) => provider === 'mistral')).toEqual({
      provider: 'mistral',
      base_url: null,
      key: null,
      ready: false,
      missing: ['MISTRAL_API_KEY'],
    });
    const shown = await portiaHere(['models', '--format', 'human'], { cwd, env });
    expect(shown.stdout).toMatch(/^planning +groq\/big +GROQ_API_KEY +https:\/\/api\.groq\.com/m);
    expect(shown.stdout).toMatch(/^· {2}ollama +no key +http:/m);
    expect(shown.stdout).toContain('No server was asked.');
    expect(shown.stdout).toMatch(/^· {2}xai +needs XAI_API_KEY$/m);
    expect(shown.stdout).toMatch(/^· {2}bedrock +needs AWS_REGION or AWS_DEFAULT_REGION and$/m);
    expect(`${ended.stdout}${shown.stdout}`).not.toContain(KEY);
  });

  test('when there is no key then every role says that it has no model', async () => {
    const { roles } = listed(await portiaHere(['models'], { cwd: makeProject() }));
    expect(roles.map(({ role, model }) => [role, model])).toEqual(MODEL_ROLES.map((role) => [role, null]));
    expect(roles[0]?.problem).toBe('Nothing to plan with: no model is configured.');
  });

  test('when a provider is named then only that is listed, and an unknown one is refused', async () => {
    const cwd = makeProject();
    const { providers } = listed(await portiaHere(['models', 'mistralai'], { cwd }));
    expect(providers.map(({ provider }) => provider)).toEqual(['mistral']);
    const { fix } = expectError(await portiaHere(['models', 'cerebra'], { cwd }), { code: 'usage', exit: 2 });
    expect(fix).toContain('portia models cerebras --online');
  });

  test('when its line is completed then the words are providers', async () => {
    const { stdout } = await portiaHere(['completion', 'words', '--', 'models', 'open'], { cwd: makeProject() });
    expect(stdout).toBe('openai\nopenrouter\n');
  });

  test('when a project that is not trusted names the models then they are not listed as usable', async () => {
    const settings = { model: 'custom/m', base_url: 'https://models.example/v1' };
    const ended = await portiaHere(['models'], { cwd: makeProject({ 'portia.json': settings }), env: UNTRUSTED });
    expect(listed(ended).roles[0]).toMatchObject({ model: null, problem: expect.stringContaining('not trusted') });
  });
});

/** As servers list them: their name is all that is the same everywhere. */
const LISTS: [server: string, list: unknown, models: [string, number | null][]][] = [
  ['OpenAI', { object: 'list', data: [{ id: 'm', object: 'model', owned_by: 'x' }] }, [['m', null]]],
  ['vLLM', { object: 'list', data: [{ id: 'a/m', max_model_len: 4096 }] }, [['a/m', 4096]]],
  ['OpenRouter', { data: [{ id: 'a/m', context_length: 128000 }] }, [['a/m', 128000]]],
  ['Together', [{ id: 'm', context_length: 8192 }], [['m', 8192]]],
  ['Gemini', { data: [{ id: 'models/gemini-9' }] }, [['gemini-9', null]]],
  ['GitHub', [{ id: 'openai/m', limits: { max_input_tokens: 1000 } }], [['openai/m', 1000]]],
  ['llama.cpp', { models: [{ name: 'x' }], data: [{ id: 'm', meta: { n_ctx: 2048 } }] }, [['m', 2048]]],
  ['an empty one', { object: 'list', data: [] }, []],
];

describe('portia models --online', () => {
  const at = async (answer: () => Answer, settings: object = {}) => {
    const server = await startJsonServer(answer);
    const cwd = makeProject({ 'portia.json': { model: 'custom/b', base_url: `${server.origin}/v1`, ...settings } });
    return {
      server,
      cwd,
      online: (args: string[] = [], env = {}) => portiaHere(['models', '--online', ...args], { cwd, env }),
    };
  };

  test.each(LISTS)('when %s lists its models then they are read', async (_server, list, models) => {
    const { online } = await at(() => ({ body: list }));
    const rows = offered(await online());
    expect(rows.map(({ model, context_window: window }) => [model, window])).toEqual(
      models.map(([name, window]) => [`custom/${name}`, window]),
    );
  });

  test('when it asks then it sends the key and the headers, and says which roles have the model', async () => {
    const list = { data: [{ id: 'c' }, { id: 'b', owned_by: 'me' }] };
    const { server, cwd, online } = await at(() => ({ body: list }), {
      models: { planning: 'custom/c' },
      api_key_env: 'MY_KEY',
      model_settings: { 'custom/c': { headers: { 'x-team': 'a' } } },
    });
    const env = { MY_KEY: KEY };
    const ended = await online([], env);
    expect(offered(ended)).toEqual([
      {
        model: 'custom/b',
        base_url: `${server.origin}/v1`,
        context_window: null,
        owner: 'me',
        roles: ['execution', 'introspection', 'summarizer'],
      },
      expect.objectContaining({ model: 'custom/c', roles: ['planning'] }),
    ]);
    expect(server.asked.map(({ line, headers }) => [line, headers.authorization])).toEqual([
      ['GET /v1/models', `Bearer ${KEY}`],
    ]);
    const lines = await online(['--format', 'ndjson', '--fields', 'model'], env);
    expect(lines.stdout).toBe('{"model":"custom/b"}\n{"model":"custom/c"}\n');
    const { stdout } = await portia(['models', '--online', '--format', 'human'], { cwd, env });
    expect(stdout).toMatch(/^MODEL +CONTEXT +OWNER +USED FOR\ncustom\/b +me +execution, introspection, summarizer$/m);
    expect(stdout).toContain(`2 models at ${server.origin}/v1`);
    expect(ended.stdout + lines.stdout + stdout).not.toContain(KEY);
  });

  test.each(['/chat/completions', '/responses/'])(
    'when the address of requests is given, as …%s, then the list beside it is asked for',
    async (path) => {
      const { server, online } = await at(() => ({ body: { data: [{ id: 'm' }] } }));
      expect(offered(await online(['--base-url', `${server.origin}/v1${path}`]))).toMatchObject([
        { model: 'custom/m' },
      ]);
      expect(server.asked.map(({ line }) => line)).toEqual(['GET /v1/models']);
      const refusing = await at(() => ({ status: 400, body: { error: 'No.' } }));
      const { fix } = expectError(await refusing.online(['--base-url', `${refusing.server.origin}/v1${path}`]), {
        code: 'invalid-settings',
        exit: 2,
      });
      expect(fix).toContain(`curl ${refusing.server.origin}/v1/models`);
    },
  );

  test('when another provider is named then that one is asked', async () => {
    const { server } = await at(() => ({ body: { data: [{ id: 'm' }] } }));
    const cwd = makeProject();
    const env = { VLLM_BASE_URL: server.origin, VLLM_API_KEY: KEY };
    expect(offered(await portiaHere(['models', 'vllm', '--online'], { cwd, env }))).toMatchObject([
      { model: 'vllm/m', base_url: `${server.origin}/v1`, roles: [] },
    ]);
  });

  test.each<[string, Answer, { code: string; exit: number }, string]>([
    [
      'rejects the key',
      { status: 401, body: { error: { message: 'Bad key' } } },
      { code: 'key-rejected', exit: 4 },
      'Bad key',
    ],
    ['is overloaded', { status: 503, body: { error: { message: 'Busy' } } }, { code: 'unavailable', exit: 3 }, 'Busy'],
    ['limits requests', { status: 429, body: { error: 'Slow down' } }, { code: 'rate-limited', exit: 3 }, 'Slow down'],
    ['has no list', { status: 404, body: 'Not found' }, { code: 'no-model', exit: 4 }, 'answered 404'],
    ['sends a page', { body: '<html>hello</html>' }, { code: 'no-model', exit: 4 }, 'what it gave is not a list'],
    [
      'points elsewhere',
      { status: 302, headers: { location: 'https://a.example' }, body: '' },
      { code: 'no-model', exit: 4 },
      '302',
    ],
  ])('when the server %s then it is an error as everywhere', async (_, answer, wanted, why) => {
    const { online } = await at(() => answer);
    expect(expectError(await online(), wanted).why).toContain(why);
  });

  test('when a provider lacks its key then the error names it: exit 4', async () => {
    const ended = await portiaHere(['models', 'vertex', '--online'], { cwd: makeProject() });
    const { why, fix } = expectError(ended, { code: 'no-model', exit: 4 });
    expect(why).toBe('It needs GOOGLE_CLOUD_PROJECT and CLOUDSDK_AUTH_ACCESS_TOKEN or GOOGLE_OAUTH_ACCESS_TOKEN.');
    expect(fix).toBe('export GOOGLE_CLOUD_PROJECT=…\nexport CLOUDSDK_AUTH_ACCESS_TOKEN=…');
  });

  test('when nothing listens there then it exits with 3, and without a model with 4', async () => {
    const cwd = makeProject({ 'portia.json': { model: 'custom/m', base_url: 'http://127.0.0.1:1/v1' } });
    expectError(await portiaHere(['models', '--online'], { cwd }), { code: 'unavailable', exit: 3 });
    expectError(await portiaHere(['models', '--online'], { cwd: makeProject() }), { code: 'no-model', exit: 4 });
  });
});
