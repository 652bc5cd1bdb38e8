import type { ProviderName } from '../../src/models/providers/providers.js';
import type { Answer, Asked } from '../support/json-server.js';

/** What a provider documents of its endpoint, as far as it differs from that of OpenAI. */
export interface Documented {
  provider: ProviderName;
  /** One of its models. */
  model: string;
  /** How the form of an answer is asked for. */
  schemas: 'json_schema' | 'json_object' | 'in words';
  /** Where what was thought comes. */
  thoughts: string;
  /** Whether it must, or may, come back with its turn. */
  goesBack: boolean;
  habits: Habits;
}

type Fields = Record<string, unknown>;

interface Habits {
  /** Fields of each message of the model. */
  message?: Fields;
  /** Fields of each call of a function. */
  call?: Fields;
  /** How the text of a message is written. Default: as it is. */
  content?: (text: string) => unknown;
  callId?: string;
  /** Words for the end of a reply. */
  ends?: { text: string; calls: string };
  choice?: Fields;
  /** Fields of the whole reply. */
  reply?: Fields;
  /** The answer to a `response_format` of this type. */
  refusals?: Record<string, Answer>;
  /** It takes every `response_format`, and heeds none. */
  ignoresFormat?: true;
  /** What is wrong with a request beyond what all of them refuse. */
  wrong?: (asked: Asked) => string | undefined;
}

const refusal = (message: string, fields: Fields = {}): Answer => ({
  status: 400,
  body: { error: { message, type: 'invalid_request_error', ...fields } },
});

const messagesOf = ({ body }: Asked) => (body?.['messages'] ?? []) as Fields[];
const turnsOf = (asked: Asked) => messagesOf(asked).filter(({ role }) => role === 'assistant');

/** A turn that comes back without what was given with it is refused. */
const wantsBack = (field: string, value: unknown) => (asked: Asked) =>
  turnsOf(asked).every((turn) => JSON.stringify(turn[field]) === JSON.stringify(value))
    ? undefined
    : `The ${field} of a turn must be passed back to the API.`;

const SIGNATURE = { google: { thought_signature: 'c2lnbmVk' } };
const GEMINI: Habits = {
  call: { extra_content: SIGNATURE },
  ends: { text: 'stop', calls: 'stop' },
  callId: 'function-call-4711',
  wrong: (asked) => {
    const calls = turnsOf(asked).flatMap(({ tool_calls: made }) => (made ?? []) as Fields[]);
    const isSigned = calls.every(({ extra_content: extra }) => JSON.stringify(extra) === JSON.stringify(SIGNATURE));
    return isSigned ? undefined : 'Function call is missing a thought_signature in functionCall parts.';
  },
};

const THOUGHTS = 'The user wants a number. {"n": 0} would be wrong.';
const DETAILS = [{ type: 'reasoning.text', text: THOUGHTS, signature: 'sig', format: 'anthropic-claude-v1', index: 0 }];
const BLOCKS = [{ type: 'thinking', thinking: THOUGHTS, signature: 'sig' }];

const filtered = { content_filter_results: { hate: { filtered: false, severity: 'safe' } } };

