import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { answer, completion, startFaultServer, type Handler } from '../models/fault-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const PLAN = {
  plan_context: { query: 'Say hello', tool_ids: [] },
  steps: [{ kind: 'llm', task: 'Say hello.', output: '$words' }],
};
const NO_CREDIT = answer({ error: { message: 'no credit', code: 'insufficient_quota' } }, 429);
const BAD_KEY = answer({ error: { message: 'Incorrect API key', code: 'invalid_api_key' } }, 401);

/** A project whose model is at OpenAI's protocol, and whose fallback is at another server. */
async function twoServers(first: Handler) {
  const [openai, ollama] = await Promise.all([startFaultServer(first), startFaultServer(answer(completion('Hello.')))]);
  onTestFinished(async () => void (await Promise.all([openai.close(), ollama.close()])));
  const cwd = makeProject({
    'portia.json': {
      models: { execution: 'openai/m', planning: 'openai/m' },
      fallbacks: { execution: ['ollama/small'], planning: ['ollama/small'] },
    },
    'plan.json': PLAN,
  });
  const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: openai.baseUrl, OLLAMA_BASE_URL: ollama.baseUrl };
  return { openai, ollama, call: { cwd, env } };
}

test('when a model has no credit left then the fallback answers, and events, warnings and usage say so', async () => {
  const { openai, ollama, call } = await twoServers(NO_CREDIT);
  const ended = await portiaHere(['run-plan', 'plan.json', '--json', '--events', 'events.ndjson'], call);
  expect(ended.code).toBe(0);
  const { id } = JSON.parse(ended.stdout) as Run;
  expect([openai.seen.length, ollama.seen.length]).toEqual([1, 1]);
  expect(JSON.parse(ollama.seen[0]?.body ?? '')).toMatchObject({ model: 'small' });
  expect(ollama.seen[0]?.headers.authorization).not.toContain('sk-test');
  const events = readFileSync(join(call.cwd, 'events.ndjson'), 'utf8');
  expect(events).toContain('"fallback":"ollama/small"');
  expect(events).toContain('"model":"ollama/small"');
  expect(ended.stderr).toContain('ollama/small is asked instead.');
  const shown = await portiaHere(['show', id, '--prompts', '--format', 'human'], call);
  expect(shown.stdout).toMatch(/openai\/m[^]*The account at openai\/m has no credit left[^]*ollama\/small/);
  expect(await portiaHere(['replay', id], call)).toMatchObject({ code: 0 });
  expect([openai.seen.length, ollama.seen.length]).toEqual([1, 1]);
});

test('when a key is refused then the fallback is not asked', async () => {
  const { ollama, call } = await twoServers(BAD_KEY);
  expectError(await portiaHere(['run-plan', 'plan.json'], call), { code: 'key-rejected', exit: 4 });
  expect(ollama.seen).toEqual([]);
});

test('when a flag names the model then it has no fallback', async () => {
  const { ollama, call } = await twoServers(NO_CREDIT);
  const ended = await portiaHere(['run-plan', 'plan.json', '--model', 'openai/m'], call);
  expectError(ended, { code: 'rate-limited', exit: 3 });
  expect(ollama.seen).toEqual([]);
});

test('when the planning model is away then its fallback plans, and that is said', async () => {
  const { call } = await twoServers(NO_CREDIT);
  const ended = await portiaHere(['plan', 'Say hello in five words to Ann'], call);
  expect(ended.stderr).toContain('has no credit left');
  expect(ended.stderr).toContain('Planning with ollama/small');
});

test('when a fallback cannot be used then doctor says so', async () => {
  const cwd = makeProject({
    'portia.json': { model: 'ollama/m', fallbacks: { execution: ['anthropic/claude-sonnet-4-5', 'ollama/small'] } },
  });
  const { stdout } = await portiaHere(['doctor', '--json'], { cwd });
  const checks = (JSON.parse(stdout) as { checks: { id: string; status: string; what: string }[] }).checks;
  expect(checks.filter(({ id }) => id === 'model.execution.fallback')).toMatchObject([
    { status: 'warning', what: expect.stringContaining('There is no key for the model anthropic/claude-sonnet-4-5') },
    { status: 'ok', what: expect.stringContaining('ollama/small') },
  ]);
});
