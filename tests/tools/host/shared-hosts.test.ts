import { describe, expect, test, vi } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { limitTime } from '../../../src/timing/limit.js';
import { toolContext } from '../tool-context.js';
import { hostsOfOneTest, type HostsAtWork, type TalkingTool } from './hosts-at-work.js';

/** Functions for the bodies of tools. */
const HELPERS = `const { appendFileSync, existsSync, readFileSync } = require('node:fs');
  const until = async (file) => { while (!existsSync(file)) await new Promise((r) => setTimeout(r, 5)); };
  const begin = (file) => appendFileSync(file, process.pid + '\\n');
  const times = (file) => readFileSync(file, 'utf8').trim().split('\\n').length;`;

/** A concurrent tool: its call `bad` does this once the call `good` has begun, which waits for ever the first time. */
function badTool(own: HostsAtWork, bad: string): Promise<TalkingTool> {
  return own.tool(
    `${HELPERS}
    if (how === 'good') {
      begin('good');
      if (times('good') === 1) await until('never');
      return process.pid;
    }
    begin('bad');
    await until('good');
    ${bad}`,
    'concurrent',
  );
}

/** A call with a time of its own, as a step makes it. */
async function callInTime(own: HostsAtWork, { tool, body }: TalkingTool, { how, ms }: { how: string; ms: number }) {
  const { signal } = new AbortController();
  const turn = await tool.takeTurn?.(signal);
  if (turn === undefined) throw new Error('the tool has no turns');
  const limit = limitTime(signal, ms, { begunAt: turn.begunAt });
  try {
    return await limit.race(turn.run(toolContext({ projectRoot: own.root, signal: limit.signal }), { how, body }));
  } finally {
    limit.clear();
    turn.end();
  }
}

const linesOf = (own: HostsAtWork, name: string) => readFileSync(path.join(own.root, name), 'utf8').trim().split('\n');

describe('calls of a concurrent tool', () => {
  test('when they overlap then one process does them all', async () => {
    const own = hostsOfOneTest({ most: 12 });
    const tool = await own.tool(
      `${HELPERS} begin('begun'); while (times('begun') < 10) await new Promise((r) => setTimeout(r, 5)); return [how, process.pid];`,
      'concurrent',
    );
    const names = Array.from({ length: 10 }, (_, index) => `${index}`);
    const parsed = await Promise.all(names.map(async (how) => tool.tool.parseArguments({ how })));
    expect(parsed.every(({ ok }) => ok)).toBe(true);
    const given = await Promise.all(names.map((how) => own.call(tool, how)));
    expect(given).toEqual(names.map((how) => ({ kind: 'output', value: [how, own.groups[0]] })));
    expect(own.groups.length).toBe(1);
  });

  test('when they ask and report then each gets its own answer, and its own reports are told', async () => {
    const own = hostsOfOneTest();
    const tool = await own.tool(
      `${HELPERS} begin('begun'); while (times('begun') < 2) await new Promise((r) => setTimeout(r, 5));
      context.progress('at ' + how);
      const first = await context.environment.askModel({ text: how }, context.signal);
      return first + (await context.environment.askModel({ text: first }, context.signal));`,
      'concurrent',
    );
    const reports: unknown[] = [];
    const call = async (how: string) =>
      own.call(tool, how, {
        askModel: async ({ text }) => `${how}${text}`,
        progress: (report) => void reports.push([how, report]),
      });
    expect(await Promise.all([call('a'), call('b')])).toEqual([
      { kind: 'output', value: 'aaaaa' },
      { kind: 'output', value: 'bbbbb' },
    ]);
    expect(reports).toEqual(
      expect.arrayContaining([
        ['a', 'at a'],
        ['b', 'at b'],
      ]),
    );
    expect(reports.length).toBe(2);
  });

  test('when another tool of the module is not concurrent then its calls have processes of their own', async () => {
    const own = hostsOfOneTest({ most: 3 });
    const body = `${HELPERS} begin('begun'); while (times('begun') < 4) await new Promise((r) => setTimeout(r, 5)); return process.pid;`;
    const [shared, alone] = [await own.tool(body, 'concurrent'), await own.tool(body)];
    const given = await Promise.all([shared, shared, alone, alone].map((tool) => own.call(tool)));
    const [one, two, three, four] = given.map((result) => result.kind === 'output' && result.value);
    expect(one).toBe(two);
    expect(new Set([one, three, four]).size).toBe(3);
  });

  test('when there may be one process then a call that wants it alone has its turn', async () => {
    const own = hostsOfOneTest({ most: 1 });
    const slow = await own.tool(`${HELPERS} begin('begun'); await until('go'); return process.pid;`, 'concurrent');
    const quick = await own.tool(`${HELPERS} begin('order'); return null;`, 'concurrent');
    const alone = await own.tool(`${HELPERS} appendFileSync('order', 'alone\\n'); return null;`);
    const first = [own.call(slow), own.call(slow)];
    await vi.waitFor(() => expect(linesOf(own, 'begun').length).toBe(2), 10_000);
    const waiting = own.call(alone);
    // Those that come later do not go before it.
    const later = [own.call(quick), own.call(quick)];
    own.put('go', '');
    await Promise.all([...first, waiting, ...later]);
    expect(linesOf(own, 'order')).toEqual(['alone', `${own.groups[0]}`, `${own.groups[0]}`]);
    expect(own.groups.length).toBe(1);
  });
});

