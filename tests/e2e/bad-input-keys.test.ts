import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { addPlan, makeExampleProject } from '../support/example-project.js';
import { allBytes } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { UNTRUSTED, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun } from '../support/scenario.js';

const KEY = 'sk-canary-0f9e8d7c6b5a';
const SEARCH_KEY = 'tvly-canary-1a2b3c4d5e6f';
const KEYS = { OPENAI_API_KEY: KEY, TAVILY_API_KEY: SEARCH_KEY };
const SPELLINGS = [KEY, SEARCH_KEY].flatMap((key) => [
  key,
  Buffer.from(key).toString('base64').slice(0, -3),
  Buffer.from(key).toString('hex'),
  encodeURIComponent(key),
]);

interface Endpoint {
  baseUrl: string;
  /** Everything that arrived: addresses, headers and bodies. */
  seen: string[];
}

/** A server that answers every request alike. */
async function startEndpoint(
  answer: (request: IncomingMessage, body: string) => { status: number; body: string },
): Promise<Endpoint> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      seen.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
      const { status, body: text } = answer(request, body);
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
}

const completion = (content: string) =>
  JSON.stringify({
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
const failure = (message: string, code: string | null = null) =>
  JSON.stringify({ error: { message, type: 'invalid_request_error', code } });

function expectNoKey(cwd: string, { stdout, stderr }: Ended): void {
  const everything = `${stdout}\n${stderr}\n${allBytes(cwd)}`;
  for (const spelling of SPELLINGS) expect(everything).not.toContain(spelling);
}

/** A server that sends back what it was sent, in every place that portia reads. */
const ECHOES: [what: string, status: number, body: (header: string) => string, code: string, exit: number][] = [
  ['401', 401, (header) => failure(`Incorrect API key provided: ${header}`), 'key-rejected', 4],
  ['403', 403, (header) => failure(`Not allowed: ${header}`), 'key-rejected', 4],
  ['400', 400, (header) => failure(`Bad header ${header}`), 'invalid-settings', 2],
  ['400 and the code for keys', 400, (header) => failure(`Bad ${header}`, 'invalid_api_key'), 'key-rejected', 4],
  ['404', 404, (header) => failure(`No model for ${header}`), 'no-model', 4],
  ['a page', 200, (header) => `<html>${header}</html>`, 'no-model', 4],
  ['a text that is not a plan', 200, (header) => completion(`I saw ${header}`), 'no-plan', 5],
  [
    'an error in the reply',
    200,
    (header) => completion(JSON.stringify({ steps: [], error: `I saw ${header}` })),
    'no-plan',
    5,
  ],
];

describe('a server that tells the key', () => {
  test.each(ECHOES)(
    'when it does so with %s then the key is neither printed nor stored',
    async (_what, status, body, code, exit) => {
      const cwd = makeExampleProject();
      const endpoint = await startEndpoint((request) => ({
        status,
        body: body(String(request.headers.authorization)),
      }));
      const env = { ...KEYS, OPENAI_BASE_URL: endpoint.baseUrl };
      for (const flags of [[], ['-v'], ['--format', 'human', '-v']]) {
        const result = await portiaHere(['run', 'summarise the news', '--yes', '--events', 'events.ndjson', ...flags], {
          cwd,
          env,
        });
        if (flags.includes('human')) expect(result.code).toBe(exit);
        else expectError(result, { code, exit });
        expectNoKey(cwd, result);
      }
      expect(endpoint.seen.join('\n')).toContain(KEY);
    },
  );

  test('when it puts the key into a plan then the plan is stored and printed without it', async () => {
    const cwd = makeExampleProject();
    const endpoint = await startEndpoint((request) => {
      const task = `Use ${request.headers.authorization}`;
      return {
        status: 200,
        body: completion(
          JSON.stringify({ steps: [{ task, inputs: [], tool_id: 'llm_tool', output: '$x' }], error: null }),
        ),
      };
    });
    const result = await portiaHere(['plan', 'summarise the news'], {
      cwd,
      env: { ...KEYS, OPENAI_BASE_URL: endpoint.baseUrl },
    });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('OPENAI_API_KEY');
    expectNoKey(cwd, result);
  });

  test('when a person writes the key into a request then the plan is stored and printed without it', async () => {
    const cwd = makeExampleProject();
    const args = ['plan', `write "${KEY}" to key.txt`, '--planner', 'offline'];
    const result = await portiaHere(args, { cwd, env: KEYS });
    expect(result.code).toBe(0);
    expectNoKey(cwd, result);
  });

  test('when it puts the key into an answer, short or long, then the run is stored and printed without it', async () => {
    const cwd = makeExampleProject({
      'llm.json': addPlan({
        plan_context: { query: 'q', tool_ids: [] },
        steps: [
          { kind: 'llm', task: 'Say it', inputs: [], output: '$short' },
          { kind: 'llm', task: 'Say it again', inputs: [{ name: '$short' }], output: '$long' },
        ],
      }),
    });
    const endpoint = await startEndpoint((request, body) => {
      const told = `I saw ${request.headers.authorization}. `;
      return { status: 200, body: completion(body.includes('Say it again') ? told.repeat(1000) : told) };
    });
    const env = { ...KEYS, OPENAI_BASE_URL: endpoint.baseUrl };
    const result = await portiaHere(['run-plan', 'llm.json', '-v', '--events', 'events.ndjson'], { cwd, env });
    expect(result.code).toBe(0);
    expectNoKey(cwd, result);
    for (const args of [
      ['show', 'last', '--output-of', '$long'],
      ['show', 'last', '--format', 'ndjson'],
      ['show', 'last', '--format', 'human'],
    ])
      expectNoKey(cwd, await portiaHere(args, { cwd }));
  });

  test('when the key is wrong then its last four characters at most are shown, with the way on', async () => {
    const cwd = makeExampleProject();
    const endpoint = await startEndpoint(() => ({ status: 401, body: failure('Incorrect API key provided') }));
    const result = await portiaHere(['plan', 'summarise the news'], {
      cwd,
      env: { ...KEYS, OPENAI_BASE_URL: endpoint.baseUrl },
    });
    const { message, why, fix, retryable } = expectError(result, { code: 'key-rejected', exit: 4 });
    expect(`${message} ${why}`).toContain(`…${KEY.slice(-4)}`);
    expect(`${message} ${why} ${fix}`).not.toContain(KEY.slice(-5));
    expect(fix).toContain('OPENAI_API_KEY');
    expect(retryable).toBe(false);
    expect(endpoint.seen).toHaveLength(1);
  });
});

describe('a tool or program that tells the key', () => {
  const stepOf = (tool_id: string) => ({ kind: 'tool', tool_id, args: {}, output: '$x' });
  const TELLING = `
    import { defineTool } from 'portia';
    import * as z from 'zod';
    const env = ['TAVILY_API_KEY', 'OPENAI_API_KEY'];
    const make = (id: string, run: any) => defineTool({ id, name: id, description: id, effect: 'read', env, args: z.object({}), run });
    export const returns = make('returns', async (context: any) => ({ kind: 'output', value: 'key ' + context.environment.variable('TAVILY_API_KEY') }));
    export const throws = make('throws', async (context: any) => { throw new Error('key ' + context.environment.variable('OPENAI_API_KEY')); });
  `;

  test.each([
    ['returns', 0],
    ['throws', 1],
  ])('when a tool %s it then it is neither printed nor stored', async (id, code) => {
    const cwd = makeExampleProject({
      'portia.json': { tools: { modules: ['./tools/telling.ts'] } },
      'tools/telling.ts': TELLING,
      'telling.json': addPlan({ plan_context: { query: 'q', tool_ids: [id] }, steps: [stepOf(id)] }),
    });
    for (const args of [
      ['run-plan', 'telling.json', '-v'],
      ['run-plan', 'telling.json', '--format', 'value'],
      ['tools', 'call', id],
      ['tools', 'call', id, '--format', 'value'],
    ]) {
      const result = await portiaHere(args, { cwd, env: KEYS });
      expect({ args, code: result.code, stderr: result.stderr }).toMatchObject({ code });
      expect(result.stderr).not.toContain('bug in portia');
      expectNoKey(cwd, result);
    }
  });

  test.each([
    ['answer', ['answer', 'last', `text=${KEY}`]],
    ['resume', ['resume', 'last', '--answer', `text=${KEY}`]],
  ])('when a person gives it by %s then it is neither printed nor stored', async (_how, args) => {
    const step = { kind: 'user_input', message: 'Which text?', output: '$text' };
    const cwd = makeExampleProject({ 'asking.json': addPlan({ steps: [step] }) });
    expect((await portiaHere(['run-plan', 'asking.json'], { cwd })).code).toBe(8);
    expectNoKey(cwd, await portiaHere(args, { cwd, env: KEYS }));
    expect(onlyRun(cwd).outputs.clarifications).toMatchObject([{ response: '[OPENAI_API_KEY]' }]);
  });

  test('when the program that stands for a model tells its environment then it is not printed', async () => {
    const cwd = makeExampleProject({
      'model.sh': '#!/bin/sh\necho "my key is $OPENAI_API_KEY" >&2\necho "$OPENAI_API_KEY"\nexit 3\n',
    });
    chmodSync(join(cwd, 'model.sh'), 0o755);
    const result = await portiaHere(['plan', 'summarise the news', '--model', 'exec:./model.sh'], { cwd, env: KEYS });
    expect(result.code).toBeGreaterThan(0);
    expectNoKey(cwd, result);
  });

  test.each([
    ['settings', { 'portia.json': { openai_api_key: KEY } }, ['list']],
    ['a line of .env', { '.env': `${KEY}\nNAME=x\n` }, ['list']],
    [
      'a key file that is named',
      { 'key.txt': `${KEY}\nand more\n` },
      ['plan', 'x y z', '--base-url', 'http://127.0.0.1:9/v1', '--api-key-file', 'key.txt'],
    ],
    ['the flag for its name', {}, ['plan', 'x y z', '--base-url', 'http://127.0.0.1:9/v1', '--api-key-env', KEY]],
  ])('when the key stands in %s then no message repeats it', async (_what, files, args) => {
    const cwd = makeExampleProject(files);
    const { stdout, stderr } = await portiaHere(args, { cwd });
    expect(stdout + stderr).not.toContain(KEY);
  });

  test('when doctor and tools look at the keys then they name them and never print them', async () => {
    const cwd = makeExampleProject();
    for (const args of [
      ['doctor'],
      ['doctor', '--format', 'human'],
      ['tools', 'list'],
      ['tools', 'describe', 'search_tool'],
    ]) {
      const result = await portiaHere(args, { cwd, env: KEYS });
      expect(result.code).toBe(0);
      expectNoKey(cwd, result);
    }
    expect((await portiaHere(['doctor'], { cwd, env: KEYS })).stdout).toContain('OPENAI_API_KEY');
  });
});

describe('whom a key is sent to', () => {
  const reply = () => ({ status: 200, body: completion(JSON.stringify({ steps: [], error: 'no' })) });
  const ask = ['plan', 'summarise the news'];

  test('when a server is named by --base-url then the key of OpenAI never reaches it, whatever the model is called', async () => {
    for (const model of [[], ['-m', 'qwen3:4b'], ['-m', 'openai/gpt-4.1-mini'], ['-m', 'custom/x']]) {
      const endpoint = await startEndpoint(reply);
      const cwd = makeExampleProject();
      await portiaHere([...ask, '--base-url', endpoint.baseUrl, ...model], { cwd, env: KEYS });
      expect(endpoint.seen.length).toBeGreaterThan(0);
      for (const request of endpoint.seen) for (const spelling of SPELLINGS) expect(request).not.toContain(spelling);
    }
  });

  test('when --base-url comes with --api-key-env then that key reaches it, and only that one', async () => {
    const endpoint = await startEndpoint(reply);
    const env = { ...KEYS, MY_KEY: 'my-own-key-123456' };
    await portiaHere([...ask, '--base-url', endpoint.baseUrl, '--api-key-env', 'MY_KEY'], {
      cwd: makeExampleProject(),
      env,
    });
    expect(endpoint.seen.join('\n')).toContain('my-own-key-123456');
    expect(endpoint.seen.join('\n')).not.toContain(KEY);
  });

  test.each([
    ['base_url of portia.json', (url: string) => ({ 'portia.json': { base_url: url } })],
    [
      'base_url and api_key_env of portia.json',
      (url: string) => ({ 'portia.json': { base_url: url, api_key_env: 'OPENAI_API_KEY' } }),
    ],
    ['OPENAI_BASE_URL of .env', (url: string) => ({ '.env': `OPENAI_BASE_URL=${url}\n` })],
  ])(
    'when the server is the %s then it gets the key of the shell only when the project is trusted',
    async (_what, files) => {
      const endpoint = await startEndpoint(reply);
      const cwd = makeExampleProject(files(endpoint.baseUrl));
      const refused = await portiaHere(ask, { cwd, env: { ...KEYS, ...UNTRUSTED } });
      expect(refused.code).toBeGreaterThan(0);
      expect(endpoint.seen.join('\n')).not.toContain(KEY);
      await portiaHere([...ask, '--trust-project'], { cwd, env: { ...KEYS, ...UNTRUSTED } });
      expect(endpoint.seen.join('\n')).toContain(KEY);
      writeFileSync(join(cwd, 'portia.json'), '{}');
    },
  );

  test('when the server and the key come from the same shell then it gets the key', async () => {
    const endpoint = await startEndpoint(reply);
    await portiaHere(ask, { cwd: makeExampleProject(), env: { ...KEYS, OPENAI_BASE_URL: endpoint.baseUrl } });
    expect(endpoint.seen.join('\n')).toContain(KEY);
  });

  test('when a newcomer follows the advice for a server of their own then it is asked, without any key', async () => {
    const endpoint = await startEndpoint(reply);
    const env = { OPENAI_BASE_URL: endpoint.baseUrl, PORTIA_MODEL: 'qwen3:4b' };
    expectError(await portiaHere(ask, { cwd: makeExampleProject(), env }), { code: 'no-plan', exit: 5 });
    expect(endpoint.seen).toHaveLength(1);
    expect(endpoint.seen[0]).toContain('qwen3:4b');
  });

  test('when a server sends the request on to another one then the key does not follow', async () => {
    const other = await startEndpoint(reply);
    const first = createServer((_request, response) =>
      response.writeHead(307, { location: `${other.baseUrl}/chat/completions` }).end(),
    );
    await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void first.close());
    const baseUrl = `http://127.0.0.1:${(first.address() as AddressInfo).port}/v1`;
    await portiaHere(ask, { cwd: makeExampleProject(), env: { ...KEYS, OPENAI_BASE_URL: baseUrl } });
    expect(other.seen.join('\n')).not.toContain(KEY);
  });
});
