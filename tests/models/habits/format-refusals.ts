import { google, openai, page } from './error-row.js';

/** How a server refuses a response format: which of them, and in which words. */
export interface FormatRefusal {
  server: string;
  refuses: readonly ('json_schema' | 'json_object')[];
  status: number;
  body: object | string;
}

const SCHEMA = ['json_schema'] as const;
const BOTH = ['json_schema', 'json_object'] as const;

type Row = [server: string, refuses: FormatRefusal['refuses'], status: number, body: object | string];

const rows: Row[] = [
  [
    'OpenAI, old models',
    SCHEMA,
    400,
    openai("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", {
      param: 'response_format',
    }),
  ],
  [
    'OpenAI, a schema',
    SCHEMA,
    400,
    openai("Invalid schema for response_format 'x': In context=(), 'required' is required to be supplied.", {
      code: 'invalid_json_schema',
    }),
  ],
  [
    'Azure, old versions',
    SCHEMA,
    400,
    openai('response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later', {
      code: 'BadRequest',
    }),
  ],
  [
    'Google, a field',
    SCHEMA,
    400,
    google(
      400,
      'Invalid JSON payload received. Unknown name "type" at \'generation_config.response_schema\': Proto field is not repeating, cannot start list.',
    ),
  ],
  [
    'Google, an object',
    SCHEMA,
    400,
    google(
      400,
      '* GenerateContentRequest.generation_config.response_schema.properties: should be non-empty for OBJECT type',
    ),
  ],
  [
    'Google, states',
    SCHEMA,
    400,
    google(400, 'The specified schema produces a constraint that has too many states for serving.'),
  ],
  ['Google, JSON mode', BOTH, 400, google(400, 'JSON mode is not enabled for models/m')],
  [
    'Anthropic, open objects',
    SCHEMA,
    400,
    openai("output_format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"),
  ],
  [
    'Anthropic, complexity',
    SCHEMA,
    400,
    { type: 'error', error: { type: 'invalid_request_error', message: 'Schema is too complex for compilation.' } },
  ],
  [
    'Anthropic, a limit',
    SCHEMA,
    400,
    {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: "output_config.format.schema: For 'string' type, property 'minLength' is not supported",
      },
    },
  ],
  [
    'Groq, another model',
    SCHEMA,
    400,
    openai('This model does not support response format `json_schema`. See supported models.'),
  ],
  [
    'Groq, a reply',
    SCHEMA,
    400,
    openai("Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.", {
      code: 'json_validate_failed',
      failed_generation: '',
    }),
  ],
  [
    'Groq, a call',
    SCHEMA,
    400,
    openai('Tool choice is none, but model called a tool', { code: 'tool_use_failed', failed_generation: '{}' }),
  ],
  [
    'Mistral',
    SCHEMA,
    422,
    {
      object: 'error',
      message: {
        detail: [
          {
            type: 'literal_error',
            loc: ['body', 'response_format', 'type'],
            msg: "Input should be 'text' or 'json_object'",
          },
        ],
      },
      type: 'invalid_request_error',
    },
  ],
  ['DeepSeek', SCHEMA, 400, openai('This response_format type is unavailable now')],
  [
    'xAI',
    SCHEMA,
    400,
    {
      code: 'Client specified an invalid argument',
      error: 'Invalid request content: Schema contains unsupported keyword: allOf',
    },
  ],
  [
    'Cerebras',
    SCHEMA,
    400,
    {
      message: 'Object fields require at least one of: properties or anyOf',
      type: 'invalid_request_error',
      param: 'response_format',
      code: 'wrong_api_format',
    },
  ],
  ['Together', SCHEMA, 400, openai('Invalid response_format: schema is not valid')],
  [
    'Fireworks',
    SCHEMA,
    400,
    {
      error: {
        object: 'error',
        type: 'invalid_request_error',
        message: 'Invalid grammar request with cache_key: JSON Schema not supported: could not understand the instance',
      },
    },
  ],
  [
    'OpenRouter, behind it',
    SCHEMA,
    400,
    {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: { raw: '{"error":{"message":"Unsupported json_schema feature"}}', provider_name: 'x' },
      },
    },
  ],
  [
    'llama.cpp, an old build',
    SCHEMA,
    500,
    {
      error: {
        code: 500,
        message: 'response_format type must be one of "text" or "json_object", but got: json_schema',
        type: 'server_error',
      },
    },
  ],
  [
    'llama.cpp, a schema',
    SCHEMA,
    400,
    {
      error: {
        code: 400,
        message: 'JSON schema conversion failed:\nUnrecognized schema: {"type":["x"]}',
        type: 'invalid_request_error',
      },
    },
  ],
  [
    'llama.cpp, a grammar',
    SCHEMA,
    400,
    {
      error: {
        code: 400,
        message: 'Failed to initialize samplers: failed to parse grammar',
        type: 'invalid_request_error',
      },
    },
  ],
  [
    'llama.cpp, a pattern',
    SCHEMA,
    500,
    { error: { code: 500, message: "Pattern must start with '^' and end with '$'", type: 'server_error' } },
  ],
  ['LM Studio', ['json_object'], 400, { error: "'response_format.type' must be 'json_schema' or 'text'" }],
  ['Ollama, a schema', SCHEMA, 500, openai('invalid JSON schema in format', { type: 'api_error' })],
  [
    'vLLM, its engine',
    SCHEMA,
    400,
    {
      object: 'error',
      message: 'The provided JSON schema contains features not supported by xgrammar.',
      type: 'BadRequestError',
      code: 400,
    },
  ],
  [
    'vLLM, an old one',
    SCHEMA,
    400,
    {
      object: 'error',
      message: "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': 'Input should be text'}]",
      code: 400,
    },
  ],
  ['SGLang', SCHEMA, 400, { object: 'error', message: 'Failed to compile json_schema: unsupported', code: 400 }],
  [
    'FastAPI gateways',
    BOTH,
    422,
    { detail: [{ loc: ['body', 'response_format'], msg: 'extra fields not permitted', type: 'value_error.extra' }] },
  ],
  ['a gateway in other words', BOTH, 400, openai('Extra inputs are not permitted')],
  ['a gateway without words', BOTH, 400, ''],
  ['a gateway with a page', BOTH, 400, page('400 Bad Request')],
  ['a gateway that does not know it', BOTH, 501, openai('structured output is not implemented')],
  [
    'Perplexity',
    ['json_object'],
    400,
    openai("['At body -> response_format -> type: Input should be json_schema']", { type: 'bad_request' }),
  ],
  ['Bedrock', SCHEMA, 400, { message: "The model doesn't support the outputConfig.textFormat field." }],
  [
    'Cloudflare',
    SCHEMA,
    400,
    { success: false, errors: [{ code: 5025, message: "This model doesn't support JSON Schema." }] },
  ],
];

export const FORMAT_REFUSALS: FormatRefusal[] = rows.map(([server, refuses, status, body]) => ({
  server,
  refuses,
  status,
  body,
}));
