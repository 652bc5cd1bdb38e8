import { describe, expect, test } from 'vitest';

import type { KeyFile } from '../../src/config/key-file.js';
import { chooseModel, choosePlanner, type ModelChoice } from '../../src/config/model-choice.js';
import { mergeSettings, type SettingsSources } from '../../src/config/settings.js';
import type { ModelRole } from '../../src/domain/values/model-roles.js';
import { createVariables } from '../../src/config/variables.js';

const EVIL = 'https://evil.example/v1';
const SHELL_KEY = 'sk-from-the-shell';
const ENV_KEY = 'sk-from-dotenv';

interface Given extends Partial<Omit<SettingsSources, 'dotenv'>> {
  dotenv?: Record<string, string>;
  trusted?: string[];
  keyFile?: KeyFile;
  role?: ModelRole;
}

function settle(given: Given) {
  const { flags = {}, shell = {}, project, user } = given;
  const dotenv = new Map(Object.entries(given.dotenv ?? {}));
  const place = { cwd: '/project', projectRoot: '/project', home: '/home/ann' };
  const settings = mergeSettings({ flags, shell, dotenv, project, user }, place);
  return { settings, find: createVariables(shell, dotenv), trustedOrigins: given.trusted ?? [] };
}

function choose(given: Given): ModelChoice {
  const readKeyFile = () => given.keyFile ?? { kind: 'unusable' as const, why: 'does not exist' };
  return chooseModel(given.role ?? 'planning', { ...settle(given), readKeyFile });
}

const user = (settings: NonNullable<SettingsSources['user']>['settings']) => ({ path: '/u/config.json', settings });

/** What is sent where: `key@origin`, `-@origin` without a key, or the code of the error. */
function sent(given: Given): string {
  const choice = choose(given);
  if (choice.kind === 'none') return choice.error.code;
  if (choice.kind === 'exec') return choice.command;
  return `${choice.key?.value ?? '-'}@${new URL(choice.baseUrl).host}`;
}

const KEYS: Record<string, Pick<Given, 'shell' | 'dotenv'>> = {
  shell: { shell: { OPENAI_API_KEY: SHELL_KEY, NAMED: `${SHELL_KEY}-named` } },
  dotenv: { dotenv: { OPENAI_API_KEY: ENV_KEY, NAMED: `${ENV_KEY}-named` } },
};
const BASES: Record<string, Given> = {
  none: {},
  flag: { flags: { baseUrl: EVIL } },
  shell: { shell: { OPENAI_BASE_URL: EVIL } },
  dotenv: { dotenv: { OPENAI_BASE_URL: EVIL } },
  project: { project: { base_url: EVIL } },
  user: { user: user({ base_url: EVIL }) },
};
const NAMES: Record<string, Given> = {
  nobody: {},
  flag: { flags: { apiKeyEnv: 'NAMED' } },
  project: { project: { api_key_env: 'NAMED' } },
  user: { user: user({ api_key_env: 'NAMED' }) },
};

/** Both layers of two givens together. */
function both(a: Given, b: Given): Given {
  const files = user({ ...a.user?.settings, ...b.user?.settings });
  return {
    flags: { ...a.flags, ...b.flags },
    shell: { ...a.shell, ...b.shell },
    dotenv: { ...a.dotenv, ...b.dotenv },
    project: { ...a.project, ...b.project },
    user: files,
  };
}

