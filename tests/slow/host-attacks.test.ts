import { expect, test } from 'vitest';

import { hostsOfOneTest } from '../tools/host/hosts-at-work.js';

test('when a call leaves an endless loop behind then the next one is made in another process', async () => {
  const own = hostsOfOneTest({ most: 1 });
  const tool = await own.tool(`if (how === 'leave') setImmediate(() => { for (;;); }); return process.pid;`);
  await own.call(tool, 'leave');
  expect(await tool.tool.parseArguments({ how: 'well' })).toMatchObject({ ok: true });
  expect(await own.call(tool)).toEqual({ kind: 'output', value: own.groups[1] });
});

test('when a result is longer than a text can be then its call has failed, and is not repeated', async () => {
  const own = hostsOfOneTest();
  const tool = await own.tool(`return ['x', 'y'].map((letter) => letter.repeat(300_000_000));`, 'once');
  expect(await own.call(tool)).toEqual({
    kind: 'failure',
    message:
      'The tool acting gave a result that is too large: pass on a part of it, or write it to a file and pass on its name.',
    retryable: false,
  });
  expect(await own.call(await own.tool(`return 'fine';`))).toEqual({ kind: 'output', value: 'fine' });
});
