import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { answer, completion, startFaultServer } from '../models/fault-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { expectError } from '../support/printed-error.js';

const SETTINGS = {
  limits: { providers: { custom: { requests_per_minute: 1 } } },
  model_settings: { 'custom/n': { timeout_ms: 300 } },
};
const PLAN = {
  plan_context: { query: 'Say hello twice', tool_ids: [] },
  steps: [
    { kind: 'llm', task: 'Say hello.', output: '$one' },
    { kind: 'llm', task: 'Say it again after $one.', output: '$two', model: 'custom/n' },
  ],
};

test('when the settings allow one request in a minute then the second waits, says so, and ends with its deadline', async () => {
  const server = await startFaultServer(answer(completion('Hello.')));
  onTestFinished(() => server.close());
  const cwd = makeProject({
    'portia.json': SETTINGS,
    'plan.json': PLAN,
  });
  const model = ['--base-url', server.baseUrl, '-m', 'm'];
  const ended = await portiaHere(['run-plan', 'plan.json', '--json', '--events', 'events.ndjson', ...model], { cwd });
  const { why } = expectError(ended, { code: 'timed-out', exit: 3 });
  expect(why).toContain(`the call waited for the limit of ${server.baseUrl}`);
  expect(ended.stderr).toMatch(/^waiting for the limit of custom, \d\d s$/m);
  expect(server.seen).toHaveLength(1);
  const run = JSON.parse(ended.stdout) as Run;
  expect(run).toMatchObject({
    state: 'IN_PROGRESS',
    pause: { reason: 'unavailable' },
    outputs: { step_outputs: { $one: { value: 'Hello.' } } },
  });
  const events = readFileSync(join(cwd, 'events.ndjson'), 'utf8').split('\n');
  const failed = events.find((line) => line.includes('"model.failed"')) ?? '{}';
  expect(JSON.parse(failed)).toMatchObject({ ms: expect.toSatisfy((ms: number) => ms >= 250) });
});

test.runIf(HAS_POSTGRES)('when processes share a database then they share the limit of a provider', async () => {
  const server = await startFaultServer(answer(completion('Hello.')));
  onTestFinished(() => server.close());
  const { url } = await newStoreUrl();
  const [first, second] = PLAN.steps;
  const cwd = makeProject({
    'portia.json': SETTINGS,
    'first.json': { ...PLAN, steps: [first] },
    'second.json': { ...PLAN, steps: [{ ...second, task: 'Say hello.' }] },
  });
  const call = { cwd, env: { PORTIA_STORE: url } };
  const model = ['--json', '--base-url', server.baseUrl, '-m', 'm'];
  expect((await portia(['run-plan', 'first.json', ...model], call)).code).toBe(0);
  const ended = await portia(['run-plan', 'second.json', ...model], call);
  expectError(ended, { code: 'timed-out', exit: 3 });
  expect(ended.stderr).toMatch(/^waiting for the limit of custom, \d\d s$/m);
  expect(server.seen).toHaveLength(1);
});

test('when limits, fallbacks and programs for keys are set then config lists them', async () => {
  const cwd = makeProject({
    'portia.json': {
      ...SETTINGS,
      fallbacks: { execution: ['ollama/small'] },
      api_key_command: { openai: 'pass show openai' },
    },
  });
  const { stdout } = await portiaHere(['config', 'list', '--json'], { cwd });
  const listed = JSON.parse(stdout) as { name: string; value: unknown }[];
  const valueOf = (name: string) => listed.find((setting) => setting.name === name)?.value;
  expect(valueOf('limits.providers.custom.requests_per_minute')).toBe(1);
  expect(valueOf('fallbacks.execution')).toEqual(['ollama/small']);
  expect(valueOf('api_key_command.openai')).toEqual(['pass', 'show', 'openai']);
});
