import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

import { PortiaError } from '../../../src/domain/errors.js';
import { numberIn, processesOfGroup } from '../../support/process-groups.js';
import type { Tool } from '../../../src/tools/tool.js';
import { toolContext } from '../tool-context.js';
import { HostsAtWork, hostsOfOneTest, moduleOf } from './hosts-at-work.js';

// One for all tests that leave it usable: to start a process takes longer than most calls.
const hosts = new HostsAtWork();
afterAll(() => hosts.end());

let definitions = 0;

/** A tool that does nothing but what its definition says. */
async function defined(definition: string): Promise<Tool> {
  definitions += 1;
  hosts.put(`defined-${definitions}.mjs`, moduleOf('', definition));
  return hosts.firstTool(`defined-${definitions}.mjs`);
}

describe('what a tool is given', () => {
  test('when it is called then it knows the call, and its arguments are those that were completed', async () => {
    const tool = await hosts.tool(
      `const { environment, signal, progress, setEndUserData, ...own } = context; return { own, how, folder: process.cwd(), setting: environment.setting('speaking', 'words') };`,
    );
    expect(await tool.tool.parseArguments({})).toEqual({ ok: true, args: { how: '', body: '' } });
    expect(await tool.tool.parseArguments({ how: 3 })).toMatchObject({ ok: false, problems: [{ argument: 'how' }] });
    expect(await hosts.call(tool, 'so', { facts: { a: 1 } })).toEqual({
      kind: 'output',
      value: {
        own: {
          runId: null,
          stepPath: '0',
          endUserId: 'portia:default_user',
          endUser: { id: 'portia:default_user', additionalData: {} },
          answers: [],
          idempotencyKey: 'key',
          facts: { a: 1 },
        },
        how: 'so',
        folder: hosts.root,
        setting: 3,
      },
    });
  });

  test('when it asks the model then it gets the reply', async () => {
    const tool = await hosts.tool(`return context.environment.askModel({ text: 'hello ' + how }, context.signal);`);
    const askModel = async ({ text }: { text: string }) => `${text}!`;
    expect(await hosts.call(tool, 'you', { askModel })).toEqual({ kind: 'output', value: 'hello you!' });
  });

  test('when the model cannot be asked then the error that comes back is the same', async () => {
    const tool = await hosts.tool(`
      if (how === 'caught') return context.environment.askModel({ text: '' }, context.signal).catch((e) => e.message);
      return context.environment.askModel({ text: '' }, context.signal);`);
    const error = new PortiaError('no-model', 'No model is set.');
    const askModel = async () => Promise.reject(error);
    await expect(hosts.call(tool, '', { askModel })).rejects.toBe(error);
    expect(await hosts.call(tool, 'caught', { askModel })).toEqual({ kind: 'output', value: 'No model is set.' });
  });

  test('when it gives up its question then the model is not asked any more', async () => {
    const tool = await hosts.tool(`
      const controller = new AbortController();
      const asked = context.environment.askModel({ text: '' }, controller.signal);
      controller.abort(new Error('never mind'));
      return asked.catch((error) => error.message);`);
    let dropped = (): void => undefined;
    const isDropped = new Promise<void>((resolve) => (dropped = resolve));
    const askModel = async (_prompt: unknown, signal: AbortSignal) => {
      signal.addEventListener('abort', dropped);
      return new Promise<string>(() => undefined);
    };
    expect(await hosts.call(tool, '', { askModel })).toEqual({ kind: 'output', value: 'never mind' });
    await isDropped;
  });

  test('when it looks before a call then it may ask what is named', async () => {
    const tool = await defined(
      `effect: 'idempotent', inspect: async ({ how }, look) => ({ consent: 'ask', facts: { how, made: [...look.created] },
        note: (await look.isNamed(how)) ? 'it is named' : 'it is not named', mustAsk: true }),`,
    );
    const environment = { projectRoot: hosts.root } as never;
    const look = { environment, created: new Set(['/made']), isNamed: async (file: string) => file === 'a.txt' };
    expect(await tool.inspect?.({ how: 'a.txt' }, look)).toEqual({
      consent: 'ask',
      facts: { how: 'a.txt', made: ['/made'] },
      note: 'it is named',
      mustAsk: true,
    });
  });

  test('when it is not ready then it says why', async () => {
    const tool = await defined(
      `effect: 'read', ready: (_e, args) => args?.how ? { ready: true } : { ready: false, why: 'no how', fix: 'give it' },`,
    );
    expect(await tool.readiness?.({} as never)).toEqual({ ready: false, why: 'no how', fix: 'give it' });
    expect(await tool.readiness?.({} as never, { how: 'so' })).toEqual({ ready: true });
  });
});

