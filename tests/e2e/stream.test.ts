import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { allBytes } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, makeProject, PORTIA, TESTED_NODE } from '../support/portia.js';
import { onlyRun, printedError, readEvents } from '../support/scenario.js';
import { openTerminal } from '../support/terminal.js';

const STEP = { kind: 'llm', task: 'Tell of a fox.', inputs: [], output: '$tale' };
const plan = (...steps: object[]) => ({ plan_context: { query: 'q' }, steps });

interface Speaker {
  env: Record<string, string>;
  bodies: { stream: boolean }[];
  /** Sends the next piece to whoever waits for it. */
  say(text: string): Promise<void>;
  /** Ends the reply. */
  end(): Promise<void>;
  /** Closes the connection in the middle. */
  cut(): Promise<void>;
}

/** A server of chat completions that says what the test says, when it says it. */
async function startSpeaker(): Promise<Speaker> {
  const waiting: ServerResponse[] = [];
  const bodies: Speaker['bodies'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      waiting.push(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const current = async (): Promise<ServerResponse> => {
    await expect.poll(() => waiting.length, { timeout: 60_000 }).toBeGreaterThan(0);
    return waiting[0] ?? current();
  };
  const piece = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
  return {
    env: {
      OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
      OPENAI_API_KEY: 'sk-test-0123456789',
      PORTIA_MODEL: 'openai/m',
    },
    bodies,
    async say(content) {
      (await current()).write(piece({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }));
    },
    async end() {
      const response = await current();
      waiting.shift();
      response.write(piece({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
      response.end(piece({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 5 } }));
    },
    async cut() {
      const response = await current();
      waiting.shift();
      response.destroy();
    },
  };
}

const inTerminal = (args: string[], cwd: string, env: Record<string, string>) =>
  openTerminal(TESTED_NODE, [PORTIA, ...args], { cwd, env: cleanEnvironment(cwd, env), cols: 100 });

test('when a model speaks then the moving line shows it as it comes, harmless, and nothing of it stays', async () => {
  const speaker = await startSpeaker();
  const cwd = makeProject({
    'plan.json': plan(STEP, { ...STEP, output_schema: { type: 'object' }, output: '$facts' }),
  });
  const terminal = inTerminal(['run-plan', 'plan.json', '--stream', '--jobs', '1'], cwd, speaker.env);
  await speaker.say('A quick');
  await terminal.waitFor(/1 A quick llm/);
  await speaker.say(' brown\n\u001b[2Jfox, sk-test-01');
  await terminal.waitFor(/A quick brown \\u\{1b\}\[2Jfox, llm/);
  await speaker.say('23456789 and then ');
  await terminal.waitFor(/fox, \[OPENAI_API_KEY\] and then llm/);
  await speaker.say('more, '.repeat(100));
  await terminal.waitFor(/1 ….*more, more, llm/);
  await speaker.cut();
  await speaker.say('Once more');
  await terminal.waitFor(/1 Once more llm/);
  await speaker.end();
  await speaker.say(`{"fox": "${'brown '.repeat(40)}"`);
  await terminal.waitFor(/2 \d\d tokens… llm/);
  await speaker.say('}');
  await speaker.end();
  expect(await terminal.exit()).toMatchObject({ code: 0 });
  expect(terminal.screen()).not.toMatch(/tokens…|Once more llm/);
  expect(onlyRun(cwd).steps[0]).toMatchObject({ output: { value: 'Once more' } });
  expect(onlyRun(cwd).usage).toMatchObject({ calls: 2, input_tokens: 18, output_tokens: 10 });
});

test('when events are printed then they have the pieces, and the run does not', async () => {
  const speaker = await startSpeaker();
  const cwd = makeProject({ 'plan.json': plan({ ...STEP, kind: 'react', tools: ['calculator_tool'] }) });
  const run = portiaHere(['run-plan', 'plan.json', '--stream', '--format', 'ndjson', '--events', 'all.ndjson'], {
    cwd,
    env: speaker.env,
  });
  const file = join(cwd, 'all.ndjson');
  const told = () => readFileSync(file, 'utf8');
  await speaker.say('A qu');
  await expect.poll(told, { timeout: 60_000 }).toContain('"A qu"');
  await speaker.say('ick sk-test-');
  await expect.poll(told, { timeout: 60_000 }).toContain('"ick "');
  await speaker.cut();
  await speaker.say('A fox sk-test-');
  await speaker.say('0123456789.');
  await speaker.end();
  const { code, stdout } = await run;
  expect(code).toBe(0);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const [{ key, run_id }] = events.filter(({ type }) => type === 'model.started');
  const pieces = events.filter(({ type }) => type === 'model.text');
  const texts: string[] = [];
  for (const { at, text, ...others } of pieces) {
    expect(others).toEqual({ v: 1, type: 'model.text', run_id, path: '0', key });
    if (at === 0) texts.push('');
    expect(texts.at(-1)).toHaveLength(at);
    texts.push(`${texts.pop()}${text}`);
  }
  expect(texts).toEqual(['A quick ', 'A fox [OPENAI_API_KEY].']);
  expect(told()).toBe(stdout);
  expect(readEvents(cwd, onlyRun(cwd).id).map(({ type }) => type as string)).not.toContain('model.text');
  expect(allBytes(join(cwd, 'runs'))).not.toContain('sk-test-');
  expect(events.at(-1)).toMatchObject({ type: 'run.result', final_output: { value: 'A fox [OPENAI_API_KEY].' } });
});

test.each([
  ['--stream is not given', ['--format', 'ndjson']],
  ['there is nothing to see in a pipe', ['--stream', '--json']],
])('when %s then no stream is asked for', async (_why, flags) => {
  const speaker = await startSpeaker();
  const cwd = makeProject({ 'plan.json': plan(STEP) });
  const run = portiaHere(['run-plan', 'plan.json', ...flags], { cwd, env: speaker.env });
  await speaker.say('A fox.');
  await speaker.end();
  const { code, stdout } = await run;
  expect(code).toBe(0);
  expect(stdout).not.toContain('model.text');
  expect(speaker.bodies).toMatchObject([{ stream: false }]);
});

test('when many runs are made at a time then --stream is refused', async () => {
  const cwd = makeProject({ 'plan.json': plan(STEP), 'lines.ndjson': '{}\n' });
  const ended = await portiaHere(['run-plan', 'plan.json', '--batch', 'lines.ndjson', '--stream'], { cwd });
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(printedError(ended.stderr)).toMatchObject({ message: '--stream cannot be given with --batch.' });
});