describe('a bad call in a shared process', () => {
  test.each([
    ['ends the process', 'process.exit(3);', /ended its own process, with exit code 3/],
    ['ends it as if all were well', 'process.exit(0);', /ended its own process, with exit code 0/],
    ['kills it', 'process.kill(process.pid, "SIGKILL"); await until("never");', /ended by SIGKILL/],
    ['lets a promise reject', 'Promise.reject(new Error("stray")); await until("never");', /uncaught error.*stray/],
    [
      'throws out of band',
      'setTimeout(() => { throw new Error("late"); }, 5); await until("never");',
      /uncaught error.*late/,
    ],
    ['closes its channel', 'process.disconnect(); await until("never");', /ended/],
    [
      'fills the memory',
      'const all = []; for (;;) all.push(new Array(100_000).fill(how + all.length));',
      /out of memory/,
    ],
  ])('when it %s then the others are made again apart, and only it is blamed', async (_what, bad, reason) => {
    const own = hostsOfOneTest({ heapMegabytes: 60 });
    const tool = await badTool(own, bad);
    const [blamed, good] = await Promise.allSettled([own.call(tool, 'bad'), own.call(tool, 'good')]);
    expect(blamed).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(reason) } });
    const processes = [...linesOf(own, 'good'), ...linesOf(own, 'bad')];
    // Once each in the first process, once each in one of its own.
    expect(processes.length).toBe(4);
    expect(new Set(processes).size).toBe(3);
    expect(good).toEqual({ status: 'fulfilled', value: { kind: 'output', value: Number(processes[1]) } });
  });

  test('when it computes for ever then the others are made again apart, and only its time is over', async () => {
    const own = hostsOfOneTest();
    const tool = await badTool(own, 'for (;;);');
    // Shorter than the time in which it is noticed.
    const times = { ms: 1_000 };
    const [late, good] = await Promise.allSettled([
      callInTime(own, tool, { how: 'bad', ...times }),
      callInTime(own, tool, { how: 'good', ...times }),
    ]);
    expect(late).toMatchObject({ status: 'rejected', reason: { name: 'TimeoutError' } });
    expect(good).toEqual({ status: 'fulfilled', value: { kind: 'output', value: Number(linesOf(own, 'good')[1]) } });
    expect(new Set([...linesOf(own, 'good'), ...linesOf(own, 'bad')]).size).toBe(3);
  });

  test('when it computes for ever then that is noticed before its time is over', async () => {
    const own = hostsOfOneTest();
    const tool = await badTool(own, 'if (times("bad") === 1) for (;;); return "well";');
    expect(await Promise.all([own.call(tool, 'bad'), own.call(tool, 'good')])).toEqual([
      { kind: 'output', value: 'well' },
      { kind: 'output', value: Number(linesOf(own, 'good')[1]) },
    ]);
  });

  test('when it waits for ever then only its time is over', async () => {
    const own = hostsOfOneTest();
    const tool = await badTool(own, 'await until("never");');
    const good = own.call(tool, 'good');
    await expect(callInTime(own, tool, { how: 'bad', ms: 300 })).rejects.toMatchObject({ name: 'TimeoutError' });
    // A second later its process is ended.
    expect(await good).toEqual({ kind: 'output', value: Number(linesOf(own, 'good')[1]) });
    expect(linesOf(own, 'bad').length).toBe(1);
  });

  test('when it is told to end and does then the others stay where they are', async () => {
    const own = hostsOfOneTest();
    const tool = await own.tool(
      `${HELPERS} begin('begun');
      if (how === 'good') { await until('go'); return process.pid; }
      return new Promise((resolve) => context.signal.addEventListener('abort', () => resolve('ended')));`,
      'concurrent',
    );
    const controller = new AbortController();
    const calls = [own.call(tool, 'bad', { signal: controller.signal }), own.call(tool, 'good')];
    await vi.waitFor(() => expect(linesOf(own, 'begun').length).toBe(2), 10_000);
    controller.abort(new Error('enough'));
    expect(await calls[0]).toEqual({ kind: 'output', value: 'ended' });
    own.put('go', '');
    expect(await calls[1]).toEqual({ kind: 'output', value: own.groups[0] });
    expect(linesOf(own, 'begun').length).toBe(2);
  });

  test('when it changes what they share then what the others gave there does not count', async () => {
    const own = hostsOfOneTest();
    const tool = await own.tool(
      `${HELPERS}
      if (how === 'good') { begin('good'); if (times('good') === 1) await until('changed'); return [1, 2].map(String); }
      await until('good');
      Array.prototype.map = () => 'spoilt'; appendFileSync('changed', '');
      return 'well';`,
      'concurrent',
    );
    expect(await Promise.all([own.call(tool, 'bad'), own.call(tool, 'good')])).toEqual([
      { kind: 'output', value: 'well' },
      { kind: 'output', value: ['1', '2'] },
    ]);
  });

  test('when it leaves an error behind then a call that runs meanwhile is done, and is not blamed', async () => {
    const own = hostsOfOneTest();
    const tool = await own.tool(
      `${HELPERS}
      if (how === 'good') { begin('good'); await until('told'); return 'well'; }
      await until('good');
      setTimeout(() => { throw new Error('stray'); }, 20);
      return 'done';`,
      'concurrent',
    );
    const calls = [own.call(tool, 'bad'), own.call(tool, 'good')];
    expect(await calls[0]).toEqual({ kind: 'output', value: 'done' });
    await vi.waitFor(() => expect(own.late).toEqual(['sharing: stray']), 10_000);
    own.put('told', '');
    expect(await calls[1]).toEqual({ kind: 'output', value: 'well' });
  });

  test('when it floods its output and its reports then what the others give and report is whole', async () => {
    const own = hostsOfOneTest();
    const tool = await own.tool(
      `${HELPERS}
      if (how === 'good') { begin('good'); context.progress('half'); await until('flooded'); return 'x'.repeat(1_000_000); }
      await until('good');
      for (let line = 0; line < 20_000; line += 1) { console.log('flood '.repeat(20)); context.progress(String(line)); }
      appendFileSync('flooded', '');
      return 'y'.repeat(1_000_000);`,
      'concurrent',
    );
    const reports: unknown[] = [];
    const progress = (report: unknown) => void reports.push(report);
    expect(await Promise.all([own.call(tool, 'bad'), own.call(tool, 'good', { progress })])).toEqual([
      { kind: 'output', value: 'y'.repeat(1_000_000) },
      { kind: 'output', value: 'x'.repeat(1_000_000) },
    ]);
    expect(new Set(reports)).toEqual(new Set(['half']));
  });

  test('when its result is too large then that is its own failure', async () => {
    const own = hostsOfOneTest();
    const tool = await badTool(own, `begin('large'); return 2n ** 70n;`);
    const good = await own.tool(`${HELPERS} begin('good'); await until('large'); return process.pid;`, 'concurrent');
    expect(await Promise.all([own.call(tool, 'bad'), own.call(good)])).toEqual([
      expect.objectContaining({ kind: 'failure', message: expect.stringContaining('cannot be kept') }),
      { kind: 'output', value: own.groups[0] },
    ]);
  });
});

test('when a tool that acts says by hand that it is concurrent then its calls share no process', async () => {
  const own = hostsOfOneTest();
  own.put(
    'by-hand.mjs',
    `const { existsSync, appendFileSync, readFileSync } = await import('node:fs');
    export const tool = { id: 'by_hand', name: 'By hand', description: 'Made by hand.', effect: 'once', concurrent: true,
      source: 'module', inputSchema: () => ({ type: 'object' }), parseArguments: (args) => ({ ok: true, args }),
      run: async () => {
        appendFileSync('begun', 'x'); while (readFileSync('begun', 'utf8').length < 2) await new Promise((r) => setTimeout(r, 5));
        return { kind: 'output', value: process.pid };
      } };`,
  );
  const tool = { tool: await own.firstTool('by-hand.mjs'), body: '' };
  const given = await Promise.all([own.call(tool), own.call(tool)]);
  expect(given[0]).not.toEqual(given[1]);
});
