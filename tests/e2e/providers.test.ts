import { readFileSync } from 'node:fs';

import { describe, expect, inject, test } from 'vitest';

import { PROVIDER_NAMES, PROVIDERS, type ProviderName } from '../../src/models/providers/providers.js';
import { startJsonServer, type Answer, type Asked, type JsonServer } from '../support/json-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { DOCUMENTED, type Documented } from './documented-providers.js';

type Fields = Record<string, unknown>;

const KEY = 'key-0123456789abcdef';

/** The address of the provider, at the server of the test. */
function baseUrlAt(origin: string, { provider }: Documented): string {
  const { baseUrl, exampleBaseUrl = '' } = PROVIDERS[provider];
  const { pathname } = new URL((baseUrl ?? exampleBaseUrl).replaceAll(/\{[^}]*\}/g, 'mine'));
  return `${origin}${pathname}`;
}

const PLAN = {
  steps: [{ task: 'Add 1 and 2.', inputs: [], tool_id: 'calculator_tool', output: '$sum' }],
  error: null,
};
const VALUE = { n: 3 };

const STEPS = {
  plan_context: { query: 'q', tool_ids: [] },
  steps: [
    { kind: 'react', task: 'Add 1 and 2.', tools: ['calculator_tool'], output: '$sum' },
    {
      kind: 'llm',
      task: 'Give the number.',
      inputs: [{ name: '$sum', description: 'a sum' }],
      output: '$value',
      output_schema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    },
  ],
};

/** What a model of the provider answers: a call, the end of its work, a plan or a value. */
function answerOf(documented: Documented, asked: Asked): Answer {
  const { habits } = documented;
  const { tools, response_format: format, messages } = asked.body ?? {};
  const { type } = (format ?? {}) as { type?: string };
  const wrong = habits.wrong?.(asked);
  if (wrong !== undefined) throw new Error(wrong);
  const refused = type === undefined ? undefined : habits.refusals?.[type];
  if (refused !== undefined) return refused;
  const written = JSON.stringify(messages);
  if (type === 'json_object' && !/json/i.test(written)) throw new Error("Prompt must contain the word 'json'.");
  if (tools !== undefined) {
    const isCalled = (messages as Fields[]).some(({ role }) => role === 'tool');
    const [name, args] = isCalled ? ['final_result', { result: '3' }] : ['calculator_tool', { math_question: '1 + 2' }];
    return replyOf(documented, '', [{ name, arguments: JSON.stringify(args) }]);
  }
  const isTold = habits.ignoresFormat !== true || /JSON Schema/.test(written);
  const value = /Give the number/.test(written) ? VALUE : PLAN;
  return replyOf(documented, isTold ? JSON.stringify(value) : 'It is three, I think.', []);
}

function replyOf({ habits, model }: Documented, text: string, calls: Fields[]): Answer {
  const { message, call, content = (whole: string) => whole, callId = 'call_abc123', choice, reply } = habits;
  const { ends = { text: 'stop', calls: 'tool_calls' } } = habits;
  const isCall = calls.length > 0;
  const tool_calls = calls.map((called) => ({ id: callId, type: 'function', function: called, ...call }));
  return {
    body: {
      ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, ...reply },
      choices: [
        {
          index: 0,
          finish_reason: isCall ? ends.calls : ends.text,
          ...choice,
          message: {
            role: 'assistant',
            content: isCall ? null : content(text),
            ...message,
            ...(isCall && { tool_calls }),
          },
        },
      ],
      usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
    },
  };
}

const FIELDS = ['model', 'messages', 'tools', 'response_format', 'stream'];

