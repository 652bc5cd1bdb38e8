import { readFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';

import type { ClarificationRequest } from '../../../src/domain/run/clarification.js';
import { numberIn, processesOfGroup, untilGroupIsGone } from '../../support/process-groups.js';
import { toolContext } from '../tool-context.js';
import { HostsAtWork, hostsOfOneTest } from './hosts-at-work.js';

// One for all tests that leave it usable: to start a process takes longer than most calls.
const hosts = new HostsAtWork();
beforeEach(() => {
  hosts.printed.length = 0;
});
afterAll(() => hosts.end());

/** Resolves once all hosts have printed a text that holds this. */
async function untilPrinted(text: string): Promise<void> {
  while (!hosts.printed.join('').includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a call in a process of its own', () => {
  test.each([
    ['ends the process', 'process.exit(3);', /ended its own process, with exit code 3/],
    ['ends it as if all were well', 'process.exit(0);', /ended its own process, with exit code 0/],
    ['kills it', 'process.kill(process.pid, "SIGKILL"); await new Promise(() => {});', /ended by SIGKILL/],
    ['aborts it', 'process.abort();', /ended by SIGABRT/],
    [
      'lets a promise reject',
      'Promise.reject(new Error("stray")); await new Promise(() => {});',
      /uncaught error.*stray/,
    ],
    [
      'throws later',
      'setTimeout(() => { throw new Error("late"); }, 5); await new Promise(() => {});',
      /uncaught error.*late/,
    ],
    ['rejects with nothing', 'Promise.reject(); await new Promise(() => {});', /uncaught error.*undefined/],
    [
      'has an error event that nobody hears',
      `const { EventEmitter } = require('node:events'); setTimeout(() => new EventEmitter().emit("error", new Error("unheard")), 1); await new Promise(() => {});`,
      /unheard/,
    ],
    ['closes its channel', 'process.disconnect(); await new Promise(() => {});', /ended/],
    [
      'answers with nonsense',
      'for (let id = 1000; id > 0; id -= 1) process.send({ type: "done", id, value: 7 }); await new Promise(() => {});',
      /not a result: 7/,
    ],
  ])('when the tool %s then that is the end of this call only, and the reason is told', async (_what, body, reason) => {
    const tool = await hosts.tool(`if (how === 'well') return 'fine'; ${body}`);
    await expect(hosts.call(tool)).rejects.toThrow(reason);
    expect(await hosts.call(tool, 'well')).toEqual({ kind: 'output', value: 'fine' });
  });

  test('when it throws after its call then the call is done, and the error is told', async () => {
    const tool = await hosts.tool(`setTimeout(() => { throw new Error('too late'); }, 50); return 'done';`);
    expect(await hosts.call(tool)).toEqual({ kind: 'output', value: 'done' });
    await untilGroupIsGone(hosts.groups.at(-1) ?? 0);
    // What it said on its way out may be read after its end.
    await vi.waitFor(() => expect(hosts.late).toEqual(['reading: too late']), 10_000);
    expect(await hosts.call(await hosts.tool(`return 'fine';`))).toEqual({ kind: 'output', value: 'fine' });
  });

  test.each([
    ['throws', `throw new Error('stray');`],
    ['lets a promise reject', `Promise.reject(new Error('stray'));`],
    ['rejects in an async function', `(async () => { await null; throw new Error('stray'); })();`],
    [
      'has an error event',
      `const { EventEmitter } = require('node:events'); new EventEmitter().emit('error', new Error('stray'));`,
    ],
    ['loses a socket', `require('node:net').connect({ path: '/stray' });`],
    ['has a broken worker', `new (require('node:worker_threads').Worker)('throw new Error("stray")', { eval: true });`],
  ])('when a call %s while the next one is made then that one is done, and is not blamed', async (_what, body) => {
    const own = hostsOfOneTest({ most: 1 });
    const read = await own.tool(`
      const { existsSync } = require('node:fs');
      const timer = setInterval(() => { if (existsSync('begun')) { clearInterval(timer); ${body} } }, 5);`);
    const once = await own.tool(
      `
      const { existsSync, writeFileSync } = require('node:fs');
      writeFileSync('begun', '');
      while (!existsSync('told')) await new Promise((r) => setTimeout(r, 5));
      return process.pid;`,
      'once',
    );
    await own.call(read);
    const next = own.call(once);
    await vi.waitFor(() => expect(own.late).toEqual([expect.stringMatching(/^reading: .*stray/)]), 10_000);
    own.put('told', '');
    expect(await next).toEqual({ kind: 'output', value: own.groups[0] });
    // Nobody else begins to work there.
    expect(await own.call(once)).toEqual({ kind: 'output', value: own.groups[1] });
  });

  test.each(['read', 'concurrent', 'once'] as const)(
    'when another process ends that of a call then the call is made again unless it may act twice: %s',
    async (kind) => {
      const own = hostsOfOneTest();
      const tool = await own.tool(
        `const { appendFileSync, readFileSync } = require('node:fs');
        appendFileSync('begun', process.pid + '\\n');
        if (readFileSync('begun', 'utf8').split('\\n').length === 2) await new Promise(() => {});
        return 'fine';`,
        kind,
      );
      const called = own.call(tool).catch((error: unknown) => error);
      process.kill(await numberIn(path.join(own.root, 'begun')), 'SIGTERM');
      if (kind === 'once') expect(await called).toEqual(new Error('its process was ended by SIGTERM'));
      else expect(await called).toEqual({ kind: 'output', value: 'fine' });
      expect(readFileSync(path.join(own.root, 'begun'), 'utf8').split('\n')).toHaveLength(kind === 'once' ? 2 : 3);
    },
  );

  test('when memory runs out then the reason says so', async () => {
    const own = hostsOfOneTest({ heapMegabytes: 40 });
    const tool = await own.tool(`
      const all = []; for (;;) all.push(new Array(100_000).fill(how + all.length));`);
    await expect(own.call(tool)).rejects.toThrow('its process ran out of memory');
  });

  test.each([
    ['loops for ever', `for (;;) {}`],
    ['waits for ever', `await new Promise(() => {});`],
    ['does not listen to SIGTERM', `process.on('SIGTERM', () => {}); for (;;) await new Promise(setImmediate);`],
  ])(
    'when the tool %s and its time is over then nothing of it is left, and the next call is made',
    async (_what, body) => {
      const tool = await hosts.tool(`
      if (how === 'well') return 'fine';
      require('node:child_process').spawn('sleep', ['60'], { stdio: 'ignore' });
      console.log('busy'); ${body}`);
      const controller = new AbortController();
      const calling = hosts.call(tool, '', { signal: controller.signal });
      await untilPrinted('busy');
      controller.abort(new Error('too late'));
      await expect(calling).rejects.toThrow('it did not end in time');
      await untilGroupIsGone(hosts.groups.at(-1) ?? 0);
      expect(await hosts.call(tool, 'well')).toEqual({ kind: 'output', value: 'fine' });
    },
  );

  test('when the tool listens to its signal then it can end by itself', async () => {
    const tool = await hosts.tool(`
      console.log('busy');
      return new Promise((resolve) => context.signal.addEventListener('abort', () => resolve(context.signal.reason.message)));`);
    const controller = new AbortController();
    const calling = hosts.call(tool, '', { signal: controller.signal });
    await untilPrinted('busy');
    controller.abort(new Error('enough'));
    expect(await calling).toEqual({ kind: 'output', value: 'enough' });
    const before = AbortSignal.abort(new Error('before'));
    await expect(hosts.call(tool, '', { signal: before })).rejects.toThrow('before');
  });

  test('when the time is over before the tool begins then it knows', async () => {
    const { tool, body } = await hosts.tool(`
      const { existsSync } = require('node:fs');
      if (how === 'first') setImmediate(() => { while (!existsSync('go-on')); });
      return context.signal.reason?.message ?? null;`);
    await hosts.call({ tool, body }, 'first');
    const turn = await tool.takeTurn?.(new AbortController().signal);
    // The host reads the call and its end at once.
    const signal = AbortSignal.abort(new Error('over'));
    const calling = turn?.run({ ...toolContext({ projectRoot: hosts.root }), signal }, { how: '', body });
    hosts.put('go-on', '');
    expect(await calling).toEqual({ kind: 'output', value: 'over' });
    turn?.end();
  });

  test('when the tool leaves timers, sockets and children open then they end with the host', async () => {
    const own = new HostsAtWork({ most: 1 });
    const tool = await own.tool(`
      const [{ spawn }, { createServer }, { Worker }] = await Promise.all(
        ['child_process', 'net', 'worker_threads'].map((name) => require('node:' + name)));
      setInterval(() => {}, 1000); createServer().listen(0); new Worker('setInterval(() => {}, 1000)', { eval: true });
      spawn('sleep', ['60']); return 'done';`);
    expect(await own.call(tool)).toEqual({ kind: 'output', value: 'done' });
    // It waits for every process of the group, the child included.
    await own.end();
    expect(own.groups.flatMap(processesOfGroup)).toEqual([]);
  });

  test.each([
    ['console.log', `console.log('to the console');`],
    ['process.stdout', `process.stdout.write('to stdout\\n');`],
    ['file 1', `const { writeSync } = require('node:fs'); writeSync(1, 'to file 1\\n');`],
    [
      'a child',
      `const { spawnSync } = require('node:child_process'); spawnSync('echo', ['to a child'], { stdio: 'inherit' });`,
    ],
    ['an ended stream', `process.stdout.end('to an end\\n');`],
    ['a closed file', `console.error('to be closed'); const { closeSync } = require('node:fs'); closeSync(1);`],
  ])('when the tool writes to %s then it is printed, and the next call works', async (what, body) => {
    const tool = await hosts.tool(`if (how === 'well') { console.log('well'); return 'fine'; } ${body} return 'done';`);
    expect(await hosts.call(tool)).toEqual({ kind: 'output', value: 'done' });
    expect(await hosts.call(tool, 'well')).toEqual({ kind: 'output', value: 'fine' });
    await untilPrinted('to ');
    await untilPrinted('well\n');
    expect(what).not.toBe('');
  });

  test('when the tool floods its output then it waits for whoever prints, and the result is whole', async () => {
    const tool = await hosts.tool(`
      for (let line = 0; line < 20_000; line += 1) process.stdout.write('\\u001b[31m' + 'x'.repeat(500) + '\\n');
      return 'done';`);
    expect(await hosts.call(tool)).toEqual({ kind: 'output', value: 'done' });
    const lines = () => hosts.printed.join('').split('\n').length - 1;
    while (lines() < 20_000) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(hosts.printed.join('').startsWith('\\u{1b}[31mxxx')).toBe(true);
  });

  test.each([
    ['ends its process', 'process.exit(3);'],
    ['breaks', 'process.abort();'],
  ])('when the tool prints much and then %s then nothing that it printed is lost', async (_what, end) => {
    const tool = await hosts.tool(`
      for (let line = 0; line < 4_000; line += 1) console.log('x'.repeat(500));
      console.error('the last line'); ${end}`);
    await expect(hosts.call(tool)).rejects.toThrow();
    await untilPrinted('the last line');
    const lines = () =>
      hosts.printed
        .join('')
        .split('\n')
        .filter((line) => line === 'x'.repeat(500)).length;
    while (lines() < 4_000) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('when the tool floods its progress then a part of it is told', async () => {
    const tool = await hosts.tool(`
      for (let done = 0; done < 200_000; done += 1) context.progress({ done, total: 200_000 });
      context.progress('the end'); return 'done';`);
    const told: unknown[] = [];
    await hosts.call(tool, '', { progress: (report) => void told.push(report) });
    expect(told[0]).toEqual({ done: 0, total: 200_000 });
    expect(told.length).toBeLessThan(1_000);
  });
});

describe('what a call gives', () => {
  test.each([
    ['a circle', 'const a = {}; a.self = a; return a;', /\/self is a cycle/],
    ['a BigInt', 'return { n: 12n };', /\/n is of type bigint/],
    ['a Map', 'return new Map([[1, 2]]);', /a Map/],
    ['a Buffer', 'return Buffer.from([1]);', /a Buffer/],
    ['a stream', 'return process.stdin;', /cannot be kept/],
    ['a getter that throws', 'return { get x() { throw new Error("no x"); } };', /no x/],
    ['nothing', 'return undefined;', /the value/],
  ])('when it is %s then the failure says what is wrong', async (_what, body, message) => {
    const tool = await hosts.tool(body);
    expect(await hosts.call(tool)).toMatchObject({ kind: 'failure', message: expect.stringMatching(message) });
  });

  test('when it has half a character then that is kept', async () => {
    const tool = await hosts.tool('return ["\\ud800", "\\u2028", "__proto__", { ["__proto__"]: 1 }];');
    const result = await hosts.call(tool);
    expect(JSON.stringify(result)).toBe('{"kind":"output","value":["\\ud800","\u2028","__proto__",{"__proto__":1}]}');
  });

  test('when it is large then it comes whole', async () => {
    const tool = await hosts.tool('return "x".repeat(8_000_000);');
    const result = await hosts.call(tool);
    expect(result.kind === 'output' && String(result.value).length).toBe(8_000_000);
  });

  test.each([
    ['an object', 'throw { message: "quota", status: 429 };', 'quota'],
    ['an object in an object', 'throw { error: { message: "quota" } };', 'quota'],
    ['nothing', 'throw undefined;', 'undefined was thrown'],
    [
      'an error with a cause',
      'throw new Error("call failed", { cause: new Error("refused") });',
      'call failed: refused',
    ],
    ['several errors', 'throw new AggregateError([new Error("one"), new Error("two")], "both");', 'both: one; two'],
    ['a long error', 'throw new Error("x".repeat(200_000) + "end");', 'end'],
    ['null', 'throw null;', 'null was thrown'],
    ['a circle of causes', 'const e = new Error("round"); e.cause = e; throw e;', 'round'],
    ['functions', 'throw Object.assign(new Error("with more"), { retry: () => {}, config: { f() {} } });', 'with more'],
    ['a message that is not a text', 'throw Object.assign(new Error(), { message: { reason: "odd" } });', 'odd'],
    ['a code alone', 'throw Object.assign(new Error(), { message: undefined, code: "EODD" });', 'EODD'],
    [
      'what cannot be looked at',
      'throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } });',
      'cannot be read',
    ],
  ])('when it throws %s then the text is told', async (_what, body, text) => {
    const tool = await hosts.tool(body);
    await expect(hosts.call(tool)).rejects.toThrow(text);
  });

  test.each([
    ['details are missing', 'code: "unavailable"', { message: 'imitated', name: 'Error' }],
    [
      'details are no texts',
      'code: "unavailable", details: { why: 5 }, fix: {}',
      { name: 'PortiaError', code: 'unavailable' },
    ],
    ['code is one of portia itself', 'code: "declined", details: {}', { message: 'imitated', name: 'Error' }],
    ['code does not exist', 'code: "odd", details: {}', { message: 'imitated', name: 'Error' }],
    ['code is not a text', 'code: {}, details: {}', { message: 'imitated', name: 'Error' }],
  ])('when it throws an error of portia whose %s then that decides nothing', async (_what, parts, error) => {
    const tool = await hosts.tool(`throw Object.assign(new Error('imitated'), { name: 'PortiaError', ${parts} });`);
    await expect(hosts.call(tool)).rejects.toMatchObject(error);
  });

  test('when what goes with a result is wrong then the result is kept without it', async () => {
    const tool = await hosts.tool(
      `return { kind: 'output', value: 1, summary: 5, warnings: 'careful', created: [5], more: true };`,
    );
    expect(await hosts.call(tool)).toEqual({ kind: 'output', value: 1 });
  });

  test('when what it reports is no progress then that is left out', async () => {
    const tool = await hosts.tool(`
      const circle = {}; circle.self = circle;
      for (const report of [{ done: 5n, total: NaN, message: 'so' }, circle, 7, null, () => 1, 'x'.repeat(5_000_000)]) {
        context.progress(report);
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      return 'done';`);
    const told: unknown[] = [];
    expect(await hosts.call(tool, '', { progress: (report) => void told.push(report) })).toMatchObject({
      value: 'done',
    });
    expect(told.slice(0, -1)).toEqual([{ message: 'so' }, {}, {}, {}, {}]);
    expect(String(told.at(-1)).length).toBeLessThanOrEqual(1_000);
  });

  test('when a tool that acts gives nothing then it is done', async () => {
    const tool = await hosts.tool('', 'once');
    expect(await hosts.call(tool)).toEqual({ kind: 'output', value: null });
  });

  test('when it asks then the questions come as they are', async () => {
    const question: ClarificationRequest = { category: 'Input', user_guidance: 'Whom?', argument_name: 'how' };
    const tool = await hosts.tool(`return { kind: 'clarifications', clarifications: [${JSON.stringify(question)}] };`);
    expect(await hosts.call(tool)).toEqual({ kind: 'clarifications', clarifications: [question] });
  });

  test('when the tool was made without defineTool then what it gives is looked at, too', async () => {
    hosts.put(
      'tool.mjs',
      `export const plain = { id: 'plain', name: 'Plain', description: 'By hand.', effect: 'read', source: 'module',
        inputSchema: () => ({ type: 'object' }), parseArguments: (args) => ({ ok: true, args }),
        run: async (_context, { how }) => how === 'map' ? { kind: 'output', value: new Map() } : how };`,
    );
    const tool = { tool: await hosts.firstTool('tool.mjs'), body: '' };
    expect(await hosts.call(tool, 'map')).toMatchObject({ kind: 'failure', message: expect.stringContaining('a Map') });
    await expect(hosts.call(tool, 'text')).rejects.toThrow('plain gave something that is not a result: "text"');
  });
});
