import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { defineTool, type Run, type RunEvent } from '../../src/index.js';
import { allBytes } from '../support/folder-listing.js';
import { call, planOf, portiaIn } from './library-doubles.js';

const CANARY = 'canary-0f9e8d7c';
const PASSWORD = { type: 'string', format: 'password' };
const ask = { kind: 'user_input', message: 'Password?', schema: PASSWORD, output: '$otp' };

function login() {
  const calls: string[] = [];
  const tool = defineTool({
    id: 'login',
    name: 'Login',
    description: 'Signs in.',
    effect: 'read',
    args: z.object({ password: z.string() }),
    run(_context, { password }) {
      calls.push(password);
      return `in with ${password}`;
    },
  });
  return { tool, calls };
}

const step = call('login', { password: '{{ $otp }}' });

function expectHidden(dir: string, run: Run, events: RunEvent[] = []): void {
  const written = existsSync(join(dir, 'runs')) ? allBytes(join(dir, 'runs')) : '';
  expect(`${written}${JSON.stringify(run)}${JSON.stringify(events)}`).not.toContain(CANARY);
}

describe.each(['file:', 'memory:'])('with the store %s', (store) => {
  test('when a program resolves a secret, then the same object can resume with it', async () => {
    const { tool, calls } = login();
    const { portia, dir } = portiaIn({ store, tools: [tool] });
    const paused = await portia.runPlan(planOf([ask, step]));
    const [question] = paused.outputs.clarifications;
    const answered = await portia.resolveClarification(paused, question?.id ?? 'clar-', CANARY);
    expect(answered.outputs.clarifications).toMatchObject([{ response: '‹secret otp›' }]);
    const running = portia.resume(answered);
    const events: RunEvent[] = [];
    for await (const event of running.events) events.push(event);
    const run = await running;
    expect(run).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: 'in with ‹secret otp›' } } });
    expect(calls).toEqual([CANARY]);
    expectHidden(dir, run, events);
  });

  test('when a handler or an input gives a secret, then the tool alone has it', async () => {
    const { tool, calls } = login();
    const { portia, dir } = portiaIn({
      store,
      tools: [tool],
      clarificationHandler: { ask: async (open) => open.map(({ id }) => ({ id, response: CANARY, channel: 'api' })) },
    });
    const asked = await portia.runPlan(planOf([ask, step]));
    const given = await portia.runPlan(planOf([step], { plan_inputs: [{ name: '$otp', schema: PASSWORD }] }), {
      inputs: { otp: CANARY },
    });
    expect([asked.state, given.state]).toEqual(['COMPLETE', 'COMPLETE']);
    expect(calls).toEqual([CANARY, CANARY]);
    expectHidden(dir, asked);
    expectHidden(dir, given);
  });
});

test('when another object resumes, then it asks for the secret again', async () => {
  const { tool, calls } = login();
  const first = portiaIn({ tools: [tool] });
  const paused = await first.portia.runPlan(planOf([ask, step]));
  const [question] = paused.outputs.clarifications;
  await first.portia.resolveClarification(paused, question?.id ?? 'clar-', CANARY);
  const { portia: second } = portiaIn({ tools: [tool], dir: first.dir });
  const again = await second.resume(paused.id);
  expect(again).toMatchObject({ state: 'NEED_CLARIFICATION' });
  const open = again.outputs.clarifications.find(({ resolved }) => !resolved);
  expect(open).toMatchObject({ argument_name: 'otp', user_guidance: expect.stringContaining('needed again') });
  await second.resolveClarification(again, open?.id ?? 'clar-', CANARY);
  expect(await second.resume(paused.id)).toMatchObject({ state: 'COMPLETE' });
  expect(calls).toEqual([CANARY]);
  expectHidden(first.dir, await second.resume(paused.id));
});
