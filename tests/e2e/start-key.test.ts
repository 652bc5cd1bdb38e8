import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { onlyRun, printedError } from '../support/scenario.js';
import { makeRunProject, RUN_PLAN, startUntil } from './gated-project.js';

const KEYED = [...RUN_PLAN, '--key', 'nightly 2024/05'];
const runsIn = (cwd: string) => readdirSync(join(cwd, 'runs')).filter((name) => name.endsWith('.json'));

test('when a start is repeated with its key then nothing is done twice, and a killed one continues', async () => {
  const { folder: cwd, env, effects } = makeRunProject('gate_tool');
  const first = await startUntil(KEYED, { cwd, env }, { type: 'tool.started', path: '1' });
  const second = await portiaHere(KEYED, { cwd, env });
  expect(second.code).toBe(7);
  expect(printedError(second.stderr)).toMatchObject({ message: expect.stringContaining(`Process ${first.pid}`) });
  first.kill('SIGKILL');
  await ended(first);
  writeFileSync(join(cwd, 'gate'), '');
  const third = await portiaHere(KEYED, { cwd, env });
  expect(third.code).toBe(0);
  expect(await portiaHere(KEYED, { cwd, env })).toMatchObject({ code: 0, stdout: third.stdout });
  expect(runsIn(cwd)).toHaveLength(1);
  expect(effects().filter((line) => line !== 'waiting')).toEqual(['one', 'three']);
  expect((await portiaHere(['rm', onlyRun(cwd).id, '--yes'], { cwd, env })).code).toBe(0);
  expect(readdirSync(join(cwd, 'runs/keys'))).toEqual([]);
  expect((await portiaHere(KEYED, { cwd, env })).code).toBe(0);
  expect(effects().filter((line) => line !== 'waiting')).toEqual(['one', 'three', 'one', 'three']);
});

test('when several processes start with one key at once then there is one run', async () => {
  const { folder: cwd, env, effects } = makeRunProject('gate_tool');
  writeFileSync(join(cwd, 'gate'), '');
  const rivals = Array.from({ length: 4 }, () => startPortia(KEYED, { cwd, env }));
  const codes = (await Promise.all(rivals.map((child) => ended(child, '')))).map(({ code }) => code);
  expect(codes).toContain(0);
  expect(codes.filter((code) => code !== 0 && code !== 7)).toEqual([]);
  expect(runsIn(cwd)).toHaveLength(1);
  expect(effects().filter((line) => line !== 'waiting')).toEqual(['one', 'three']);
});

test('when a key comes with something else then that is refused, naming the run', async () => {
  const plan = (expression: string) =>
    JSON.stringify({
      plan_context: { query: 'double', tool_ids: [] },
      plan_inputs: [{ name: '$n' }],
      steps: [{ kind: 'compute', expression, output: '$r' }],
    });
  const cwd = makeProject();
  writeFileSync(join(cwd, 'plan.json'), plan('$n * 2'));
  writeFileSync(join(cwd, 'other.json'), plan('$n * 3'));
  const start = (file: string, n: string, ...more: string[]) =>
    portiaHere(['run-plan', file, '-i', `n:=${n}`, '--key', 'k', ...more], { cwd });
  expect((await start('plan.json', '1')).code).toBe(0);
  const { id } = onlyRun(cwd);
  for (const [file, n, why] of [
    ['plan.json', '2', 'other inputs'],
    ['other.json', '1', 'another plan'],
  ] as const) {
    const refused = await start(file, n);
    expect(refused.code).toBe(2);
    expect(printedError(refused.stderr)['message']).toMatch(new RegExp(`${id}.*${why}`));
  }
  expect((await portiaHere(['run-plan', 'plan.json', '--key', ' '], { cwd })).code).toBe(2);
  writeFileSync(join(cwd, 'lines'), '{}\n');
  expect((await portiaHere(['run-plan', 'plan.json', '--batch', 'lines', '--key', 'b'], { cwd })).code).toBe(2);
  expect(runsIn(cwd)).toHaveLength(1);
});

test('when a request comes again with its key then it is not planned again', async () => {
  const cwd = makeProject();
  const start = (query: string) => portiaHere(['run', query, '--yes', '--key', 'k'], { cwd });
  const first = await start('add 1 + 2');
  expect(first.code).toBe(0);
  expect(await start('add 1 + 2')).toMatchObject({ code: 0, stdout: first.stdout });
  expect(readdirSync(join(cwd, 'plans'))).toHaveLength(1);
  expect((await start('add 1 + 3')).code).toBe(2);
  expect(readdirSync(join(cwd, 'plans'))).toHaveLength(1);
});
