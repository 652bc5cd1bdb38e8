import { describe, expect, test } from 'vitest';

import { chooseModel, type ModelChoice } from '../../src/config/model-choice.js';
import { mergeSettings } from '../../src/config/settings.js';
import { createVariables } from '../../src/config/variables.js';
import { PROVIDER_NAMES, type ProviderName } from '../../src/models/providers/providers.js';

interface Given {
  shell?: Record<string, string>;
  dotenv?: Record<string, string>;
  baseUrl?: string;
}

function choose(model: string, { shell = {}, dotenv = {}, baseUrl }: Given): ModelChoice {
  const variables = new Map(Object.entries(dotenv));
  const files = { project: undefined, user: undefined };
  const place = { cwd: '/project', projectRoot: '/project', home: '/home/ann' };
  const settings = mergeSettings({ flags: { model, baseUrl }, shell, dotenv: variables, ...files }, place);
  const readKeyFile = () => ({ kind: 'unusable' as const, why: 'does not exist' });
  return chooseModel('execution', {
    settings,
    find: createVariables(shell, variables),
    readKeyFile,
    trustedOrigins: [],
  });
}

/** `model key@address`, or the code of the error and what mends it. */
function asked(model: string, given: Given): string {
  const choice = choose(model, given);
  if (choice.kind === 'openai') return `${choice.modelName} ${choice.key?.value ?? '-'}@${choice.baseUrl}`;
  return choice.kind === 'none' ? `${choice.error.code}: ${String(choice.error.details.fix)}` : choice.command;
}

type Expected = [provider: ProviderName, shell: Record<string, string>, sent: string];