/** A server that plays the provider by its documentation, and refuses what that does not have. */
async function startDocumented(documented: Documented): Promise<JsonServer & { baseUrl: string }> {
  const { provider, model } = documented;
  const { keyHeader = 'authorization', keyVariables } = PROVIDERS[provider];
  const server = await startJsonServer((asked) => {
    const { line, headers, body = {} } = asked;
    const path = new URL(baseUrlAt('http://a.example', documented)).pathname;
    if (line !== `POST ${path}/chat/completions`) return { status: 404, body: { error: { message: `no ${line}` } } };
    if (keyVariables.length > 0 && headers[keyHeader] !== `Bearer ${KEY}`) {
      return { status: 401, body: { error: { message: 'Invalid key' } } };
    }
    const unknown = Object.keys(body).filter((field) => !FIELDS.includes(field));
    if (unknown.length > 0) throw new Error(`Unrecognized request argument supplied: ${unknown.join(', ')}`);
    if (body['model'] !== model) throw new Error(`The model ${String(body['model'])} does not exist`);
    return answerOf(documented, asked);
  });
  return { ...server, baseUrl: baseUrlAt(server.origin, documented) };
}

/** Each has a habit that no other one has; the slow tests try all providers. */
const ONE_OF_EACH_SORT: readonly ProviderName[] = [
  'anthropic',
  'google',
  'mistral',
  'deepseek',
  'cloudflare',
  'lmstudio',
];
const TRIED = DOCUMENTED.filter(({ provider }) => inject('onlyBinary') || ONE_OF_EACH_SORT.includes(provider));

/** Fields that are empty say nothing, and are left out. */
const isTelling = (value: unknown) => value !== null && !(Array.isArray(value) && value.length === 0);

describe('each provider, scripted from its documentation', () => {
  test('when there is a provider then it is here', () => {
    expect(DOCUMENTED.map(({ provider }) => provider)).toEqual(PROVIDER_NAMES);
  });

  test.each(TRIED)('when $provider is asked then planning, tools and schemas work', async (documented) => {
    const { provider, model, schemas, goesBack } = documented;
    const server = await startDocumented(documented);
    const [variable] = PROVIDERS[provider].keyVariables;
    const env = variable === undefined ? {} : { [variable]: KEY };
    const flags = ['-m', `${provider}/${model}`, '--base-url', server.baseUrl];
    const key = variable === undefined ? [] : ['--api-key-env', variable];
    const cwd = makeProject({ 'steps.json': STEPS });

    const planned = await portiaHere(['plan', 'add 1 and 2', ...flags, ...key], { cwd, env });
    expect(planned, planned.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(planned.stdout)).toMatchObject({ steps: [{ tool_id: 'calculator_tool' }] });

    const ended = await portiaHere(['run-plan', 'steps.json', ...flags, ...key], { cwd, env });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      outputs: { step_outputs: { $sum: { value: '3' }, $value: { value: VALUE } } },
    });
    expect(ended.stdout).not.toContain('would be wrong');

    // The second turn of the agent is its first with something that goes back.
    const agent = server.asked
      .filter(({ body }) => body?.['tools'] !== undefined)
      .map(({ body }) => JSON.stringify(body));
    const { message = {}, call = {} } = documented.habits;
    const given = Object.entries({ ...message, ...call }).filter(([, value]) => goesBack && isTelling(value));
    for (const [name, value] of given) expect(agent[1]).toContain(`"${name}":${JSON.stringify(value)}`);

    const formats = server.asked.map(({ body }) => (body?.['response_format'] as { type?: string } | undefined)?.type);
    if (schemas !== 'in words') expect(formats.at(-1)).toBe(schemas);
  });

  test('when the page says what works where then it says what is shown here', () => {
    const rows = readFileSync('docs/models.md', 'utf8').match(/^\| `[a-z]+` \| yes \|.*$/gm) ?? [];
    expect(rows).toEqual(
      DOCUMENTED.map(({ provider, schemas, thoughts, goesBack }) => {
        const form = schemas === 'in words' ? schemas : `\`${schemas}\``;
        const where = goesBack ? `${thoughts}; goes back` : thoughts;
        return `| \`${provider}\` | yes | yes | ${form} | ${where} | ${provider === 'custom' ? 'really' : 'scripted'} |`;
      }),
    );
  });
});
