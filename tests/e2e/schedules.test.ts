import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { printedError } from '../support/scenario.js';

const SUM = {
  plan_context: { query: 'sum', tool_ids: [] },
  plan_inputs: [{ name: '$n' }],
  steps: [{ kind: 'compute', expression: '$n + 1', output: '$sum' }],
};

const STORES: [name: string, address: () => Promise<string>][] = [['files', async () => 'file:']];
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => (await newStoreUrl()).url]);

describe.each(STORES)('later starts on %s', (_, address) => {
  test('when a run is to begin later then no worker begins it before, and one does then', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'sum.json': SUM });
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const at = ['run-plan', 'sum.json', '-i', 'n:=1', '--format', 'value', '--at'];
    const later = (await call(...at, 'in 2h')).stdout.trim();
    const soon = (await call(...at, 'in 1ms', '--label', 'x', '--priority', '2')).stdout.trim();
    const { state, queue } = JSON.parse((await call('show', later)).stdout);
    expect([state, queue]).toEqual(['NOT_STARTED', { priority: 0, labels: [], tries: 0, wake_at: expect.any(String) }]);
    expect(Date.parse(queue.wake_at) - Date.now()).toBeGreaterThan(60 * 60_000);
    expect((await call('show', later, '--format', 'human')).stdout).toContain(`begins ${queue.wake_at}`);

    const worked = await call('worker', '--until-idle');
    expect(worked.stdout).toBe(`${JSON.stringify({ run_id: soon, state: 'COMPLETE', exit_code: 0 })}\n`);
    expect(JSON.parse((await call('show', later)).stdout).state).toBe('NOT_STARTED');
    // A person need not wait.
    expect((await call('resume', later)).code).toBe(0);
  });

  test('when the lines of a batch are to begin later then each of them waits', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'sum.json': SUM, 'all.ndjson': '{"n":1}\n{"n":2}\n' });
    const year = new Date().getUTCFullYear() + 1;
    const flags = ['--batch', 'all.ndjson', '--at', `${year}-07-01 09:00`, '--zone', 'Europe/Berlin'];
    const batch = await portiaHere(['run-plan', 'sum.json', ...flags, '--json'], { cwd, env });
    const ids = batch.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).run_id);
    expect(ids).toHaveLength(2);
    for (const id of ids) {
      const run = JSON.parse((await portiaHere(['show', id], { cwd, env })).stdout);
      expect(run.queue.wake_at).toBe(`${year}-07-01T07:00:00.000Z`);
    }
  });
});

test('when a time cannot be used then it is said why, and nothing is kept', async () => {
  const cwd = makeProject({ 'sum.json': SUM });
  const refused = async (...flags: string[]) => {
    const args = ['run-plan', 'sum.json', '-i', 'n:=1', '--format', 'json', ...flags];
    const { code, stderr } = await portiaHere(args, { cwd });
    const { message, why, fix } = printedError(stderr);
    return `${code} ${message} ${why} ${fix}`;
  };
  expect(await refused('--at', 'soon')).toMatch(/^2 --at "soon" is not a time .*--at "in 2h"$/s);
  expect(await refused('--at', '2000-01-01T00:00Z')).toMatch(/^2 .*in the past: it is 20/);
  expect(await refused('--at', '9999-12-31T00:00Z')).toMatch(/^2 .*10 years at most/);
  expect(await refused('--at', '2000-01-01T00:00', '--zone', 'Europe/Berln')).toBe(
    '2 --zone "Europe/Berln" is not known. It takes the name of a time zone of the IANA list. --zone Europe/Berlin',
  );
  expect(await refused('--zone', 'UTC')).toMatch(/^2 --zone is for a time/);
  expect(await refused('--at', 'in 1h', '--deny', 'x')).toMatch(/^2 --deny does nothing with --at/);
  expect(await refused('--at', 'in 1h', '--store', 'memory:')).toMatch(/^2 The store memory: keeps nothing/);
  expect((await portiaHere(['list'], { cwd })).stdout).toBe('[]\n');
});
