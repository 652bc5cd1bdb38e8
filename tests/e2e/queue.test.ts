import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { expectError } from '../support/printed-error.js';
import { makeToolProject } from '../support/tool-project.js';

const ASK = {
  plan_context: { query: 'ask', tool_ids: [] },
  steps: [{ kind: 'user_input', message: 'What is your name?', output: '$name' }],
};

const RUNS = 5;
const TOOL = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTool } from 'portia';
import * as z from 'zod';

export const tools = [defineTool({
  id: 'slow_tool', name: 'Slow', description: 'Takes its time.', effect: 'once', args: z.object({}),
  async run({ environment }) {
    const mark = (text) => appendFileSync(join(environment.projectRoot, 'marks'), text + '\\n');
    mark('begin');
    await sleep(60);
    mark('end');
    return 1;
  },
})];
`;
const SLOW = {
  'portia.json': { tools: { modules: ['./tools/*.mjs'] }, limits: { per_plan: 1 } },
  'plan.json': {
    plan_context: { query: 'slowly', tool_ids: ['slow_tool'] },
    steps: [{ kind: 'tool', tool_id: 'slow_tool', args: {}, output: '$done' }],
  },
  'lines.ndjson': '{}\n'.repeat(RUNS),
};

const STORES: [name: string, address: () => Promise<string>][] = [['files', async () => 'file:']];
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => (await newStoreUrl()).url]);

/** A project whose commands are called in short. */
async function queueProject(address: () => Promise<string>, files: Record<string, string | object> = {}) {
  const env = { PORTIA_STORE: await address() };
  const cwd = makeProject({ 'ask.json': ASK, ...files });
  const call = (...args: string[]) => portiaHere(args, { cwd, env });
  return {
    cwd,
    call,
    submit: async (plan: string, ...flags: string[]) =>
      (await call('run-plan', plan, '--queue', '--format', 'value', ...flags)).stdout.trim(),
    queue: async () => JSON.parse((await call('queue')).stdout),
  };
}

describe.each(STORES)('the queue on %s', (_, address) => {
  test('when runs wait for a worker or a person then each is listed with why and what helps', async () => {
    const { call, submit, queue } = await queueProject(address);
    const asking = await submit('ask.json', '--label', 'day');
    await call('worker', '--until-idle');
    const waiting = await submit('ask.json', '--priority', '7');
    expect(await queue()).toMatchObject([
      { id: waiting, standing: 'waits', why: 'for a worker that is free', priority: 7, next: 'portia worker' },
      {
        id: asking,
        standing: 'parked',
        for: 'question',
        why: '1 open question',
        labels: ['day'],
        next: `portia show ${asking}`,
      },
    ]);
    expect((await call('queue', '--format', 'human')).stdout).toContain('waits');
  });

  test('when a label is paused then workers leave its runs until it is continued', async () => {
    const { call, submit, queue } = await queueProject(address);
    const night = await submit('ask.json', '--label', 'night', '--priority', '1');
    const day = await submit('ask.json');
    const { pauses } = JSON.parse((await call('queue', 'pause', '--label', 'night')).stdout);
    expect(pauses).toEqual([{ label: 'night', since: expect.any(String) }]);
    expect((await call('worker', '--until-idle')).stdout).toContain(day);
    const held = { id: night, standing: 'waits', for: 'pause', why: 'the label night is paused' };
    expect((await queue()).slice(0, 1)).toMatchObject([{ ...held, next: 'portia queue continue --label night' }]);
    expect((await call('queue', '--format', 'human')).stdout).toContain('The label night is paused since');
    expect(JSON.parse((await call('queue', 'continue', '--label', 'night')).stdout)).toEqual({ pauses: [] });
    expect((await call('worker', '--until-idle')).stdout).toContain(night);
    expect((await call('queue', 'continue')).stderr).toContain('The queue was not paused.');
  });

  test('when several workers share a limit then they do not exceed it together', async () => {
    const { cwd, env } = { cwd: makeToolProject(TOOL, SLOW), env: { PORTIA_STORE: await address() } };
    await portiaHere(['run-plan', 'plan.json', '--batch', 'lines.ndjson', '--queue'], { cwd, env });
    const work = () => ended(startPortia(['worker', '--until-idle', '--approve', 'slow_tool'], { cwd, env }));
    const ends = await Promise.all([work(), work(), work()]);
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([0, 0, 0].map((code) => [code, '']));
    // A worker that found the limit reached has ended; nothing is left all the same.
    await portiaHere(['worker', '--until-idle', '--approve', 'slow_tool'], { cwd, env });
    const marks = readFileSync(join(cwd, 'marks'), 'utf8').trim().split('\n');
    expect(marks).toEqual(Array.from({ length: RUNS }, () => ['begin', 'end']).flat());
  });

  test('when a tool has changed then runs that wait continue after a person accepted it for all of them', async () => {
    const { cwd, env } = { cwd: makeToolProject(TOOL, SLOW), env: { PORTIA_STORE: await address() } };
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const submit = () => call('run-plan', 'plan.json', '--queue', '--format', 'value');
    const ids = [(await submit()).stdout.trim(), (await submit()).stdout.trim()];
    appendFileSync(join(cwd, 'tools/tools.mjs'), '// changed\n');
    const later = (await submit()).stdout.trim();
    const work = async () => {
      const { stdout } = await call('worker', '--until-idle', '--approve', 'slow_tool');
      const lines = stdout.trim().split('\n');
      return lines.map((line): string => JSON.parse(line).run_id);
    };
    expect(await work()).toEqual([later]);
    const stuck = { standing: 'waits', for: 'tools', changed: ['slow_tool'], missing: [] };
    const next = 'portia queue accept-changed slow_tool';
    expect(JSON.parse((await call('queue')).stdout)).toMatchObject(ids.map((id) => ({ id, ...stuck, next })));
    const accepted = await call('queue', 'accept-changed', 'slow_tool');
    expect(JSON.parse(accepted.stdout)).toEqual({ tool: 'slow_tool', accepted: ids });
    expect(JSON.parse((await call('queue', 'accept-changed', 'slow_tool')).stdout)).toMatchObject({ accepted: [] });
    expect((await work()).toSorted()).toEqual(ids.toSorted());
    const { stdout } = await call('verify', ids[0] ?? '', '--format', 'human');
    expect(stdout).toContain('slow_tool (tools/tools.mjs): accepted as it was changed');
  });

  test('when a worker lacks a tool then its run waits for one that has it, and is not tried again and again', async () => {
    const { cwd, env } = { cwd: makeToolProject(TOOL, SLOW), env: { PORTIA_STORE: await address() } };
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const id = (await call('run-plan', 'plan.json', '--queue', '--format', 'value')).stdout.trim();
    const before = readFileSync(join(cwd, 'tools/tools.mjs'), 'utf8');
    writeFileSync(join(cwd, 'tools/tools.mjs'), before.replace('slow_tool', 'other_tool'));
    const lacking = await call('worker', '--until-idle');
    expect(lacking.stderr.match(/The\s+tool\s+slow_tool\s+is\s+not\s+here/g)).toHaveLength(1);
    const [listed] = JSON.parse((await call('queue')).stdout);
    expect(listed).toMatchObject({ id, standing: 'waits', for: 'tools', missing: ['slow_tool'], next: null });
    expect(listed.why).toContain('no worker has its tools');
    writeFileSync(join(cwd, 'tools/tools.mjs'), before);
    const disabled = { tools: { modules: ['./tools/*.mjs'], disable: ['slow_tool'] } };
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify(disabled));
    expect((await call('worker', '--until-idle')).stdout).toBe('');
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify(SLOW['portia.json']));
    expect((await call('worker', '--until-idle', '--approve', 'slow_tool')).stdout).toContain('"COMPLETE"');
  });

  test('when a worker takes certain tools only then it leaves runs whose plans call others', async () => {
    const { cwd, env } = {
      cwd: makeToolProject(TOOL, { ...SLOW, 'ask.json': ASK }),
      env: { PORTIA_STORE: await address() },
    };
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const slow = [await call('run-plan', 'plan.json', '--queue', '--format', 'value')];
    slow.push(await call('run-plan', 'plan.json', '--queue', '--format', 'value'));
    const ask = (await call('run-plan', 'ask.json', '--queue', '--format', 'value')).stdout.trim();
    const work = async (glob: string) =>
      (await call('worker', '--until-idle', '--approve', '*', '--tools', glob)).stdout.trim().split('\n');
    expect((await work('*sql*')).map((line): string => JSON.parse(line).run_id)).toEqual([ask]);
    const ids = (await work('slow_*')).map((line): string => JSON.parse(line).run_id);
    expect(ids.toSorted()).toEqual(slow.map(({ stdout }) => stdout.trim()).toSorted());
  });

  test('when a batch is left to workers then the ids of its runs are its values', async () => {
    const { call } = await queueProject(address, { 'two.ndjson': '{}\n{}\n' });
    const batch = await call('run-plan', 'ask.json', '--batch', 'two.ndjson', '--queue', '--format', 'value');
    const ids = batch.stdout.trim().split('\n');
    const listed: { id: string }[] = JSON.parse((await call('list')).stdout);
    expect(ids.toSorted()).toEqual(listed.map(({ id }) => id).toSorted());
  });
});

test('when the action is misspelt then the nearest one is named', async () => {
  const { fix } = expectError(await portiaHere(['queue', 'lists'], { cwd: makeProject() }), { code: 'usage', exit: 2 });
  expect(fix).toBe('portia queue list');
});
