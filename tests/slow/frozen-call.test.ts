import { describe, expect, test, vi } from 'vitest';

import { freezeInCall, makeShop } from '../support/frozen-shop.js';
import { portiaHere } from '../support/portia-here.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { printedQuestions } from '../support/scenario.js';

const TIMEOUT_MS = 4_000;

describe.runIf(HAS_POSTGRES)('a process that is frozen for longer than its call can take', () => {
  test('when somebody says after that time that nothing was done then the call is made with the same key', async () => {
    const shop = await makeShop({ timeoutMs: TIMEOUT_MS });
    const env = { PORTIA_STORE: `${(await newStoreUrl()).url}&lease=10s` };
    const call = (...args: string[]) => portiaHere(args, { cwd: shop.cwd, env });
    const frozen = await freezeInCall(shop, env);
    const asked = await vi.waitFor(
      async () => {
        const resumed = await call('resume', 'last', '--approve', 'order');
        expect(resumed.code).toBe(8);
        return resumed;
      },
      { timeout: 120_000 },
    );
    // On a machine that is so slow that the time is over by now, nothing is said of it.
    const still = printedQuestions(asked.stderr).questions[0]?.['still_acting'];
    await vi.waitFor(async () => expect((await call('answer', 'last', 'outcome=not_done')).code).toBe(0), {
      timeout: 120_000,
    });
    if (still !== undefined) expect(Date.now()).toBeGreaterThanOrEqual(Date.parse((still as { until: string }).until));

    const worked = call('resume', 'last', '--format', 'value');
    await vi.waitFor(() => expect(shop.keys).toHaveLength(2), { timeout: 60_000 });
    shop.answerAll();
    expect(await worked).toMatchObject({ code: 0, stdout: '7\n' });
    frozen.child.kill('SIGCONT');
    expect(await frozen.end).toMatchObject({ code: 7 });
    // Nobody can keep the first order from having reached the shop. What protects is that both have one key.
    expect(new Set(shop.keys).size).toBe(1);
    expect(JSON.parse((await call('verify', 'last')).stdout)).toMatchObject({ holds: true });
  });
});
