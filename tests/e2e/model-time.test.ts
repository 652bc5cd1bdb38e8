import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { completion } from '../models/fault-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

/** A model that answers after a moment, but never the requests that come while it is silent. */
async function slowModel(isSilent: () => boolean): Promise<string[]> {
  const server = createServer((request, response) => {
    const answers = !isSilent();
    request.resume().on('end', () => {
      if (answers) setTimeout(() => response.end(JSON.stringify(completion('Hello.'))), 50);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return ['--base-url', `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, '-m', 'm'];
}

const hello = (step: object = {}) => ({
  plan_context: { query: 'Say hello', tool_ids: [] },
  steps: [{ kind: 'llm', task: 'Say hello.', output: '$words', ...step }],
});

const SOON = ['--model-timeout', '300ms'];
const ENDLESS = 600_000;
const ofModel = (timeout_ms: number) => ({ model_settings: { 'custom/m': { timeout_ms } } });

const slow: [string, object, string[], object][] = [
  ['the flag', {}, SOON, {}],
  ['the settings', { model_timeout_ms: 300 }, [], {}],
  ['the settings of the model', { model_timeout_ms: ENDLESS, ...ofModel(300) }, [], {}],
  ['the flag, not the settings', { model_timeout_ms: ENDLESS, ...ofModel(ENDLESS) }, SOON, {}],
];
test.each(slow)('when a model is slower than %s allows then the run waits with exit 3, and resumes', async (...row) => {
  const [, settings, flags] = row;
  // Not after a number of requests: the time may be over before the first one arrives.
  let isSilent = true;
  const model = await slowModel(() => isSilent);
  const cwd = makeProject({ 'portia.json': settings, 'plan.json': hello() });
  const ended = await portiaHere(['run-plan', 'plan.json', '--json', ...model, ...flags], { cwd });
  const { message, fix } = expectError(ended, { code: 'timed-out', exit: 3 });
  expect(message).toContain('custom/m gave no complete reply within 0.3 s.');
  expect(fix).toContain('--model-timeout');
  const run = JSON.parse(ended.stdout) as Run;
  expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' } });
  isSilent = false;
  const patient = ['--model-timeout', '10m', ...model];
  const again = await portiaHere(['resume', run.id, '--format', 'value', ...patient], { cwd });
  expect(again).toMatchObject({ code: 0, stdout: 'Hello.\n' });
});

test('when a model is slower than its step allows then the step fails with exit 3, and is tried again', async () => {
  const model = await slowModel(() => true);
  const cwd = makeProject({ 'plan.json': hello({ timeout_ms: 300 }) });
  const ended = await portiaHere(['run-plan', 'plan.json', '--json', ...model], { cwd });
  expectError(ended, { code: 'timed-out', exit: 3 });
  const run = JSON.parse(ended.stdout) as Run;
  const again = await portiaHere(['resume', run.id, '--json', ...model], { cwd });
  expectError(again, { code: 'timed-out', exit: 3 });
  expect(JSON.parse(again.stdout)).toMatchObject({ state: 'FAILED', steps: [{ attempts: 2 }] });
});

const enough: [string, object, string[], object][] = [
  ['the step', {}, ['--model-timeout', '1ms'], { timeout_ms: ENDLESS }],
  ['the flag', { model_timeout_ms: 1, ...ofModel(1) }, ['--model-timeout', '10m'], {}],
  ['the settings of the model', { model_timeout_ms: 1, ...ofModel(ENDLESS) }, [], {}],
];
test.each(enough)('when %s gives a model more time then it has that', async (_who, settings, flags, step) => {
  const model = await slowModel(() => false);
  const cwd = makeProject({ 'portia.json': settings, 'plan.json': hello(step) });
  expect(await portiaHere(['run-plan', 'plan.json', ...model, ...flags], { cwd })).toMatchObject({ code: 0 });
});

test('when a plan is not made in time then nothing is saved, and it is exit 3', async () => {
  const model = await slowModel(() => true);
  const ended = await portiaHere(['plan', 'Say hello', ...model, ...SOON], { cwd: makeProject({}) });
  expectError(ended, { code: 'timed-out', exit: 3 });
});

test('when a program that stands for a model is too slow then it is ended, with exit 3', async () => {
  const cwd = makeProject({ 'plan.json': hello() });
  const ended = await portiaHere(['run-plan', 'plan.json', '-m', 'exec:sleep 60', ...SOON], { cwd });
  const { why } = expectError(ended, { code: 'timed-out', exit: 3 });
  expect(why).toContain('was ended');
});

test('when the time is not a duration then the flag says so', async () => {
  const ended = await portiaHere(['plan', 'Say hello', '--model-timeout', 'soon'], { cwd: makeProject({}) });
  expectError(ended, { code: 'invalid-settings', exit: 2 });
});
