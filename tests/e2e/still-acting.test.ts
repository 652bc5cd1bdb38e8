import { once } from 'node:events';

import { describe, expect, test, vi } from 'vitest';

import { freezeInCall, makeShop } from '../support/frozen-shop.js';
import { portiaHere } from '../support/portia-here.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { printedError, printedQuestions } from '../support/scenario.js';

const STORES: [name: string, address: () => Promise<string>, flags: string[]][] = [
  ['files', async () => 'file:', ['--take-over']],
];
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => `${(await newStoreUrl()).url}&lease=1s`, []]);

describe.each(STORES)('a call of a frozen process on %s', (_, address, flags) => {
  test('when another process has the run then it is said who may still make the call, and not_done is refused', async () => {
    const shop = await makeShop({ timeoutMs: 3_600_000 });
    const { cwd } = shop;
    const env = { PORTIA_STORE: await address() };
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const frozen = await freezeInCall(shop, env);
    const asked = await vi.waitFor(
      async () => {
        const resumed = await call('resume', 'last', '--approve', 'order', ...flags);
        expect(resumed.code).toBe(8);
        return resumed;
      },
      { timeout: 60_000 },
    );
    const [question = {}] = printedQuestions(asked.stderr).questions as Record<string, unknown>[];
    const { host, until } = question['still_acting'] as { host: string; until: string };
    expect(question['user_guidance']).toContain(
      `${host} may still be doing it until ${until}, and not_done is taken only then`,
    );
    const refused = await call('answer', 'last', 'outcome=not_done', '--json');
    expect([refused.code, printedError(refused.stderr)]).toMatchObject([
      2,
      { code: 'answer-refused', why: expect.stringContaining(`${host} may still make the call until ${until}`) },
    ]);
    const done = await call('resume', 'last', '--answer', 'outcome=happened=7', '--format', 'value');
    expect(done).toMatchObject({ code: 0, stdout: '7\n' });

    frozen.child.kill('SIGCONT');
    shop.answerAll();
    expect(await frozen.end).toMatchObject({ code: 7 });
    expect(JSON.parse((await call('verify', 'last')).stdout)).toMatchObject({ holds: true });
    expect(shop.keys).toHaveLength(1);
  });

  test('when the process was killed then it is known to have ended, and not_done is taken at once', async () => {
    const shop = await makeShop({ timeoutMs: 3_600_000 });
    const env = { PORTIA_STORE: await address() };
    const call = (...args: string[]) => portiaHere(args, { cwd: shop.cwd, env });
    const frozen = await freezeInCall(shop, env);
    frozen.child.kill('SIGKILL');
    await once(frozen.child, 'exit');
    const asked = await call('resume', 'last', '--approve', 'order');
    expect(asked.code).toBe(8);
    expect(printedQuestions(asked.stderr).questions[0]).not.toHaveProperty('still_acting');
    expect((await call('answer', 'last', 'outcome=not_done')).code).toBe(0);
  });
});
