import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { expectError } from '../support/printed-error.js';

const ASK = {
  plan_context: { query: 'ask', tool_ids: [] },
  steps: [{ kind: 'user_input', message: 'What is your name?', output: '$name' }],
};

const STORES: [name: string, address: () => Promise<string>][] = [['files', async () => 'file:']];
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => (await newStoreUrl()).url]);

/** A project whose commands are called in short. */
async function queueProject(address: () => Promise<string>, files: Record<string, string | object> = {}) {
  const env = { PORTIA_STORE: await address() };
  const cwd = makeProject({ 'ask.json': ASK, ...files });
  const call = (...args: string[]) => portiaHere(args, { cwd, env });
  return {
    cwd,
    call,
    submit: async (plan: string, ...flags: string[]) =>
      (await call('run-plan', plan, '--queue', '--format', 'value', ...flags)).stdout.trim(),
    queue: async () => JSON.parse((await call('queue')).stdout),
  };
}

describe.each(STORES)('the queue on %s', (_, address) => {
  test('when runs wait for a worker or a person then each is listed with why and what helps', async () => {
    const { call, submit, queue } = await queueProject(address);
    const asking = await submit('ask.json', '--label', 'day');
    await call('worker', '--until-idle');
    const waiting = await submit('ask.json', '--priority', '7');
    expect(await queue()).toMatchObject([
      { id: waiting, standing: 'waits', why: 'for a worker that is free', priority: 7, next: 'portia worker' },
      {
        id: asking,
        standing: 'parked',
        for: 'question',
        why: '1 open question',
        labels: ['day'],
        next: `portia show ${asking}`,
      },
    ]);
    expect((await call('queue', '--format', 'human')).stdout).toContain('waits');
  });
});

test('when the action is misspelt then the nearest one is named', async () => {
  const { fix } = expectError(await portiaHere(['queue', 'lists'], { cwd: makeProject() }), { code: 'usage', exit: 2 });
  expect(fix).toBe('portia queue list');
});