// base URL from, key named by, key held by: what is sent untrusted, and what is sent when the origin is trusted.
const S = SHELL_KEY;
const D = ENV_KEY;
const SN = `${SHELL_KEY}-named`;
const DN = `${ENV_KEY}-named`;
const NO = 'no-model';
const RULE: [base: string, namedBy: string, heldBy: string, untrusted: string, trusted: string][] = [
  ['none', 'nobody', 'shell', S, S],
  ['none', 'nobody', 'dotenv', D, D],
  ['none', 'flag', 'shell', SN, SN],
  ['none', 'flag', 'dotenv', DN, DN],
  ['none', 'project', 'shell', SN, SN],
  ['none', 'project', 'dotenv', DN, DN],
  ['none', 'user', 'shell', SN, SN],
  ['flag', 'nobody', 'shell', '-', '-'],
  ['flag', 'nobody', 'dotenv', '-', '-'],
  ['flag', 'flag', 'shell', SN, SN],
  ['flag', 'flag', 'dotenv', DN, DN],
  ['flag', 'project', 'shell', '-', '-'],
  ['flag', 'user', 'shell', '-', '-'],
  ['shell', 'nobody', 'shell', S, S],
  ['shell', 'nobody', 'dotenv', '-', D],
  ['shell', 'flag', 'shell', SN, SN],
  ['shell', 'flag', 'dotenv', DN, DN],
  ['shell', 'project', 'shell', S, S],
  ['dotenv', 'nobody', 'shell', '-', S],
  ['dotenv', 'nobody', 'dotenv', D, D],
  ['dotenv', 'flag', 'shell', NO, SN],
  ['dotenv', 'flag', 'dotenv', DN, DN],
  ['dotenv', 'project', 'shell', '-', S],
  ['project', 'nobody', 'shell', '-', S],
  ['project', 'nobody', 'dotenv', '-', D],
  ['project', 'flag', 'shell', NO, SN],
  ['project', 'flag', 'dotenv', DN, DN],
  ['project', 'project', 'shell', NO, SN],
  ['project', 'project', 'dotenv', DN, DN],
  ['project', 'user', 'shell', '-', S],
  ['user', 'nobody', 'shell', '-', S],
  ['user', 'nobody', 'dotenv', '-', D],
  ['user', 'flag', 'shell', SN, SN],
  ['user', 'project', 'shell', '-', S],
  ['user', 'user', 'shell', SN, SN],
  ['user', 'user', 'dotenv', DN, DN],
];

describe('the key-origin rule', () => {
  test.each(RULE)(
    'when the base URL is of %s, the key named by %s and held by %s',
    (base, namedBy, heldBy, no, yes) => {
      const given = both(both(BASES[base] ?? {}, NAMES[namedBy] ?? {}), KEYS[heldBy] ?? {});
      const at = (key: string) => (key === NO ? NO : `${key}@${base === 'none' ? 'api.openai.com' : 'evil.example'}`);
      expect(sent(given)).toBe(at(no));
      expect(sent({ ...given, trusted: ['https://evil.example'] })).toBe(at(yes));
      expect(sent({ ...given, trusted: ['https://other.example', 'http://evil.example'] })).toBe(at(no));
    },
  );

  test('when the shell and .env hold the key then that of the shell counts', () => {
    const given = both(KEYS.shell ?? {}, KEYS.dotenv ?? {});
    expect(sent(given)).toBe(`${S}@api.openai.com`);
    expect(sent(both(given, BASES.dotenv ?? {}))).toBe('-@evil.example');
  });

  test('when a key is withheld then the choice names the variable and the origin', () => {
    const choice = choose(both(BASES.project ?? {}, KEYS.shell ?? {}));
    expect(choice).toMatchObject({ key: null, withheld: { name: 'OPENAI_API_KEY', origin: 'https://evil.example' } });
    expect(JSON.stringify(choice)).not.toContain(SHELL_KEY);
  });

  test('when a named key may not be sent then the error has a fix and not the key', () => {
    const choice = choose(both({ project: { base_url: EVIL, api_key_env: 'NAMED' } }, KEYS.shell ?? {}));
    const error = choice.kind === 'none' ? choice.error : undefined;
    expect(error?.message).toBe('The key of NAMED is not sent to https://evil.example.');
    expect(error?.fix).toContain('portia trust');
    expect(JSON.stringify(error)).not.toContain(SHELL_KEY);
  });

  test.each<[string, Given, string]>([
    [
      'another provider has its own key',
      { flags: { model: 'anthropic/claude' }, shell: { ANTHROPIC_API_KEY: 'ant-key', OPENAI_API_KEY: 'oai-key' } },
      'ant-key@api.anthropic.com',
    ],
    ['its key is missing', { flags: { model: 'anthropic/claude' }, shell: { OPENAI_API_KEY: 'oai-key' } }, NO],
    [
      'OPENAI_BASE_URL is set',
      { flags: { model: 'anthropic/claude' }, shell: { ANTHROPIC_API_KEY: 'ant-key', OPENAI_BASE_URL: EVIL } },
      'ant-key@api.anthropic.com',
    ],
    ['it is Ollama', { flags: { model: 'ollama/qwen3' }, shell: { OPENAI_API_KEY: 'oai-key' } }, '-@127.0.0.1:11434'],
    [
      'Ollama is elsewhere',
      { flags: { model: 'ollama/qwen3' }, shell: { OPENAI_API_KEY: 'oai-key', OLLAMA_BASE_URL: 'http://box:1/v1' } },
      '-@box:1',
    ],
    [
      '.env moves Ollama',
      { flags: { model: 'ollama/q', apiKeyEnv: 'K' }, shell: { K: 'my-key' }, dotenv: { OLLAMA_BASE_URL: EVIL } },
      NO,
    ],
    [
      'a base URL is the provider itself',
      {
        project: { base_url: 'https://api.groq.com/openai/v1', model: 'llama' },
        shell: { GROQ_API_KEY: 'groq-key', OPENAI_API_KEY: 'oai-key' },
      },
      'groq-key@api.groq.com',
    ],
    [
      'a base URL looks like the provider',
      {
        project: { base_url: 'https://api.groq.com.evil.example/v1', model: 'groq/llama' },
        shell: { GROQ_API_KEY: 'groq-key' },
      },
      '-@api.groq.com.evil.example',
    ],
    [
      'Azure is given by a flag',
      {
        flags: { model: 'azure/gpt', baseUrl: 'https://r.openai.azure.com/openai/v1' },
        shell: { AZURE_OPENAI_API_KEY: 'az-key' },
      },
      '-@r.openai.azure.com',
    ],
    [
      'the named key is for another provider',
      {
        flags: { model: 'openai/a', planningModel: 'anthropic/b', apiKeyEnv: 'K' },
        shell: { K: 'my-key', ANTHROPIC_API_KEY: 'ant-key' },
      },
      'ant-key@api.anthropic.com',
    ],
    [
      'the named key is for the only provider',
      { flags: { planningModel: 'anthropic/b', apiKeyEnv: 'K' }, shell: { K: 'my-key', ANTHROPIC_API_KEY: 'ant-key' } },
      'my-key@api.anthropic.com',
    ],
    ['the named variable is not set', { flags: { apiKeyEnv: 'K' }, shell: { OPENAI_API_KEY: 'oai-key' } }, NO],
    ['the key has a line break at its end', { shell: { OPENAI_API_KEY: ' oai-key\n' } }, 'oai-key@api.openai.com'],
    ['the key is not a key', { shell: { OPENAI_API_KEY: 'two words' } }, 'invalid-settings'],
  ])('when %s', (_, given, expected) => {
    expect(sent(given)).toBe(expected);
  });

  const person: KeyFile = { kind: 'key', value: 'file-key', owner: 'person' };
  const ofProject: KeyFile = { kind: 'key', value: 'file-key', owner: 'project' };
  test.each<[string, Given, string]>([
    [
      'the project, inside it',
      { project: { base_url: EVIL, api_key_file: 'key' }, keyFile: ofProject },
      'file-key@evil.example',
    ],
    [
      'the project, outside it',
      { project: { base_url: EVIL, api_key_file: '/home/ann/.ssh/id' }, keyFile: person },
      NO,
    ],
    [
      'the user, inside the project',
      { user: user({ base_url: EVIL, api_key_file: '/project/key' }), keyFile: ofProject },
      'file-key@evil.example',
    ],
    ['the user, for OpenAI', { user: user({ api_key_file: '~/key' }), keyFile: person }, 'file-key@api.openai.com'],
    ['the user, and it is missing', { user: user({ api_key_file: '~/key' }) }, NO],
  ])('when a key file is named by %s', (_, given, expected) => {
    expect(sent(given)).toBe(expected);
  });
});

