import { isOwnMachine } from '../../domain/values/own-machine.js';

export const PROVIDER_NAMES = [
  'openai',
  'azure',
  'anthropic',
  'google',
  'vertex',
  'bedrock',
  'mistral',
  'groq',
  'xai',
  'deepseek',
  'together',
  'fireworks',
  'cerebras',
  'openrouter',
  'github',
  'vercel',
  'cloudflare',
  'litellm',
  'ollama',
  'lmstudio',
  'llamacpp',
  'vllm',
  'custom',
] as const;

export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** How a model is asked: by OpenAI's chat completions, or by its Responses API. */
export const MODEL_APIS = ['chat', 'responses'] as const;
export type ModelApi = (typeof MODEL_APIS)[number];

export interface Provider {
  /**
   * Where its OpenAI-compatible endpoint is; undefined when each user has another one. `{NAME}` stands for that variable
   * of the shell, `{NAME|OTHER}` for the first of them that is set.
   */
  baseUrl?: string;
  /** Variable with the address of a server that is used instead, and what follows it when it has no path. */
  baseUrlVariable?: { name: string; path: string };
  /** Environment variables that hold its key, the first that is set counts; empty when it needs none. */
  keyVariables: readonly string[];
  /** What writes such a key, as in a shell. */
  keyCommand?: string;
  /** Some of its servers take requests without a key. */
  isKeyOptional?: true;
  /** Header for `Bearer` and the key. Default: `authorization`. */
  keyHeader?: string;
  /** A base URL as it looks like, for providers without a fixed one. */
  exampleBaseUrl?: string;
  /** What it calls the longest reply. Default: `max_tokens`. */
  maxTokensField?: 'max_completion_tokens';
  /** Where it lists its models. Default: `/models` below the base URL. */
  modelsUrl?: string;
}

export const PROVIDERS: Readonly<Record<ProviderName, Provider>> = {
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    keyVariables: ['OPENAI_API_KEY'],
    maxTokensField: 'max_completion_tokens',
  },
  azure: {
    exampleBaseUrl: 'https://RESOURCE.openai.azure.com/openai/v1',
    baseUrlVariable: { name: 'AZURE_OPENAI_ENDPOINT', path: '/openai/v1' },
    keyVariables: ['AZURE_OPENAI_API_KEY'],
    maxTokensField: 'max_completion_tokens',
  },
  anthropic: { baseUrl: 'https://api.anthropic.com/v1', keyVariables: ['ANTHROPIC_API_KEY'] },
  google: {
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    keyVariables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  },
  vertex: {
    baseUrl: 'https://aiplatform.googleapis.com/v1/projects/{GOOGLE_CLOUD_PROJECT}/locations/global/endpoints/openapi',
    baseUrlVariable: { name: 'VERTEX_BASE_URL', path: '' },
    keyVariables: ['CLOUDSDK_AUTH_ACCESS_TOKEN', 'GOOGLE_OAUTH_ACCESS_TOKEN'],
    keyCommand: 'gcloud auth print-access-token',
  },
  bedrock: {
    baseUrl: 'https://bedrock-mantle.{AWS_REGION|AWS_DEFAULT_REGION}.api.aws/v1',
    baseUrlVariable: { name: 'AWS_BEDROCK_BASE_URL', path: '/v1' },
    keyVariables: ['AWS_BEARER_TOKEN_BEDROCK'],
  },
  mistral: { baseUrl: 'https://api.mistral.ai/v1', keyVariables: ['MISTRAL_API_KEY'] },
  groq: { baseUrl: 'https://api.groq.com/openai/v1', keyVariables: ['GROQ_API_KEY'] },
  xai: { baseUrl: 'https://api.x.ai/v1', keyVariables: ['XAI_API_KEY'] },
  deepseek: { baseUrl: 'https://api.deepseek.com/v1', keyVariables: ['DEEPSEEK_API_KEY'] },
  together: { baseUrl: 'https://api.together.xyz/v1', keyVariables: ['TOGETHER_API_KEY'] },
  fireworks: { baseUrl: 'https://api.fireworks.ai/inference/v1', keyVariables: ['FIREWORKS_API_KEY'] },
  cerebras: {
    baseUrl: 'https://api.cerebras.ai/v1',
    keyVariables: ['CEREBRAS_API_KEY'],
    maxTokensField: 'max_completion_tokens',
  },
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', keyVariables: ['OPENROUTER_API_KEY'] },
  github: {
    baseUrl: 'https://models.github.ai/inference',
    keyVariables: ['GITHUB_TOKEN'],
    keyCommand: 'gh auth token',
    modelsUrl: 'https://models.github.ai/catalog/models',
  },
  vercel: { baseUrl: 'https://ai-gateway.vercel.sh/v1', keyVariables: ['AI_GATEWAY_API_KEY', 'VERCEL_OIDC_TOKEN'] },
  cloudflare: {
    baseUrl: 'https://gateway.ai.cloudflare.com/v1/{CLOUDFLARE_ACCOUNT_ID}/{CLOUDFLARE_GATEWAY_ID}/compat',
    keyVariables: ['CLOUDFLARE_API_TOKEN'],
    // `authorization` is for the key of the provider behind the gateway.
    keyHeader: 'cf-aig-authorization',
  },
  litellm: {
    baseUrl: 'http://127.0.0.1:4000/v1',
    baseUrlVariable: { name: 'LITELLM_BASE_URL', path: '/v1' },
    keyVariables: ['LITELLM_API_KEY'],
    isKeyOptional: true,
  },
  ollama: {
    baseUrl: 'http://127.0.0.1:11434/v1',
    baseUrlVariable: { name: 'OLLAMA_BASE_URL', path: '/v1' },
    keyVariables: [],
  },
  lmstudio: { baseUrl: 'http://127.0.0.1:1234/v1', keyVariables: [] },
  llamacpp: { baseUrl: 'http://127.0.0.1:8080/v1', keyVariables: [] },
  vllm: {
    baseUrl: 'http://127.0.0.1:8000/v1',
    baseUrlVariable: { name: 'VLLM_BASE_URL', path: '/v1' },
    keyVariables: ['VLLM_API_KEY'],
    isKeyOptional: true,
  },
  custom: { exampleBaseUrl: 'http://127.0.0.1:9000/v1', keyVariables: [] },
};

/** Whether requests to this address stay on this machine. */
export function isLoopback(baseUrl: string): boolean {
  return isOwnMachine(new URL(baseUrl).hostname);
}
