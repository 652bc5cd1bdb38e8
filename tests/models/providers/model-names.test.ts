import { expect, test } from 'vitest';

import { parseExecName, parseModelName, resolveModel } from '../../../src/models/providers/model-names.js';
import { isLoopback } from '../../../src/models/providers/providers.js';

const names: [string, string | undefined, string][] = [
  ['openai/gpt-4.1', 'openai', 'gpt-4.1'],
  ['OpenAI/gpt-4.1', 'openai', 'gpt-4.1'],
  ['gpt-4.1', undefined, 'gpt-4.1'],
  ['openrouter/meta-llama/llama-3', 'openrouter', 'meta-llama/llama-3'],
  ['meta-llama/llama-3', undefined, 'meta-llama/llama-3'],
  ['mistralai/mistral-large-latest', 'mistral', 'mistral-large-latest'],
  ['azure-openai/gpt-4.1', 'azure', 'gpt-4.1'],
  ['constructor/x', undefined, 'constructor/x'],
];
test.each(names)('when the name is %s then it is split at a known provider', (name, provider, modelName) => {
  expect(parseModelName(name)).toEqual({ provider, modelName });
});

const resolved: [string, string | undefined, string, string, string[], boolean][] = [
  ['gpt-4.1', undefined, 'openai/gpt-4.1', 'https://api.openai.com/v1', ['OPENAI_API_KEY'], true],
  ['openai/gpt-4.1', 'http://127.0.0.1:9/v1/', 'openai/gpt-4.1', 'http://127.0.0.1:9/v1', ['OPENAI_API_KEY'], false],
  ['a/b', 'http://127.0.0.1:9/v1', 'custom/a/b', 'http://127.0.0.1:9/v1', [], false],
  ['b', 'https://api.groq.com/openai/v1', 'groq/b', 'https://api.groq.com/openai/v1', ['GROQ_API_KEY'], true],
  ['ollama/qwen3:8b', undefined, 'ollama/qwen3:8b', 'http://127.0.0.1:11434/v1', [], true],
  [
    'azure/x',
    'https://r.openai.azure.com/openai/v1',
    'azure/x',
    'https://r.openai.azure.com/openai/v1',
    ['AZURE_OPENAI_API_KEY'],
    false,
  ],
  ['custom/x', 'http://h/v1?a=1', 'custom/x', 'http://h/v1?a=1', [], false],
];
test.each(resolved)(
  'when %s is resolved with base URL %s then it is %s',
  (name, base, id, baseUrl, keyVariables, own) => {
    expect(resolveModel({ name, baseUrl: base })).toMatchObject({ id, baseUrl, keyVariables, isOwnEndpoint: own });
  },
);

const refused: [string, string | undefined, string][] = [
  ['', undefined, 'invalid-settings'],
  ['openai/', undefined, 'invalid-settings'],
  ['azure/gpt-4.1', undefined, 'no-model'],
  ['custom/x', undefined, 'no-model'],
  ['x', 'file:///etc/passwd', 'invalid-settings'],
  ['x', 'not a url', 'invalid-settings'],
];
test.each(refused)('when "%s" is resolved with base URL %s then the code is %s', (name, baseUrl, code) => {
  expect(() => resolveModel({ name, baseUrl })).toThrow(
    expect.objectContaining({
      code,
      details: expect.objectContaining({ why: expect.any(String), fix: expect.anything() }),
    }),
  );
});

test.each([
  ['http://localhost:1/v1', true],
  ['http://127.1.2.3/v1', true],
  ['http://[::1]:8080/v1', true],
  ['http://a.localhost', true],
  ['http://127.0.0.1.example.com', false],
  ['https://api.openai.com/v1', false],
])('when the base URL is %s then being on this machine is %s', (baseUrl, expected) => {
  expect(isLoopback(baseUrl)).toBe(expected);
});

test('when the name begins with exec: then the rest is a command', () => {
  expect([parseExecName('exec:ollama run x'), parseExecName('openai/exec:x')]).toEqual(['ollama run x', undefined]);
});
