import { describe, expect, test } from 'vitest';

import { checkProjectSettings, checkUserSettings } from '../../src/config/settings-schema.js';
import { adviceText } from '../../src/domain/next-step.js';

const problemsOf = (value: unknown) => {
  const checked = checkProjectSettings(value);
  return checked.ok ? [] : checked.problems;
};

describe('checkProjectSettings', () => {
  test('when every setting is there then it is accepted', () => {
    const settings = {
      $schema: './schema.json',
      model: 'openai/gpt-4.1',
      models: { planning: 'a/b', execution: 'c', introspection: 'd', summarizer: 'e', embeddings: 'f' },
      base_url: 'http://localhost:11434/v1',
      api_key_env: 'MY_KEY',
      api_key_file: '~/key',
      planner: 'offline',
      tools: {
        modules: ['./tools/*.ts'],
        enable: ['a'],
        disable: ['b'],
        describe: { a: 'text' },
        settings: { weather_tool: { base_url: 'http://127.0.0.1:1', max_tokens: 5 } },
      },
      programs: { act: { description: 'Acts.', command: ['./act.sh', '{{ $to }}'], env: ['KEY'] } },
      http: { ping: { description: 'Pings.', url: 'https://example.org/', headers: { 'x-key': '${KEY}' } } },
      mcp: {
        enable: ['files'],
        believe_annotations: ['files'],
        effects: { 'mcp:files:read_*': 'read' },
        start_timeout_ms: 1,
        timeout_ms: 1,
      },
      approvals: { 'mcp:*': 'ask', file_writer_tool: 'allow', constructor: 'deny' },
      allow_paths: ['/tmp'],
      large_output_threshold_tokens: 1,
      model_timeout_ms: 1,
      agent: 'verified',
      reuse_plans: true,
      examples: 'liked',
      record_reasoning: true,
      shared_files: true,
      storage_dir: 'data',
    };
    expect(checkProjectSettings(settings)).toEqual({ ok: true, settings });
  });

  test.each([
    [{ modle: 'a' }, 'modle: no such setting', 'did you mean "model"?', '/modle'],
    [{ 'base-url': 'a' }, 'base-url: no such setting', 'did you mean "base_url"?', '/base-url'],
    [{ baseUrl: 'a' }, 'baseUrl: no such setting', 'did you mean "base_url"?', '/baseUrl'],
    [{ tools: { module: [] } }, 'tools/module: no such setting', 'did you mean "modules"?', '/tools/module'],
    [{ models: { planing: 'a' } }, 'models/planing: no such setting', 'did you mean "planning"?', '/models/planing'],
    [{ mcp: { enabled: [] } }, 'mcp/enabled: no such setting', 'did you mean "enable"?', '/mcp/enabled'],
    [{ 'a/b': 1 }, 'a/b: no such setting', expect.stringContaining('the settings here are model'), '/a~1b'],
    [
      { api_key: 'sk-canary' },
      'api_key: keys do not belong in a settings file',
      expect.stringContaining('.env'),
      '/api_key',
    ],
    [
      { tools: { settings: { search_tool: { timeout_ms: '5 s' } } } },
      'tools/settings/search_tool/timeout_ms: expected a whole number of milliseconds, 1 or more',
      undefined,
      '/tools/settings/search_tool/timeout_ms',
    ],
    [
      { tools: { settings: { greet: { env: 'TOKEN' } } } },
      'tools/settings/greet/env: expected a list of names of variables, like ["DEPLOY_TOKEN"]',
      undefined,
      '/tools/settings/greet/env',
    ],
    [{ trusted_origins: [] }, expect.stringContaining("only the user's own settings"), undefined, '/trusted_origins'],
    [
      { tools: { settings: { search_tool: { api_key: 'sk-canary' } } } },
      'tools/settings/search_tool/api_key: keys do not belong in a settings file',
      expect.stringContaining('.env'),
      '/tools/settings/search_tool/api_key',
    ],
  ])('when a key is unknown or a secret (%j) then the remedy is named', (value, message, fix, pointer) => {
    const problems = problemsOf(value);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ message, pointer });
    if (fix !== undefined) expect(adviceText(problems[0]?.fix ?? '')).toEqual(fix);
  });

  test.each([
    [{ model: 5 }, '/model'],
    [{ model: '' }, '/model'],
    [{ models: [] }, '/models'],
    [{ planner: 'magic' }, '/planner'],
    [{ base_url: 'localhost:11434' }, '/base_url'],
    [{ base_url: 'file:///etc/passwd' }, '/base_url'],
    [{ base_url: 'http://user:canary@host/v1' }, '/base_url'],
    [{ api_key_env: 'sk-canary' }, '/api_key_env'],
    [{ approvals: { a: 'yes' } }, '/approvals/a'],
    [{ approvals: { a: true } }, '/approvals/a'],
    [{ allow_paths: 'canary' }, '/allow_paths'],
    [{ tools: { modules: [1] } }, '/tools/modules/0'],
    [{ tools: { modules: ['a\0.mjs'] } }, '/tools/modules/0'],
    [{ allow_paths: ['a\0'] }, '/allow_paths/0'],
    [{ large_output_threshold_tokens: 0 }, '/large_output_threshold_tokens'],
    [{ model_timeout_ms: 0 }, '/model_timeout_ms'],
    [{ model_timeout_ms: '10m' }, '/model_timeout_ms'],
    [{ large_output_threshold_tokens: 1.5 }, '/large_output_threshold_tokens'],
    [{ large_output_threshold_tokens: '1000' }, '/large_output_threshold_tokens'],
    [{ agent: 'fast' }, '/agent'],
    [{ reuse_plans: 'yes' }, '/reuse_plans'],
    [{ examples: 'all' }, '/examples'],
    [{ record_reasoning: 'yes' }, '/record_reasoning'],
    [{ shared_files: 'yes' }, '/shared_files'],
  ])('when a value is wrong (%j) then its place is named and the value is not', (value, pointer) => {
    const problems = problemsOf(value);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.pointer).toBe(pointer);
    expect(problems[0]?.message).toMatch(/^[a-z_/0-9]+: ./);
    expect(JSON.stringify(problems)).not.toContain('canary');
  });

  test.each([
    ...['auth', 'pat', 'pwd', 'passphrase', 'private_key', 'access_key', 'connection_string', 'token', 'db_password'],
    ...['privateKey', 'aws-access-key', 'AccessKey'],
  ])('when a setting of a tool is called %s then it is refused as a secret, at any depth', (name) => {
    for (const settings of [{ [name]: 'canary' }, { deep: [{ [name]: { value: 4711 } }] }]) {
      const problems = problemsOf({ tools: { settings: { x: settings } } });
      expect(problems).toMatchObject([{ rule: 'secret-in-file' }]);
      expect(adviceText(problems[0]?.fix ?? '')).toContain('.env');
      expect(JSON.stringify(problems)).not.toContain('canary');
    }
  });

  test.each(['max_tokens', 'path', 'author', 'keyboard', 'token_env', 'pattern'])(
    'when a setting is called %s then it is not a secret',
    (name) => {
      expect(problemsOf({ tools: { settings: { x: { [name]: 'a' } } } })).toEqual([]);
    },
  );

  test('when several things are wrong then all are named', () => {
    expect(problemsOf({ modle: 1, planer: 2, model: 3, tools: { x: 1 } })).toHaveLength(4);
  });

  test('when a tool is both enabled and disabled then it is refused', () => {
    expect(problemsOf({ tools: { enable: ['a'], disable: ['a'] } })[0]?.rule).toBe('contradiction');
  });
});

describe('checkUserSettings', () => {
  test('when the user trusts origins then they are accepted', () => {
    const settings = { model: 'a', trusted_origins: ['https://models.example.com'] };
    expect(checkUserSettings(settings)).toEqual({ ok: true, settings });
  });
});
