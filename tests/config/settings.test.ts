import { describe, expect, test } from 'vitest';

import { isModelRequested, mergeSettings, type SettingsSources } from '../../src/config/settings.js';

const PLACE = { cwd: '/project/sub', projectRoot: '/project', home: '/home/ann' };

function merge(sources: Partial<SettingsSources>) {
  const none = { flags: {}, shell: {}, dotenv: new Map<string, string>(), project: undefined, user: undefined };
  return mergeSettings({ ...none, ...sources }, PLACE);
}

const user = (settings: NonNullable<SettingsSources['user']>['settings']) => ({
  path: '/home/ann/.config/portia/config.json',
  settings,
});

const LAYERS: [origin: string, sources: Partial<SettingsSources>][] = [
  ['flag', { flags: { model: 'flag', planningModel: 'flag-p', baseUrl: 'http://flag/v1', planner: 'model' } }],
  ['shell', { shell: { PORTIA_MODEL: 'shell', PORTIA_PLANNING_MODEL: 'shell-p', OPENAI_BASE_URL: 'http://shell/v1' } }],
  [
    'dotenv',
    {
      dotenv: new Map([
        ['PORTIA_MODEL', 'dotenv'],
        ['PORTIA_PLANNING_MODEL', 'dotenv-p'],
        ['OPENAI_BASE_URL', 'http://dotenv/v1'],
      ]),
    },
  ],
  ['project', { project: { model: 'project', models: { planning: 'project-p' }, base_url: 'http://project/v1' } }],
  ['user', { user: user({ model: 'user', models: { planning: 'user-p' }, base_url: 'http://user/v1' }) }],
];

