import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { createExecModel, type ExecModelOptions } from '../../src/models/exec-model.js';
import { Guests } from '../../src/processes/guests.js';
import type { ModelReply, ModelRequest } from '../../src/models/model.js';

const REQUEST: ModelRequest = { messages: [{ role: 'user', text: 'hello "you"' }] };
const USAGE = { calls: 1, input_tokens: expect.any(Number), output_tokens: expect.any(Number), estimated: true };
let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'portia-exec-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

function modelOf(command: string, options: Partial<ExecModelOptions> = {}) {
  const environment = { PATH: process.env['PATH'], GREETING: 'hi' };
  const guests = new Guests(process.kill.bind(process));
  return createExecModel({ command, environment, guests, directory, ...options });
}

function run(command: string, options: Partial<ExecModelOptions & { signal: AbortSignal }> = {}): Promise<ModelReply> {
  const { signal = new AbortController().signal, ...rest } = options;
  return modelOf(command, rest).complete(REQUEST, { signal });
}

async function fileBecomes(name: string): Promise<string> {
  for (;;) {
    const text = await readFile(join(directory, name), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text.trim();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended and that nobody asked about is a zombie (Z); only Linux has this file.
    return !existsSync('/proc/self/stat') || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilDead(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('when the program reads its input then it gets one document in the shape of chat completions', async () => {
  const request: ModelRequest = {
    ...REQUEST,
    tools: [{ name: 'f', description: 'd', parameters: { type: 'object' } }],
    responseFormat: { kind: 'json_object' },
  };
  await modelOf('cat > in.json; echo ok').complete(request, { signal: new AbortController().signal });
  expect(JSON.parse(await readFile(join(directory, 'in.json'), 'utf8'))).toEqual({
    messages: [{ role: 'user', content: 'hello "you"' }],
    tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } }],
    response_format: { type: 'json_object' },
  });
});

const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
const toolCalls = [{ id: 'c', name: 'f', arguments: '{}' }];
const outputs: [string, string, ModelReply][] = [
  ['plain text', 'hello\n', { text: 'hello', toolCalls: [], usage: USAGE }],
  [
    'JSON of its own',
    '{"steps":[],"content":"x"}',
    { text: '{"steps":[],"content":"x"}', toolCalls: [], usage: USAGE },
  ],
  ['text like JSON', '{not json', { text: '{not json', toolCalls: [], usage: USAGE }],
  ['a message', '{"role":"assistant","content":"hey"}', { text: 'hey', toolCalls: [], usage: USAGE }],
  ['function calls', JSON.stringify({ content: null, tool_calls: [call] }), { text: '', toolCalls, usage: USAGE }],
  [
    'a chat completion',
    '{"choices":[{"finish_reason":"stop","message":{"content":"hey"}}],"usage":{"prompt_tokens":4,"completion_tokens":2}}',
    { text: 'hey', toolCalls: [], usage: { calls: 1, input_tokens: 4, output_tokens: 2 } },
  ],
];
test.each(outputs)('when the program writes %s then that is the reply', async (_name, output, reply) => {
  expect(await run('printf %s "$REPLY"', { environment: { REPLY: output } })).toEqual(reply);
});

test('when the program looks at its environment then it sees only what it was given', async () => {
  vi.stubEnv('PORTIA_TEST_SECRET', 'x');
  expect((await run('echo "$GREETING:$PORTIA_TEST_SECRET"')).text).toBe('hi:');
});

test('when the program does not read a long input then its reply still counts', async () => {
  const request = { messages: [{ role: 'user' as const, text: 'x'.repeat(2_000_000) }] };
  const reply = await modelOf('echo ok').complete(request, { signal: new AbortController().signal });
  expect(reply.text).toBe('ok');
});

const failures: [string, string, Partial<ExecModelOptions>, string, RegExp][] = [
  ['exits with 3', 'echo one >&2; echo two >&2; exit 3', {}, 'unavailable', /code 3: one two/],
  ['is not there', 'no-such-program-x', {}, 'unavailable', /code 127.*not found/],
  ['is killed', 'kill -9 $$', {}, 'unavailable', /SIGKILL/],
  ['cannot start', 'true', { directory: '/no/such/folder' }, 'unavailable', /did not start/],
  ['says nothing', 'true', {}, 'model-reply-unusable', /empty/],
  ['says too much', 'yes', { maxBytes: 100_000 }, 'model-reply-unusable', /longer/],
  [
    'writes half a completion',
    `echo '{"choices":[{"finish_reason":"length","message":{"content":"a"}}]}'`,
    {},
    'model-reply-unusable',
    /cut off/,
  ],
  ['takes too long', 'sleep 60', { deadlineMs: 50 }, 'timed-out', /ended/],
];
test.each(failures)('when the program %s then the error says so', async (_name, command, options, code, why) => {
  await expect(run(command, options)).rejects.toMatchObject({ code, details: { why: expect.stringMatching(why) } });
});

test('when the call is aborted then the program and what it started are ended, even if they resist', async () => {
  const controller = new AbortController();
  const reason = new Error('stopped');
  const script = `trap '' TERM; (trap '' TERM; sh -c 'echo $PPID' > child; sleep 60) & echo $$ > parent; sleep 60; sleep 60`;
  const running = run(script, { signal: controller.signal });
  const pids = [Number(await fileBecomes('parent')), Number(await fileBecomes('child'))];
  controller.abort(reason);
  await expect(running).rejects.toBe(reason);
  await Promise.all(pids.map(untilDead));
  expect(pids.map(isAlive)).toEqual([false, false]);
});

test('when a process that left the group holds the output open then the deadline still ends the call', async () => {
  const program = `require('child_process').spawn('sleep', ['4'], { detached: true, stdio: 'inherit' }).unref()`;
  const command = `node -e "const c = ${program}; " ; echo hello`;
  await expect(run(command, { deadlineMs: 1_000 })).rejects.toMatchObject({ code: 'timed-out' });
});

test('when a JSON Schema is asked for then the ladder is sent one rung down', async () => {
  const request: ModelRequest = { ...REQUEST, responseFormat: { kind: 'json_schema', name: 'x', schema: {} } };
  const complete = modelOf('echo ok').complete(request, { signal: new AbortController().signal });
  await expect(complete).rejects.toMatchObject({ name: 'FormatRejected' });
});

test.each([
  ['ollama run x', 'exec/ollama'],
  ['KEY=secret /usr/bin/curl -H "x: secret"', 'exec/curl'],
  ['  ', 'exec/command'],
])('when the command is %s then the id holds no arguments', (command, id) => {
  expect(modelOf(command).id).toBe(id);
});
