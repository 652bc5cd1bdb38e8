import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { Portia } from '../../src/index.js';
import type { Json } from '../../src/domain/values/json.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, makeProject, portia } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { expectError } from '../support/printed-error.js';

const me = userInfo().username;

const pay = (keys: object) => ({
  plan_context: { query: 'pay a bill', tool_ids: [] },
  steps: [
    { kind: 'user_verify', message: 'Pay 900?', ...keys },
    { kind: 'compute', expression: "'paid'", output: '$done' },
  ],
});
const amount = (keys: object) => ({
  plan_context: { query: 'ask for an amount', tool_ids: [] },
  steps: [
    { kind: 'user_input', message: 'How much?', schema: { type: 'integer' }, output: '$n', ...keys },
    { kind: 'compute', expression: '$n * 2', output: '$twice' },
  ],
});

const STORES: [name: string, address: () => Promise<string>][] = [['files', async () => 'file:']];
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => (await newStoreUrl()).url]);

describe.each(STORES)('questions for named people on %s', (_, address) => {
  async function project(plan: object) {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'plan.json': plan });
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const start = async () => JSON.parse((await call('run-plan', 'plan.json')).stdout);
    /** Another program answers for a person whom it knows. */
    const answerAs = async (by: string, id: `prun-${string}`, response: Json) => {
      const program = new Portia({
        dir: cwd,
        by,
        environment: cleanEnvironment(cwd, env),
        clarificationHandler: {
          ask: async (questions) => questions.map((asked) => ({ id: asked.id, response, channel: 'api' as const })),
        },
      });
      try {
        return await program.resume(id);
      } finally {
        await program.close();
      }
    };
    return { cwd, env, call, start, answerAs };
  }

  test('when two must agree then the run waits for both, each in their own process', async () => {
    const { call, start, answerAs } = await project(pay({ approvers: { any_of: [me, 'ben', 'cleo'], required: 2 } }));
    const { id } = await start();
    expect((await call('answer', id, 'verify=yes')).code).toBe(0);
    const again = expectError(await call('answer', id, 'verify=yes'), { code: 'wrong-person', exit: 6 });
    expect(again).toMatchObject({ why: expect.stringContaining(`${me} has agreed already`) });
    expect(again.fix).toBe(`Ask ben or cleo to answer. What is asked: portia show ${id}`);
    const waiting = (await call('show', id, '--format', 'human')).stdout;
    expect(waiting).toContain(`2 of ${me}, ben or cleo must agree`);
    expect(waiting).toContain(`agreed so far: ${me}`);
    expect((await answerAs('dan', id, true)).state).toBe('NEED_CLARIFICATION');
    expect(await answerAs('ben', id, true)).toMatchObject({
      state: 'COMPLETE',
      outputs: { clarifications: [{ answered_by: { name: 'ben', vouched_by: 'program' } }] },
    });
    expect((await call('verify', id)).code).toBe(0);
    expect((await call('show', id, '--format', 'human')).stdout).toContain(`yes by ${me}@`);
  });

  test('when whoever started the run may not agree then others do', async () => {
    const { call, start, answerAs } = await project(pay({ approvers: { not: 'starter' } }));
    const { id } = await start();
    const error = expectError(await call('resume', id, '--answer', 'verify=yes'), { code: 'wrong-person', exit: 6 });
    expect(error.why).toContain(`${me} started the run`);
    expect((await answerAs('ben', id, true)).state).toBe('COMPLETE');
  });

  test('when somebody else answers then it is said who may, and --by is no name that counts', async () => {
    const { call, start, answerAs } = await project(amount({ assignees: ['ann', 'ben'] }));
    const { id } = await start();
    for (const args of [
      ['answer', id, 'n=4', '--by', 'ann'],
      ['resume', id, '--answer', 'n=4', '--by', 'ann'],
    ]) {
      const error = expectError(await call(...args), { code: 'wrong-person', exit: 6 });
      expect(error.fix).toBe(`Ask ann or ben to answer. What is asked: portia show ${id}`);
    }
    expect((await answerAs('ann', id, 4)).outputs.final_output).toMatchObject({ value: 8 });
  });

  test('when nobody answers in time then a worker continues as the plan says, in a process of its own', async () => {
    const instead = [{ kind: 'compute', expression: '1', output: '$n' }];
    for (const [on_expiry, end] of [
      [{ value: 3 }, 6],
      [instead, 2],
    ]) {
      const { cwd, env, call, start } = await project(amount({ expires_in: '1s', on_expiry }));
      const { id, pause } = await start();
      expect(pause.wake_at).toEqual(expect.any(String));
      await sleep(Math.max(0, Date.parse(pause.wake_at) - Date.now()) + 50);
      expectError(await call('answer', id, 'n=4'), { code: 'answer-refused', exit: 2 });
      expect((await portia(['worker', '--until-idle'], { cwd, env })).code).toBe(0);
      expect((await call('wait', id, '--format', 'value')).stdout).toBe(`${end}\n`);
    }
  });

  test('when nobody answers in time and the plan says no more then the run stops, and a resume asks anew', async () => {
    const { call, start } = await project(amount({ expires_in: '1s' }));
    const { id, pause } = await start();
    expect(JSON.parse((await call('queue')).stdout)).toMatchObject([{ standing: 'parked', for: 'question' }]);
    await sleep(Math.max(0, Date.parse(pause.wake_at) - Date.now()) + 50);
    expectError(await call('resume', id), { code: 'expired', exit: 1 });
    const again = await call('resume', id);
    expect([again.code, JSON.parse(again.stdout).outputs.clarifications.length]).toEqual([8, 2]);
  });
});