describe('variables of the environment', () => {
  const VARIABLES = { DEPLOY_TOKEN: 'abc', OTHER: 'def', NODE_OPTIONS: '' };

  test('when a tool names one then it has it, also while its module is loaded in the processes of its calls', async () => {
    const own = hostsOfOneTest({ variables: VARIABLES });
    own.put(
      'tool.mjs',
      moduleOf(
        'return [process.env.DEPLOY_TOKEN, context.environment.variable("DEPLOY_TOKEN"), AT_LOAD];',
        `effect: 'read', env: ['DEPLOY_TOKEN'],`,
      ) + 'const AT_LOAD = process.env.DEPLOY_TOKEN;',
    );
    const tool = await own.firstTool('tool.mjs');
    expect(await own.call({ tool, body: '' })).toEqual({ kind: 'output', value: ['abc', 'abc', 'abc'] });
    expect(tool.env).toEqual(['DEPLOY_TOKEN']);
  });

  test('when a tool reads others then it does not have them, and each is told once', async () => {
    const own = hostsOfOneTest({ variables: VARIABLES });
    const tool = await own.tool(`
      return [process.env.OTHER, context.environment.variable('OTHER'), process.env.UNKNOWN, process.env.NODE_OPTIONS, typeof process.env.PATH].map((v) => v ?? null);`);
    expect(await own.call(tool)).toEqual({ kind: 'output', value: [null, null, null, null, 'string'] });
    expect(own.read).toEqual(['OTHER']);
  });
});

describe('several calls', () => {
  test('when they are made one after the other then one process does them, and module state lasts', async () => {
    const own = hostsOfOneTest();
    const tool = await own.tool(
      'globalThis.calls = (globalThis.calls ?? 0) + 1; return [process.pid, globalThis.calls];',
    );
    const first = await own.call(tool);
    const second = await own.call(tool);
    const pid = own.groups[0];
    expect([first, second]).toEqual([
      { kind: 'output', value: [pid, 1] },
      { kind: 'output', value: [pid, 2] },
    ]);
  });

  test('when they overlap then each has a process of its own, up to the limit', async () => {
    const tool = await hosts.tool(`
      const { existsSync, writeFileSync } = require('node:fs');
      writeFileSync('at-' + how, ''); while (!existsSync('at-1') || !existsSync('at-2')) await new Promise((r) => setTimeout(r, 5));
      return process.pid;`);
    const results = await Promise.all(['1', '2'].map((how) => hosts.call(tool, how)));
    const pids = results.map((result) => result.kind === 'output' && result.value);
    expect(new Set(pids).size).toBe(2);
  });

  test('when there may be one process then calls are made in turn', async () => {
    const own = hostsOfOneTest({ most: 1 });
    const tool = await own.tool(`
      const { appendFileSync } = require('node:fs');
      appendFileSync('order', '('); await new Promise((r) => setTimeout(r, 5)); appendFileSync('order', ')'); return null;`);
    await Promise.all(Array.from({ length: 5 }, () => own.call(tool)));
    expect(readFileSync(path.join(own.root, 'order'), 'utf8')).toBe('()()()()()');
    expect(own.groups.length).toBe(1);
  });

  test('when a call had to be ended then the same tool is not called before nothing of it is left', async () => {
    const tool = await hosts.tool(`
      const { appendFileSync, writeFileSync } = require('node:fs');
      if (how === 'well') { appendFileSync('beats', 'next'); return 'fine'; }
      process.on('SIGTERM', () => {}); writeFileSync('pid', process.pid + '\\n');
      for (;;) { appendFileSync('beats', '.'); await new Promise((r) => setTimeout(r, 1)); }`);
    const controller = new AbortController();
    const { signal } = controller;
    const turn = await tool.tool.takeTurn?.(signal);
    const { body } = tool;
    const calling = turn?.run({ ...toolContext({ projectRoot: hosts.root }), signal }, { how: '', body });
    const group = await numberIn(path.join(hosts.root, 'pid'));
    controller.abort(new Error('too late'));
    // Whoever called does not wait for it.
    turn?.end();
    const after = hosts.call(tool, 'well');
    await expect(calling).rejects.toThrow();
    await after;
    expect(processesOfGroup(group)).toEqual([]);
    expect(readFileSync(path.join(hosts.root, 'beats'), 'utf8').endsWith('next')).toBe(true);
  });

  test.each([
    ['throws', `throw new Error('late');`],
    ['exits', 'process.exit(3);'],
  ])('when a host %s before it hears of a call then another one makes the call', async (_what, end) => {
    const own = hostsOfOneTest({ most: 1 });
    const tool = await own.tool(
      `
      const { existsSync } = require('node:fs');
      if (how === 'first') setImmediate(() => { while (!existsSync('go')); ${end} });
      return process.pid;`,
      'once',
    );
    await own.call(tool, 'first');
    const { signal } = new AbortController();
    const turn = await tool.tool.takeTurn?.(signal);
    // It is sent now, to a process that reads nothing any more.
    const calling = turn?.run({ ...toolContext({ projectRoot: own.root }), signal }, { how: '', body: tool.body });
    own.put('go', '');
    const made = await calling;
    turn?.end();
    expect(made).toEqual({ kind: 'output', value: own.groups.at(-1) });
    expect(own.groups.length).toBe(2);
  });

  test('when the module changes meanwhile then another process does not run what nobody agreed to', async () => {
    const own = hostsOfOneTest();
    own.put('tool.mjs', moduleOf(`if (how === 'end') process.exit(); return 'before';`));
    const tool = { tool: await own.firstTool('tool.mjs'), body: '' };
    own.put('tool.mjs', moduleOf(`(await import('node:fs')).writeFileSync('acted', ''); return 'after';`));
    expect(await own.call(tool)).toEqual({ kind: 'output', value: 'before' });
    await expect(own.call(tool, 'end')).rejects.toThrow();
    await expect(own.call(tool)).rejects.toMatchObject({ code: 'stale' });
    expect(existsSync(path.join(own.root, 'acted'))).toBe(false);
  });
});