/** Which model is asked where. */
const asked = (given: Given) => {
  const choice = choose({
    ...given,
    shell: { OPENAI_API_KEY: 'oai-key', ANTHROPIC_API_KEY: 'ant-key', ...given.shell },
  });
  return choice.kind === 'openai' ? `${choice.modelName}@${new URL(choice.baseUrl).host}` : choice.kind;
};

describe('which model is asked where', () => {
  const LOCAL = 'http://localhost:1/v1';
  test.each<[string, Given, string]>([
    ['only a key is there', {}, 'gpt-4.1-mini@api.openai.com'],
    ['only a base URL is there', { flags: { baseUrl: LOCAL } }, 'gpt-4.1-mini@localhost:1'],
    ['a name has no provider', { flags: { model: 'gpt-5' } }, 'gpt-5@api.openai.com'],
    ['a name has slashes and a base URL', { flags: { model: 'meta/llama', baseUrl: LOCAL } }, 'meta/llama@localhost:1'],
    [
      'the provider is set apart',
      { flags: { model: 'claude' }, shell: { PORTIA_LLM_PROVIDER: 'anthropic' } },
      'claude@api.anthropic.com',
    ],
    ['the provider has no model', { shell: { PORTIA_LLM_PROVIDER: 'anthropic' } }, 'none'],
    ['the provider is unknown', { shell: { PORTIA_LLM_PROVIDER: 'skynet' } }, 'none'],
    ['the provider is OpenAI', { shell: { PORTIA_LLM_PROVIDER: 'openai' } }, 'gpt-4.1-mini@api.openai.com'],
    [
      'OPENAI_BASE_URL moves OpenAI',
      { flags: { model: 'openai/gpt-5' }, shell: { OPENAI_BASE_URL: LOCAL } },
      'gpt-5@localhost:1',
    ],
    ['a role has its own model', { flags: { model: 'a', planningModel: 'b' } }, 'b@api.openai.com'],
    [
      'a flag names another provider than the file with the base URL',
      { flags: { model: 'anthropic/c' }, project: { base_url: LOCAL, model: 'q' } },
      'c@api.anthropic.com',
    ],
    [
      'a flag names a bare model beside that file',
      { flags: { model: 'c' }, project: { base_url: LOCAL, model: 'q' } },
      'c@localhost:1',
    ],
    [
      'a role of that file has another provider',
      { project: { base_url: LOCAL, model: 'q', models: { planning: 'anthropic/c' } } },
      'c@api.anthropic.com',
    ],
    [
      'all of that file have one provider',
      { project: { base_url: LOCAL, model: 'openai/q', models: { planning: 'openai/c' } } },
      'c@localhost:1',
    ],
    [
      'a flag gives the base URL for the model of the file',
      { flags: { baseUrl: LOCAL }, project: { model: 'anthropic/c' } },
      'c@localhost:1',
    ],
    ['the name is only a provider', { flags: { model: 'openai/' } }, 'none'],
    ['the provider needs a base URL', { flags: { model: 'azure/gpt' } }, 'none'],
  ])('when %s', (_, given, expected) => {
    expect(asked(given)).toBe(expected);
  });

  test('when the model is a program then no endpoint and no key are involved', () => {
    const choice = choose({ flags: { model: 'exec:./model.sh --fast' }, shell: { OPENAI_API_KEY: 'oai-key' } });
    expect(choice).toMatchObject({ kind: 'exec', command: './model.sh --fast', named: { source: '--model' } });
    expect(choose({ shell: { PORTIA_MODEL: 'exec: ' } })).toMatchObject({
      kind: 'none',
      error: { code: 'invalid-settings' },
    });
  });
});