describe('where a model of a provider is asked, and with which key', () => {
  const rows: Expected[] = [
    ['openai', { OPENAI_API_KEY: 'key-1' }, 'key-1@https://api.openai.com/v1'],
    [
      'azure',
      { AZURE_OPENAI_API_KEY: 'key-1', AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com' },
      'key-1@https://r.openai.azure.com/openai/v1',
    ],
    ['anthropic', { ANTHROPIC_API_KEY: 'key-1' }, 'key-1@https://api.anthropic.com/v1'],
    ['google', { GOOGLE_API_KEY: 'key-1' }, 'key-1@https://generativelanguage.googleapis.com/v1beta/openai'],
    [
      'vertex',
      { CLOUDSDK_AUTH_ACCESS_TOKEN: 'key-1', GOOGLE_CLOUD_PROJECT: 'my-project' },
      'key-1@https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/endpoints/openapi',
    ],
    [
      'bedrock',
      { AWS_BEARER_TOKEN_BEDROCK: 'key-1', AWS_DEFAULT_REGION: 'eu-west-1' },
      'key-1@https://bedrock-mantle.eu-west-1.api.aws/v1',
    ],
    ['mistral', { MISTRAL_API_KEY: 'key-1' }, 'key-1@https://api.mistral.ai/v1'],
    ['groq', { GROQ_API_KEY: 'key-1' }, 'key-1@https://api.groq.com/openai/v1'],
    ['xai', { XAI_API_KEY: 'key-1' }, 'key-1@https://api.x.ai/v1'],
    ['deepseek', { DEEPSEEK_API_KEY: 'key-1' }, 'key-1@https://api.deepseek.com/v1'],
    ['together', { TOGETHER_API_KEY: 'key-1' }, 'key-1@https://api.together.xyz/v1'],
    ['fireworks', { FIREWORKS_API_KEY: 'key-1' }, 'key-1@https://api.fireworks.ai/inference/v1'],
    ['cerebras', { CEREBRAS_API_KEY: 'key-1' }, 'key-1@https://api.cerebras.ai/v1'],
    ['openrouter', { OPENROUTER_API_KEY: 'key-1' }, 'key-1@https://openrouter.ai/api/v1'],
    ['github', { GITHUB_TOKEN: 'key-1' }, 'key-1@https://models.github.ai/inference'],
    ['vercel', { VERCEL_OIDC_TOKEN: 'key-1' }, 'key-1@https://ai-gateway.vercel.sh/v1'],
    [
      'cloudflare',
      { CLOUDFLARE_API_TOKEN: 'key-1', CLOUDFLARE_ACCOUNT_ID: '0a1b', CLOUDFLARE_GATEWAY_ID: 'mine' },
      'key-1@https://gateway.ai.cloudflare.com/v1/0a1b/mine/compat',
    ],
    ['litellm', {}, '-@http://127.0.0.1:4000/v1'],
    ['ollama', { OLLAMA_BASE_URL: 'http://box:11434' }, '-@http://box:11434/v1'],
    ['lmstudio', {}, '-@http://127.0.0.1:1234/v1'],
    ['llamacpp', {}, '-@http://127.0.0.1:8080/v1'],
    ['vllm', { VLLM_API_KEY: 'key-1' }, 'key-1@http://127.0.0.1:8000/v1'],
    ['custom', {}, 'no-model: --model custom/m --base-url http://127.0.0.1:9000/v1'],
  ];

  test('when there is a provider then it is here', () => {
    expect(rows.map(([provider]) => provider)).toEqual(PROVIDER_NAMES);
  });

  test.each(rows)('when it is of %s and the shell has %j', (provider, shell, sent) => {
    const others = { OPENAI_API_KEY: 'another-key', ...shell };
    expect(asked(`${provider}/m`, { shell: others })).toBe(sent.startsWith('no-model') ? sent : `m ${sent}`);
  });

  test.each<[string, Given, string]>([
    ['cerebras/m', {}, 'export CEREBRAS_API_KEY=…'],
    ['github/m', {}, 'export GITHUB_TOKEN="$(gh auth token)"'],
    ['azure/m', {}, 'export AZURE_OPENAI_ENDPOINT=https://RESOURCE.openai.azure.com/openai/v1'],
    ['bedrock/m', {}, 'export AWS_REGION=…'],
    ['bedrock/m', { shell: { AWS_REGION: 'evil.example/' } }, 'export AWS_REGION=…'],
    ['vertex/m', { dotenv: { GOOGLE_CLOUD_PROJECT: 'theirs' } }, 'export GOOGLE_CLOUD_PROJECT=…'],
    ['cloudflare/m', {}, 'export CLOUDFLARE_ACCOUNT_ID=…\nexport CLOUDFLARE_GATEWAY_ID=…'],
  ])('when %s lacks something in %j then the error says how to give it', (model, given, fix) => {
    expect(asked(model, given)).toContain(fix);
  });

  test.each<[string, Given, string]>([
    [
      'a server of vLLM is elsewhere and .env has its key',
      { shell: { VLLM_BASE_URL: 'https://gpu.example/v1' }, dotenv: { VLLM_API_KEY: 'key-1' } },
      'm -@https://gpu.example/v1',
    ],
    [
      '.env says where a server of vLLM is and the shell has the key',
      { dotenv: { VLLM_BASE_URL: 'https://gpu.example' }, shell: { VLLM_API_KEY: 'key-1' } },
      'm -@https://gpu.example/v1',
    ],
    [
      '.env has both',
      { dotenv: { VLLM_BASE_URL: 'https://gpu.example', VLLM_API_KEY: 'key-1' } },
      'm key-1@https://gpu.example/v1',
    ],
  ])('when %s then the key goes only where it belongs', (_, given, sent) => {
    expect(asked('vllm/m', given)).toBe(sent);
  });

  test('when a gateway has a model of another provider then its whole name is asked for', () => {
    const given = { baseUrl: 'https://openrouter.ai/api/v1', shell: { OPENROUTER_API_KEY: 'key-1' } };
    expect(asked('deepseek/deepseek-chat', given)).toBe('deepseek/deepseek-chat key-1@https://openrouter.ai/api/v1');
  });
});
