import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';

const compute = { kind: 'compute', expression: '1 + 2', output: '$three' };
const FILES = {
  'plain.json': { plan_context: { query: 'add', tool_ids: [] }, steps: [compute] },
  'ask.json': {
    plan_context: { query: 'ask', tool_ids: [] },
    steps: [{ kind: 'user_input', message: 'Who?', output: '$who' }],
  },
  'outer.json': {
    plan_context: { query: 'outer', tool_ids: [] },
    steps: [
      { kind: 'plan', plan: { plan_context: { query: 'inner', tool_ids: [] }, steps: [compute] }, output: '$in' },
    ],
  },
};

/** Runs of each sort in a store; those that have ended are deleted, and nothing else. */
async function prune(env: Record<string, string>): Promise<void> {
  const cwd = makeProject(FILES);
  const call = (...args: string[]) => portiaHere([...args, '--json'], { cwd, env });
  const idOf = async (...args: string[]): Promise<string> => JSON.parse((await call('run-plan', ...args)).stdout).id;
  const asking = await idOf('ask.json');
  const queued = await idOf('plain.json', '--queue');
  const ended = [await idOf('plain.json', '--key', 'order-7'), await idOf('outer.json')].toReversed();
  const status = async () => JSON.parse((await call('store', 'status')).stdout);
  const before = await status();
  expect(before.runs).toBe(5);

  const old = await call('store', 'prune', '--older', '90d');
  expect([old.code, JSON.parse(old.stdout)]).toMatchObject([0, { removed: false, runs: [] }]);
  const listed = await call('store', 'prune', '--older', '1ms');
  expect([listed.code, JSON.parse(listed.stdout)]).toMatchObject([0, { removed: false, runs: ended }]);
  expect(await status()).toEqual(before);

  const pruned = await call('store', 'prune', '--older', '1ms', '--yes');
  expect([pruned.code, JSON.parse(pruned.stdout)]).toMatchObject([0, { removed: true, runs: ended }]);
  expect(await status()).toMatchObject({ runs: 2, plans: before.plans });
  const left = JSON.parse((await call('list')).stdout);
  expect(left.map(({ id }: { id: string }) => id).sort()).toEqual([asking, queued].sort());
  expect(ended).not.toContain(await idOf('plain.json', '--key', 'order-7'));
}

describe('portia store prune', () => {
  test('when runs ended long ago then they are listed, and deleted with --yes, and all others stay', async () => {
    await prune({});
  });

  test.runIf(HAS_POSTGRES)('when they are in a database then it is the same', async () => {
    await prune({ PORTIA_STORE: (await newStoreUrl()).url });
  });

  test('when no age is given, or one that is not understood, then nothing is deleted', async () => {
    const cwd = makeProject();
    for (const args of [[], ['--yes'], ['--older', '90'], ['--older', 'soon', '--yes']]) {
      const { code, stdout } = await portiaHere(['store', 'prune', ...args], { cwd });
      expect([args, code, stdout]).toEqual([args, 2, '']);
    }
  });
});
