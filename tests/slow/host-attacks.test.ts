import { expect, test } from 'vitest';

import { hostsOfOneTest } from '../tools/host/hosts-at-work.js';

test('when a call leaves an endless loop behind then the next one is made in another process', async () => {
  const own = hostsOfOneTest({ most: 1 });
  const tool = await own.tool(`if (how === 'leave') setImmediate(() => { for (;;); }); return process.pid;`);
  await own.call(tool, 'leave');
  expect(await tool.tool.parseArguments({ how: 'well' })).toMatchObject({ ok: true });
  expect(await own.call(tool)).toEqual({ kind: 'output', value: own.groups[1] });
});
