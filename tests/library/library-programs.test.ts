import { spawn } from 'node:child_process';

import { expect, test } from 'vitest';

import { cleanEnvironment, ended } from '../support/portia.js';
import { fileOf } from '../support/page-examples.js';
import { whenOver } from '../support/when-over.js';
import { makeConsumer, runProgram } from './consumer-project.js';

const PAGE = 'docs/library.md';

test('when the web service of the page gets an order then a person answers it, also after it was started anew', async () => {
  const dir = makeConsumer({ 'service.mjs': fileOf(PAGE, 'service.mjs') });
  const first = await startService(dir);
  const order = await first.send('POST', '/orders', { item: 'tea' });
  expect(order).toMatchObject({ status: 200, body: { state: 'NEED_CLARIFICATION' } });
  expect(await first.send('POST', '/orders', { itm: 'tea' })).toMatchObject({
    status: 400,
    body: { code: 'invalid-input', fix: expect.stringContaining('item') },
  });
  expect(await first.send('GET', '/nothing')).toMatchObject({ status: 404 });
  await first.stop();
  const second = await startService(dir);
  const { body: questions } = await second.send('GET', '/questions');
  expect(questions).toMatchObject([{ question: { user_guidance: 'How many of tea?' }, isDriven: false }]);
  const [{ runId }] = questions;
  expect(await second.send('POST', '/answers', { run: runId, pieces: 0 })).toMatchObject({ status: 400 });
  expect(await second.send('POST', '/answers', { run: runId, pieces: 3 })).toMatchObject({
    status: 200,
    body: { state: 'COMPLETE', outputs: { final_output: { value: '3 × tea' } } },
  });
});

test('when the bot of the page is answered then it continues, what nobody answers stays open, and a no ends the run', async () => {
  const dir = makeConsumer({ 'bot.mjs': fileOf(PAGE, 'bot.mjs'), 'greet.yaml': fileOf(PAGE, 'greet.yaml') });
  const bot = async (said: string) => {
    const child = spawn(process.execPath, ['bot.mjs'], { cwd: dir, env: cleanEnvironment(dir), stdio: 'pipe' });
    return ended(child, said);
  };
  expect(await bot('Ada\nyes\n')).toMatchObject({ code: 0, stdout: 'Whom?\nGreet Ada?\nGood morning, Ada!\n' });
  expect(await bot('Ada\n')).toMatchObject({ code: 0, stdout: 'Whom?\nGreet Ada?\nNEED_CLARIFICATION: later\n' });
  expect((await bot('Ada\nno\n')).stdout).toMatch(/^Whom\?\nGreet Ada\?\nFAILED: /);
});

test('when the test of the page is run then it passes', async () => {
  const dir = makeConsumer({ 'greet.test.mjs': fileOf(PAGE, 'greet.test.mjs') });
  const { code, stdout, stderr } = await runProgram(dir, '--test', 'greet.test.mjs');
  expect({ code, stderr, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('pass 1') });
});

interface Service {
  // oxlint-disable-next-line typescript/no-explicit-any -- What it answers is looked at as it is.
  send(method: string, path: string, body?: object): Promise<{ status: number; body: any }>;
  stop(): Promise<unknown>;
}

async function startService(dir: string): Promise<Service> {
  const child = spawn(process.execPath, ['service.mjs'], { cwd: dir, env: cleanEnvironment(dir), stdio: 'pipe' });
  const over = ended(child, '');
  whenOver(() => child.kill());
  const port = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data).trim())),
  );
  return {
    async send(method, path, body) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    stop() {
      child.kill();
      return over;
    },
  };
}