/** One for each provider, in the order of the table of providers. */
export const DOCUMENTED: readonly Documented[] = [
  {
    ...{ provider: 'openai', model: 'gpt-4.1', schemas: 'json_schema', thoughts: 'the Responses API', goesBack: true },
    habits: {
      message: { refusal: null, annotations: [] },
      reply: { service_tier: 'default', system_fingerprint: 'f' },
    },
  },
  {
    ...{ provider: 'azure', model: 'my-deployment', schemas: 'json_schema', thoughts: 'nowhere', goesBack: false },
    habits: { choice: filtered, reply: { prompt_filter_results: [{ prompt_index: 0, ...filtered }] } },
  },
  {
    ...{ provider: 'anthropic', model: 'claude-sonnet-4-5', schemas: 'in words', thoughts: 'nowhere', goesBack: false },
    habits: { ignoresFormat: true, callId: 'toolu_01A09q90qw90lq917835lq9' },
  },
  {
    ...{
      provider: 'google',
      model: 'gemini-2.5-flash',
      schemas: 'json_schema',
      thoughts: 'signed calls',
      goesBack: true,
    },
    habits: GEMINI,
  },
  {
    ...{
      provider: 'vertex',
      model: 'google/gemini-2.5-pro',
      schemas: 'json_schema',
      thoughts: 'signed calls',
      goesBack: true,
    },
    habits: GEMINI,
  },
  {
    ...{
      provider: 'bedrock',
      model: 'openai.gpt-oss-120b',
      schemas: 'json_schema',
      thoughts: 'the text',
      goesBack: false,
    },
    habits: { content: (text) => `<reasoning>${THOUGHTS}</reasoning>${text}` },
  },
  {
    ...{
      provider: 'mistral',
      model: 'magistral-medium-latest',
      schemas: 'json_schema',
      thoughts: 'parts',
      goesBack: true,
    },
    habits: {
      content: (text) => [
        { type: 'thinking', thinking: [{ type: 'text', text: THOUGHTS }] },
        { type: 'text', text },
      ],
      callId: 'D681PevKs',
      wrong: (asked) => {
        const roles = messagesOf(asked).map(({ role }) => role);
        const isBehindTool = roles.some((role, index) => role === 'user' && roles[index - 1] === 'tool');
        return isBehindTool ? 'Unexpected role "user" after role "tool"' : undefined;
      },
    },
  },
  {
    ...{
      provider: 'groq',
      model: 'openai/gpt-oss-120b',
      schemas: 'json_schema',
      thoughts: '`reasoning`',
      goesBack: true,
    },
    habits: { message: { reasoning: THOUGHTS }, reply: { x_groq: { id: 'req_1' }, usage_breakdown: null } },
  },
  {
    ...{ provider: 'xai', model: 'grok-4', schemas: 'json_schema', thoughts: '`reasoning_content`', goesBack: true },
    habits: { message: { reasoning_content: THOUGHTS, refusal: null }, reply: { system_fingerprint: 'fp' } },
  },
  {
    ...{ provider: 'deepseek', model: 'deepseek-reasoner', schemas: 'json_object' },
    ...{ thoughts: '`reasoning_content`', goesBack: true },
    habits: {
      message: { reasoning_content: THOUGHTS },
      refusals: { json_schema: refusal('This response_format type is unavailable now') },
      wrong: wantsBack('reasoning_content', THOUGHTS),
    },
  },
  {
    ...{
      provider: 'together',
      model: 'deepseek-ai/DeepSeek-R1',
      schemas: 'json_schema',
      thoughts: '`reasoning`',
      goesBack: true,
    },
    habits: { message: { reasoning: THOUGHTS }, ends: { text: 'eos', calls: 'tool_calls' }, reply: { prompt: [] } },
  },
  {
    ...{ provider: 'fireworks', model: 'accounts/fireworks/models/glm-4p6', schemas: 'json_schema' },
    ...{ thoughts: '`reasoning_content`', goesBack: true },
    habits: { message: { reasoning_content: THOUGHTS } },
  },
  {
    ...{ provider: 'cerebras', model: 'gpt-oss-120b', schemas: 'json_schema', thoughts: '`reasoning`', goesBack: true },
    habits: { message: { reasoning: THOUGHTS }, reply: { time_info: { total_time: 0.1 } } },
  },
  {
    ...{ provider: 'openrouter', model: 'anthropic/claude-sonnet-4.5', schemas: 'json_schema' },
    ...{ thoughts: '`reasoning_details`', goesBack: true },
    habits: {
      message: { reasoning: THOUGHTS, reasoning_details: DETAILS },
      choice: { native_finish_reason: 'end_turn', logprobs: null },
      reply: { provider: 'Anthropic' },
      wrong: wantsBack('reasoning_details', DETAILS),
    },
  },
  {
    ...{ provider: 'github', model: 'openai/gpt-4.1', schemas: 'json_schema', thoughts: 'nowhere', goesBack: false },
    habits: { choice: filtered, reply: { prompt_filter_results: [{ prompt_index: 0, ...filtered }] } },
  },
  {
    ...{ provider: 'vercel', model: 'anthropic/claude-sonnet-4.5', schemas: 'json_schema' },
    ...{ thoughts: '`reasoning_details`', goesBack: true },
    habits: {
      message: { reasoning: THOUGHTS, reasoning_details: DETAILS, provider_metadata: { gateway: { cost: '0.1' } } },
      wrong: wantsBack('reasoning_details', DETAILS),
    },
  },
  {
    ...{
      provider: 'cloudflare',
      model: 'openai/gpt-4.1',
      schemas: 'json_schema',
      thoughts: 'as its provider has it',
      goesBack: true,
    },
    habits: {},
  },
  {
    ...{
      provider: 'litellm',
      model: 'claude-sonnet',
      schemas: 'json_schema',
      thoughts: '`thinking_blocks`',
      goesBack: true,
    },
    habits: {
      message: { reasoning_content: THOUGHTS, thinking_blocks: BLOCKS, provider_specific_fields: null },
      wrong: wantsBack('thinking_blocks', BLOCKS),
    },
  },
  {
    ...{ provider: 'ollama', model: 'qwen3:4b', schemas: 'json_schema', thoughts: '`reasoning`', goesBack: true },
    habits: { message: { reasoning: THOUGHTS }, reply: { system_fingerprint: 'fp_ollama' } },
  },
  {
    ...{
      provider: 'lmstudio',
      model: 'qwen3-4b',
      schemas: 'json_schema',
      thoughts: '`reasoning_content`',
      goesBack: true,
    },
    habits: {
      message: { reasoning_content: THOUGHTS },
      refusals: {
        json_object: { status: 400, body: { error: "'response_format.type' must be 'json_schema' or 'text'" } },
      },
    },
  },
  {
    ...{ provider: 'llamacpp', model: 'any', schemas: 'json_schema', thoughts: '`reasoning_content`', goesBack: true },
    habits: { message: { reasoning_content: THOUGHTS }, reply: { timings: { prompt_n: 1 } } },
  },
  {
    ...{
      provider: 'vllm',
      model: 'Qwen/Qwen3-4B',
      schemas: 'json_schema',
      thoughts: '`reasoning_content`',
      goesBack: true,
    },
    habits: {
      message: { reasoning_content: THOUGHTS, refusal: null, annotations: null, audio: null, function_call: null },
      choice: { stop_reason: null, token_ids: null, logprobs: null },
      reply: { prompt_logprobs: null, kv_transfer_params: null },
    },
  },
  {
    ...{ provider: 'custom', model: 'any', schemas: 'json_schema', thoughts: 'any of these', goesBack: true },
    habits: { content: (text) => `<think>${THOUGHTS}</think>${text}` },
  },
];