describe('without a model', () => {
  const COMMANDS = [
    'plan',
    'run',
    'run-plan',
    'resume',
    'show',
    'list',
    'check',
    'answer',
    'cancel',
    'rm',
    'tools',
    'doctor',
    'help',
  ];

  test.each<[string, Given, RegExp]>([
    ['nothing is set', {}, /export OPENAI_API_KEY=…[^]*export OPENAI_BASE_URL=[^]*portia help offline/],
    ['another provider has a key', { shell: { GROQ_API_KEY: 'x' } }, /export PORTIA_MODEL=groq\/NAME/],
    ['a model without its key is named', { flags: { model: 'mistral/small' } }, /export MISTRAL_API_KEY=…/],
    ['a provider without a model is named', { shell: { PORTIA_LLM_PROVIDER: 'groq' } }, /export PORTIA_MODEL=groq\//],
  ])('when %s then the error says what to set, in commands that exist', (_, given, fix) => {
    const choice = choose(given);
    const error = choice.kind === 'none' ? choice.error : undefined;
    expect(error).toMatchObject({
      code: 'no-model',
      details: { why: expect.stringMatching(/./) },
    });
    expect(error?.fix).toMatch(fix);
    const commands = [...(error?.fix ?? '').matchAll(/portia (\S+)/g)].map(([, command]) => command);
    expect(commands.filter((command) => !COMMANDS.includes(command ?? ''))).toEqual([]);
  });

  test.each<[string, Given, 'model' | 'offline']>([
    ['nothing is set', {}, 'offline'],
    ['there is a key', { shell: { OPENAI_API_KEY: 'x' } }, 'model'],
    ['a model without a key is named', { flags: { model: 'openai/x' } }, 'model'],
    ['a base URL is given', { flags: { baseUrl: 'http://localhost:1' } }, 'model'],
    ['the offline planner is wanted', { flags: { planner: 'offline' }, shell: { OPENAI_API_KEY: 'x' } }, 'offline'],
    ['the model is wanted', { flags: { planner: 'model' } }, 'model'],
    ['another provider has a key', { shell: { GROQ_API_KEY: 'x' } }, 'offline'],
  ])('when %s then the planner is chosen', (_, given, expected) => {
    expect(choosePlanner(settle(given).settings, choose(given))).toBe(expected);
  });
});