describe('mergeSettings', () => {
  test.each(LAYERS.map(([origin], index) => [origin, index] as const))(
    'when %s is the strongest layer that says something then it wins',
    (origin, index) => {
      const sources = Object.assign({}, ...LAYERS.slice(index).map(([, layer]) => layer)) as SettingsSources;
      const settings = merge(sources);
      expect(settings.model).toMatchObject({ value: origin, origin });
      expect(settings.models.planning).toMatchObject({ value: `${origin}-p`, origin });
      expect(settings.models.execution).toMatchObject({ value: origin, origin });
      expect(settings.baseUrl).toMatchObject({ value: `http://${origin}/v1`, origin });
    },
  );

  test('when nothing is said then the defaults hold', () => {
    const settings = merge({});
    expect(settings).toMatchObject({
      model: undefined,
      baseUrl: undefined,
      apiKeyEnv: undefined,
      planner: { value: 'auto', origin: 'default' },
      largeOutputThresholdTokens: { value: 1000, origin: 'default' },
      reusePlans: { value: false, origin: 'default' },
      recordReasoning: { value: false, origin: 'default' },
      sharedFiles: { value: false, origin: 'default' },
      storageDir: { value: '/project', origin: 'default' },
      logLevel: { value: 'info' },
      noPrompt: { value: false },
      format: undefined,
    });
    expect(isModelRequested(settings)).toBe(false);
  });

  test('when a model for all is named more strongly than one for a role then it is for all', () => {
    const settings = merge({ flags: { model: 'a' }, project: { models: { planning: 'b' } } });
    expect(settings.models.planning).toEqual({ value: 'a', origin: 'flag', source: '--model' });
  });

  test('when a time for all models is given then the strongest source counts', () => {
    const project = { model_timeout_ms: 1_000 };
    expect(merge({ project }).modelTimeoutMs).toMatchObject({ value: 1_000, origin: 'project' });
    const flagged = merge({ flags: { modelTimeout: '2m' }, project });
    expect(flagged.modelTimeoutMs).toEqual({ value: 120_000, origin: 'flag', source: '--model-timeout' });
    expect(() => merge({ flags: { modelTimeout: '2 minutes' } })).toThrow(
      expect.objectContaining({ code: 'invalid-settings', message: expect.stringContaining('--model-timeout') }),
    );
  });

  test('when both names of the default model are set then the short one counts', () => {
    const settings = merge({ shell: { PORTIA_DEFAULT_MODEL: 'long', PORTIA_MODEL: 'short' } });
    expect(settings.model).toEqual({ value: 'short', origin: 'shell', source: 'PORTIA_MODEL' });
    expect(merge({ shell: { PORTIA_DEFAULT_MODEL: 'long' } }).model?.value).toBe('long');
  });

  test('when the shell has an empty variable then .env does not fill it', () => {
    const settings = merge({ shell: { PORTIA_MODEL: '' }, dotenv: new Map([['PORTIA_MODEL', 'dotenv']]) });
    expect(settings.model).toBeUndefined();
  });

  test('when every variable is set then each is read', () => {
    const settings = merge({
      shell: {
        PORTIA_LLM_PROVIDER: 'anthropic',
        OLLAMA_BASE_URL: 'http://ollama/v1',
        PORTIA_STORAGE_DIR: 'data',
        PORTIA_LOG_LEVEL: 'DEBUG',
        PORTIA_FORMAT: 'NDJSON',
        PORTIA_NO_PROMPT: 'yes',
        PORTIA_LARGE_OUTPUT_THRESHOLD_TOKENS: '250',
        PORTIA_EXECUTION_MODEL: 'e',
        PORTIA_INTROSPECTION_MODEL: 'i',
        PORTIA_SUMMARIZER_MODEL: 's',
      },
    });
    expect(settings).toMatchObject({
      provider: { value: 'anthropic' },
      providerBaseUrls: new Map([['ollama', expect.objectContaining({ value: 'http://ollama/v1' })]]),
      storageDir: { value: '/project/sub/data' },
      logLevel: { value: 'debug' },
      format: { value: 'ndjson' },
      noPrompt: { value: true },
      largeOutputThresholdTokens: { value: 250 },
      models: {
        planning: undefined,
        execution: { value: 'e' },
        introspection: { value: 'i' },
        summarizer: { value: 's' },
      },
    });
  });

  test.each([
    ['PORTIA_LOG_LEVEL', 'loud'],
    ['PORTIA_FORMAT', 'xml'],
    ['PORTIA_NO_PROMPT', 'maybe'],
    ['PORTIA_LARGE_OUTPUT_THRESHOLD_TOKENS', '-1'],
    ['PORTIA_LARGE_OUTPUT_THRESHOLD_TOKENS', '1e3'],
    ['OPENAI_BASE_URL', 'localhost'],
    ['OPENAI_BASE_URL', 'http://user:canary@host'],
    ['OLLAMA_BASE_URL', 'ftp://host'],
  ])('when the variable %s is %s then it is refused by name, with a fix', (name, value) => {
    const details = { why: expect.stringMatching(/./), fix: expect.stringContaining(name) };
    const expected = { code: 'invalid-settings', message: expect.stringContaining(name), details };
    expect(() => merge({ shell: { [name]: value } })).toThrow(expect.objectContaining(expected));
    expect(() => merge({ dotenv: new Map([[name, value]]) })).toThrow(`${name} in .env`);
    expect(() => merge({ shell: { [name]: value } })).not.toThrow('canary');
  });

  test.each([
    [{ planner: 'magic' }, '--planner'],
    [{ format: 'xml' }, '--format'],
    [{ baseUrl: 'localhost:8080' }, '--base-url'],
    [{ baseUrl: '' }, '--base-url'],
    [{ model: '' }, '--model'],
    [{ apiKeyFile: '' }, '--api-key-file'],
    [{ apiKeyEnv: 'sk-canary' }, '--api-key-env'],
  ])('when the flags are %j then %s is refused', (flags, name) => {
    const expected = { code: 'invalid-settings', message: expect.stringContaining(name) };
    expect(() => merge({ flags })).toThrow(expect.objectContaining(expected));
    expect(() => merge({ flags })).not.toThrow('canary');
  });

  test('when paths are given then each starts at the place of its layer', () => {
    const settings = merge({
      flags: { allowPath: ['x', '/abs', '~/docs'] },
      project: {
        allow_paths: ['x', '../y'],
        tools: { modules: ['./tools/*.ts'] },
        storage_dir: 'data',
        api_key_file: 'key',
      },
      user: user({ allow_paths: ['z'], tools: { modules: ['~/tools/a.ts'] } }),
    });
    const paths = ['/project/sub/x', '/abs', '/home/ann/docs', '/project/x', '/y', '/home/ann/.config/portia/z'];
    expect(settings.allowPaths.map(({ value }) => value)).toEqual(paths);
    expect(settings.tools.modules.map(({ value }) => value)).toEqual(['/project/tools/*.ts', '/home/ann/tools/a.ts']);
    expect(settings.storageDir.value).toBe('/project/data');
    expect(settings.apiKeyFile?.value).toBe('/project/key');
  });

  test('when layers speak of the same tool then the strongest decides by name', () => {
    const { tools } = merge({
      project: {
        tools: { enable: ['a'], disable: ['b'], describe: { a: 'project' }, settings: { w: { base_url: 'p', x: 1 } } },
      },
      user: user({
        tools: {
          enable: ['b', 'c'],
          disable: ['a'],
          describe: { a: 'user', c: 'user' },
          settings: { w: { x: 2, y: 3 } },
        },
      }),
    });
    expect(tools.enable.map(({ value }) => value).toSorted()).toEqual(['a', 'c']);
    expect(tools.disable.map(({ value }) => value)).toEqual(['b']);
    expect([...tools.describe].map(([tool, { value }]) => [tool, value])).toEqual([
      ['a', 'project'],
      ['c', 'user'],
    ]);
    const weather = [...(tools.settings.get('w') ?? [])].map(([name, { value }]) => [name, value]);
    expect(weather.toSorted()).toEqual([
      ['base_url', 'p'],
      ['x', 1],
      ['y', 3],
    ]);
  });

  test('when approvals are in several layers then all are kept, the strongest layer first', () => {
    const settings = merge({
      flags: { approve: ['a'], deny: ['b'] },
      project: { approvals: { c: 'ask' } },
      user: user({ approvals: { c: 'deny' } }),
    });
    expect(settings.approvals.map(({ glob, policy, origin }) => `${origin} ${policy} ${glob}`)).toEqual([
      'flag deny b',
      'flag allow a',
      'project ask c',
      'user deny c',
    ]);
  });

  test.each<[string, Partial<SettingsSources>, string | undefined]>([
    ['a flag', { flags: { apiKeyEnv: 'F' }, project: { base_url: 'http://p/v1', api_key_env: 'P' } }, 'F'],
    [
      'the file of the base URL',
      { project: { base_url: 'http://p/v1', api_key_env: 'P' }, user: user({ api_key_env: 'U' }) },
      'P',
    ],
    ['another file', { project: { base_url: 'http://p/v1' }, user: user({ api_key_env: 'U' }) }, undefined],
    [
      'a stronger file',
      { project: { api_key_env: 'P' }, user: user({ base_url: 'http://u/v1', api_key_env: 'U' }) },
      'U',
    ],
    ['a file, for a flag', { flags: { baseUrl: 'http://f/v1' }, project: { api_key_env: 'P' } }, undefined],
    ['a file, for the shell', { shell: { OPENAI_BASE_URL: 'http://s/v1' }, project: { api_key_env: 'P' } }, undefined],
    ['a file without a base URL', { project: { api_key_env: 'P' }, user: user({ api_key_env: 'U' }) }, 'P'],
  ])('when %s names the key then it counts only beside its base URL', (_, sources, expected) => {
    expect(merge(sources).apiKeyEnv?.value).toBe(expected);
  });

  test.each<[Partial<SettingsSources>]>([
    [{ flags: { model: 'a' } }],
    [{ flags: { summarizerModel: 'a' } }],
    [{ flags: { baseUrl: 'http://x' } }],
    [{ flags: { apiKeyEnv: 'A' } }],
    [{ shell: { PORTIA_LLM_PROVIDER: 'ollama' } }],
    [{ dotenv: new Map([['OPENAI_BASE_URL', 'http://x']]) }],
    [{ project: { models: { execution: 'x' } } }],
    [{ user: user({ model: 'x' }) }],
  ])('when %j is given then a model was asked for', (sources) => {
    expect(isModelRequested(merge(sources))).toBe(true);
  });
});
