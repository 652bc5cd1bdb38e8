import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, inject, test } from 'vitest';

import { TABLES_VERSION } from '../../src/storage/postgres/migrations.js';
import { askServer } from '../support/ask-server.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia } from '../support/portia.js';
import { emptyStoreUrl, HAS_POSTGRES, newStoreUrl, ownTablesUrl } from '../support/postgres.js';
import { printedError, runPrinted } from '../support/scenario.js';
import { makeRunProject, RUN_PLAN, startUntil } from './gated-project.js';

const GREETING = {
  plan_context: { query: 'greet somebody', tool_ids: [] },
  steps: [
    { kind: 'user_input', message: 'What is your name?', output: '$name' },
    { kind: 'compute', expression: '"Hello " & $name', output: '$greeting' },
  ],
};

describe.runIf(HAS_POSTGRES)('on PostgreSQL', () => {
  test('when plans and runs are in a database then every command finds them there, and no folder is made', async () => {
    const { url } = emptyStoreUrl();
    const cwd = makeProject({ 'greet.json': GREETING });
    const env = { PORTIA_STORE: url };
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    expect(JSON.parse((await portia(['store', 'init'], { cwd, env })).stdout)).toMatchObject({
      from: 0,
      to: TABLES_VERSION,
    });
    expect((await call('store', 'migrate')).code).toBe(0);

    const paused = await portia(['run-plan', 'greet.json'], { cwd, env });
    expect(paused.code).toBe(8);
    const { id, plan_id: planId } = JSON.parse(paused.stdout);
    expect(JSON.parse((await call('list')).stdout)).toMatchObject([{ id, state: 'NEED_CLARIFICATION' }]);
    expect(JSON.parse((await call('list', 'plans')).stdout)).toMatchObject([{ id: planId }]);
    expect((await call('check', planId)).code).toBe(0);
    expect((await call('answer', id, 'name=Ann')).code).toBe(0);
    expect(await call('resume', id, '--format', 'value')).toMatchObject({ code: 0, stdout: 'Hello Ann\n' });
    expect(JSON.parse((await call('show', id)).stdout)).toMatchObject({ id, state: 'COMPLETE' });
    expect(await call('eval', '$uppercase($greeting)', '--run', id)).toMatchObject({ code: 0 });
    expect(JSON.parse((await call('verify', id)).stdout)).toMatchObject({ holds: true });
    expect(JSON.parse((await call('store', 'status')).stdout)).toMatchObject({
      tables: TABLES_VERSION,
      plans: 1,
      runs: 1,
    });
    expect((await call('rm', id, '--yes')).code).toBe(0);
    expect(JSON.parse((await call('list')).stdout)).toEqual([]);
    expect([existsSync(join(cwd, 'plans')), existsSync(join(cwd, 'runs'))]).toEqual([false, false]);
  });

  test('when the page about it is followed then it does what it says', async () => {
    const { url } = emptyStoreUrl();
    const cwd = makeProject();
    const blocks = readFileSync('docs/scale.md', 'utf8').matchAll(/```sh\n(.*?)```/gs);
    const [create, store, ...commands] = Array.from(blocks, ([, block = '']) => block.trim().split('\n')).flat();
    // The schema of the test stands for the new database.
    expect([create, store]).toEqual(['createdb agents', 'export PORTIA_STORE=postgres://localhost/agents']);
    const outputs = [];
    for (const command of commands) outputs.push(await runPrinted(command, { cwd, env: { PORTIA_STORE: url } }));
    expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(outputs[1]?.stdout).toBe('3\n');
    expect(JSON.parse(outputs[2]?.stdout ?? '')).toMatchObject([{ query: 'add 1 + 2', state: 'COMPLETE' }]);
  });

  test('when a process is killed in a call then another one on this machine asks or continues at once', async () => {
    const { url } = await newStoreUrl();
    const { folder: cwd, env: own, effects } = makeRunProject('gate_tool');
    const env = { ...own, PORTIA_STORE: url };
    const first = await startUntil(RUN_PLAN, { cwd, env }, { type: 'tool.started', path: '1' });
    const [{ id }] = JSON.parse((await portiaHere(['list'], { cwd, env })).stdout);
    const second = await portiaHere(['resume', id], { cwd, env });
    expect(second.code).toBe(7);
    expect(printedError(second.stderr)).toMatchObject({ message: expect.stringContaining(`Process ${first.pid}`) });
    first.kill('SIGKILL');
    await ended(first);
    writeFileSync(join(cwd, 'gate'), '');
    expect((await portiaHere(['resume', id, '--approve', 'log_tool'], { cwd, env })).code).toBe(0);
    expect(effects().filter((line) => line !== 'waiting')).toEqual(['one', 'three']);
  });

  test('when a store cannot be used then it is said why, with the right exit code and without its password', async () => {
    const { url, schema } = emptyStoreUrl();
    const secret = (address: string) => {
      const changed = new URL(address);
      changed.password = 'hunter-2-hunter';
      return changed.href;
    };
    const nowhere = new URL(secret(url));
    nowhere.port = '1';
    const noDatabase = new URL(secret(url));
    noDatabase.pathname = '/no_such_database';
    const cwd = makeProject();
    const listAt = async (store: string) => {
      const called = await portiaHere(['list', '--store', store, '--format', 'json'], { cwd });
      expect(called.stdout + called.stderr).not.toContain('hunter-2-hunter');
      return [called.code, printedError(called.stderr)] as const;
    };
    expect(await listAt(secret(url))).toMatchObject([
      10,
      { code: 'storage-failed', fix: expect.stringMatching(/^portia --store '.*' store init$/) },
    ]);
    expect(await listAt(nowhere.href)).toMatchObject([3, { code: 'store-unreachable', retryable: true }]);
    expect(await listAt(noDatabase.href)).toMatchObject([10, { fix: expect.stringContaining(' store init') }]);
    expect(await listAt('postgres://user:hunter-2-hunter@[bad/x')).toMatchObject([2, { code: 'invalid-settings' }]);
    const at = (parameters: string) => `${secret(url)}&${parameters}`;
    expect(await listAt(at('sslmode=nonsense'))).toMatchObject([2, { code: 'invalid-settings' }]);
    expect(await listAt(at('shcema=other'))).toMatchObject([2, { fix: expect.stringContaining('schema=') }]);
    expect(await listAt(at('lease=forever'))).toMatchObject([2, { why: expect.stringContaining('1s to 1h') }]);
    expect(await listAt(at('schema=other'))).toMatchObject([2, { code: 'invalid-settings' }]);
    expect(await listAt(at('sslmode=verify-full'))).toMatchObject([10, { why: expect.stringContaining('SSL') }]);
    expect(await listAt(at('sslmode=verify-full&sslrootcert=/nowhere'))).toMatchObject([
      10,
      { fix: expect.stringContaining('sslrootcert') },
    ]);
    expect(await listAt('mysql://user:hunter-2-hunter@host/x')).toMatchObject([2, { code: 'invalid-settings' }]);
    expect((await portiaHere(['store', 'init'], { cwd, env: { PORTIA_STORE: url } })).code).toBe(0);
    await askServer(inject('postgres'), `insert into ${schema}.migrations (number) values (99)`);
    expect(await listAt(secret(url))).toMatchObject([2, { code: 'newer-version' }]);
  });

  test('when a newer portia has changed the tables so that this one can work with them then it does', async () => {
    const { url, schema } = await ownTablesUrl();
    const cwd = makeProject({ 'greet.json': GREETING });
    const call = (...args: string[]) => portiaHere(args, { cwd, env: { PORTIA_STORE: url } });
    const ask = (statement: string) => askServer(inject('postgres'), statement);
    await ask(`alter table ${schema}.runs add column colour text`);
    await ask(`insert into ${schema}.migrations (number, works_from) values (99, ${TABLES_VERSION})`);
    const { stdout, code } = await call('run-plan', 'greet.json');
    expect(code).toBe(8);
    const { id } = JSON.parse(stdout);
    expect((await call('answer', id, 'name=Ann')).code).toBe(0);
    expect(await call('resume', id, '--format', 'value')).toMatchObject({ code: 0, stdout: 'Hello Ann\n' });
    expect(JSON.parse((await call('store', 'migrate')).stdout)).toMatchObject({ from: 99, to: 99 });
    await ask(`insert into ${schema}.migrations (number, works_from) values (100, ${TABLES_VERSION + 1})`);
    expect(await call('list')).toMatchObject({ code: 2, stderr: expect.stringContaining('newer portia') });
  });

  test('when a project names a store then it is used only once the project is trusted', async () => {
    const { url } = await newStoreUrl();
    const cwd = makeProject({ 'portia.json': { store: url }, 'greet.json': GREETING });
    const untrusted = await portiaHere(['list'], { cwd, env: { PORTIA_TRUST_PROJECT: '' } });
    expect(untrusted.stderr).toContain('store');
    expect((await portiaHere(['run-plan', 'greet.json'], { cwd })).code).toBe(8);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
    expect(JSON.parse((await portiaHere(['list'], { cwd })).stdout)).toHaveLength(1);
  });
});
