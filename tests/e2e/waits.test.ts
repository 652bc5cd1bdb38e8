import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { expectError } from '../support/printed-error.js';

const remind = (keys: object) => ({
  plan_context: { query: 'remind', tool_ids: [] },
  steps: [
    { kind: 'wait', ...keys, output: '$due' },
    { kind: 'compute', expression: "'due at ' & $due", output: '$said' },
  ],
});
const FAR = '2999-01-01T00:00:00.000Z';

const STORES: [name: string, address: () => Promise<string>][] = [['files', async () => 'file:']];
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => (await newStoreUrl()).url]);

describe.each(STORES)('waits on %s', (_, address) => {
  test('when a time is far then the run is saved with exit 3, and resume and wait say until when', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'far.json': remind({ until: FAR }) });
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const saved = await call('run-plan', 'far.json');
    const { id, ...run } = JSON.parse(saved.stdout);
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'time', wake_at: FAR } });
    const error = expectError(saved, { code: 'unavailable', exit: 3 });
    expect(error).toMatchObject({ message: `The run waits until ${FAR}, and is saved.`, retryable: true });
    expect(error.fix).toBe(`portia resume ${id}   # then, unless a worker does`);
    expectError(await call('resume', id), { code: 'unavailable', exit: 3 });
    expect((await call('worker', '--until-idle')).stdout).toBe('');
    expectError(await call('wait', id, '--timeout', '1ms'), { code: 'timed-out', exit: 3 });
    expect((await call('show', id, '--format', 'human')).stdout).toContain(`waiting: until ${FAR}`);
    expect(JSON.parse((await call('run-plan', 'far.json', '--dry-run')).stdout)).toMatchObject({ state: 'COMPLETE' });
  });

  test('when the time of a run has come then a worker continues it, whoever started it', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'soon.json': remind({ for: '800ms' }) });
    const worker = startPortia(['worker'], { cwd, env });
    const saved = await portiaHere(['run-plan', 'soon.json', '--wait', '1ms'], { cwd, env });
    const { id, pause } = JSON.parse(saved.stdout);
    expect([saved.code, pause.reason]).toEqual([3, 'time']);
    expect(await portiaHere(['wait', id, '--format', 'value'], { cwd, env })).toMatchObject({
      code: 0,
      stdout: `due at ${pause.wake_at}\n`,
    });
    worker.kill('SIGTERM');
    expect((await ended(worker)).stdout).toBe(`{"run_id":"${id}","state":"COMPLETE","exit_code":0}\n`);
  });
});

test('when a plan cannot say until when then check says how', async () => {
  const cwd = makeProject({
    'both.json': remind({ until: FAR, for: '2d' }),
    'none.json': remind({}),
    'zone.json': remind({ until: '2999-01-01T00:00:00' }),
    'long.json': remind({ for: 'two days' }),
    'less.json': remind({ for: '-2d' }),
  });
  const problem = async (file: string) => {
    const { code, stdout } = await portiaHere(['check', file], { cwd });
    const [{ rule, pointer, message }] = JSON.parse(stdout).problems;
    return [code, rule, pointer, message];
  };
  expect(await problem('both.json')).toEqual([
    ...[2, 'wait-time', '/steps/0', 'It says twice until when: by until and by for.'],
  ]);
  expect(await problem('none.json')).toEqual([2, 'wait-time', '/steps/0', 'Nothing says until when.']);
  expect(await problem('zone.json')).toEqual([
    ...[2, 'wait-time', '/steps/0/until', '"2999-01-01T00:00:00" is not a time with its zone.'],
  ]);
  expect(await problem('long.json')).toEqual([2, 'wait-time', '/steps/0/for', '"two days" is not a duration.']);
  expect(await problem('less.json')).toEqual([2, 'wait-time', '/steps/0/for', '"-2d" is not a duration.']);
});
