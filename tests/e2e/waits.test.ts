import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { loggedRunIds, readEvents } from '../support/scenario.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { expectError } from '../support/printed-error.js';

const remind = (keys: object) => ({
  plan_context: { query: 'remind', tool_ids: [] },
  steps: [
    { kind: 'wait', ...keys, output: '$due' },
    { kind: 'compute', expression: "'due at ' & $due", output: '$said' },
  ],
});
const ship = {
  plan_context: { query: 'ship once it is paid', tool_ids: [] },
  plan_inputs: [{ name: '$order' }],
  steps: [
    { kind: 'wait_for', event: 'payment', key: '{{ $order }}', output: '$paid' },
    { kind: 'compute', expression: "$order & ': ' & $string($paid)", output: '$said' },
  ],
};
const FAR = '2999-01-01T00:00:00.000Z';

const STORES: [name: string, address: () => Promise<string>][] = [['files', async () => 'file:']];
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => (await newStoreUrl()).url]);

describe.each(STORES)('waits on %s', (_, address) => {
  test('when a time is far then the run is saved with exit 3, and resume and wait say until when', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'far.json': remind({ until: FAR }) });
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const saved = await call('run-plan', 'far.json');
    const { id, ...run } = JSON.parse(saved.stdout);
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'time', wake_at: FAR } });
    const error = expectError(saved, { code: 'unavailable', exit: 3 });
    expect(error).toMatchObject({ message: `The run waits until ${FAR}, and is saved.`, retryable: true });
    expect(error.fix).toBe(`portia resume ${id}   # then, unless a worker does`);
    expectError(await call('resume', id), { code: 'unavailable', exit: 3 });
    expect((await call('worker', '--until-idle')).stdout).toBe('');
    expectError(await call('wait', id, '--timeout', '1ms'), { code: 'timed-out', exit: 3 });
    expect((await call('show', id, '--format', 'human')).stdout).toContain(`waiting: until ${FAR}`);
    expect(JSON.parse((await call('run-plan', 'far.json', '--dry-run')).stdout)).toMatchObject({ state: 'COMPLETE' });
  });

  test('when an event is told then a run that waits for it continues with its data, and says before how to tell', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'ship.json': ship });
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const saved = await call('run-plan', 'ship.json', '-i', 'order=A 7', '--wait', '1ms');
    const { id, pause } = JSON.parse(saved.stdout);
    expect(pause).toMatchObject({ reason: 'signal', waits_for: { event: 'payment', key: 'A 7' } });
    const error = expectError(saved, { code: 'signal-needed', exit: 8 });
    const commands = [
      "portia signal payment --key 'A 7' --data JSON",
      `portia resume ${id}   # then, unless a worker does`,
    ];
    expect(error).toMatchObject({
      message: 'The run waits for payment (A 7), and is saved.',
      fix: commands.join('\n'),
    });
    expect(JSON.parse((await call('queue')).stdout)).toMatchObject([{ standing: 'parked', for: 'event' }]);
    expect((await call('list', '--format', 'human')).stdout).toContain('IN_PROGRESS (waiting)');
    expect((await call('wait', id)).code).toBe(8);
    expect((await call('worker', '--until-idle')).stdout).toBe('');

    const told = await call('signal', 'payment', '--key', 'A 7', '--data', '{"amount": 12}');
    expect(JSON.parse(told.stdout)).toMatchObject({ event: 'payment', key: 'A 7', waiting: [id] });
    expect((await call('signal', 'payment', '--key', 'B', '--data', '1', '--format', 'human')).stdout).toBe(
      'Kept: payment (B). No run waits for it yet; one that does within 7 days gets it.\n',
    );
    expect((await call('worker', '--until-idle')).stdout).toBe(`{"run_id":"${id}","state":"COMPLETE","exit_code":0}\n`);
    expect((await call('wait', id, '--format', 'value')).stdout).toBe('A 7: {"amount":12}\n');
    expect((await call('run-plan', 'ship.json', '-i', 'order=B', '--format', 'value')).stdout).toBe('B: 1\n');
  });

  test('when what is due is resumed then it is what waited for a past time or a told event, and nothing else', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({
      'far.json': remind({ until: FAR }),
      'soon.json': remind({ for: '1500ms' }),
      'ship.json': ship,
    });
    const call = (...args: string[]) => portiaHere(args, { cwd, env });
    const start = async (...args: string[]) => JSON.parse((await call('run-plan', ...args, '--wait', '1ms')).stdout);
    await start('far.json');
    await start('ship.json', '-i', 'order=B');
    const { id: soon, pause } = await start('soon.json');
    const { id: paid } = await start('ship.json', '-i', 'order=A');
    await call('signal', 'payment', '--key', 'A', '--data', '5');
    await sleep(Date.parse(pause.wake_at) - Date.now() + 50);
    const due = await call('resume', '--due');
    const lines = due.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ run_id: id, state }) => [id, state]).toSorted()).toEqual([
      [soon, 'COMPLETE'],
      [paid, 'COMPLETE'],
    ]);
    expect([due.code, due.stderr]).toEqual([0, '']);
    expect(await call('resume', '--due')).toMatchObject({ code: 0, stdout: '' });
    expectError(await call('resume', '--due', soon), { code: 'usage', exit: 2 });
    expectError(await call('resume', '--due', '--answer', 'x=1'), { code: 'usage', exit: 2 });
  });

  test('when the time of a run has come then a worker continues it, whoever started it', async () => {
    const env = { PORTIA_STORE: await address() };
    const cwd = makeProject({ 'soon.json': remind({ for: '800ms' }) });
    const worker = startPortia(['worker'], { cwd, env });
    const saved = await portiaHere(['run-plan', 'soon.json', '--wait', '1ms'], { cwd, env });
    const { id, pause } = JSON.parse(saved.stdout);
    expect([saved.code, pause.reason]).toEqual([3, 'time']);
    expect(await portiaHere(['wait', id, '--format', 'value'], { cwd, env })).toMatchObject({
      code: 0,
      stdout: `due at ${pause.wake_at}\n`,
    });
    worker.kill('SIGTERM');
    expect((await ended(worker)).stdout).toBe(`{"run_id":"${id}","state":"COMPLETE","exit_code":0}\n`);
  });
});

test('when a process is killed while it waits then a new one waits for the same, and gets what was told meanwhile', async () => {
  const cwd = makeProject({ 'ship.json': ship });
  const child = startPortia(['run-plan', 'ship.json', '-i', 'order=7', '--format', 'ndjson'], { cwd });
  await new Promise<void>((resolve) => {
    let text = '';
    child.stdout?.on('data', (data) => {
      text += String(data);
      if (text.includes('"wait.started"')) resolve();
    });
  });
  child.kill('SIGKILL');
  await ended(child);
  const [id = ''] = loggedRunIds(cwd);
  expect((await portiaHere(['signal', 'payment', '--key', '7', '--data', '{"amount": 12}'], { cwd })).code).toBe(0);
  expect(await portiaHere(['resume', id, '--format', 'value'], { cwd })).toMatchObject({
    code: 0,
    stdout: '7: {"amount":12}\n',
  });
  const types = readEvents(cwd, id).map(({ type }) => type);
  expect(types.filter((type) => type === 'wait.started' || type === 'signal.received')).toEqual([
    ...['wait.started', 'signal.received'],
  ]);
});

test('when a plan cannot say until when then check says how', async () => {
  const cwd = makeProject({
    'both.json': remind({ until: FAR, for: '2d' }),
    'none.json': remind({}),
    'zone.json': remind({ until: '2999-01-01T00:00:00' }),
    'long.json': remind({ for: 'two days' }),
    'less.json': remind({ for: '-2d' }),
  });
  const problem = async (file: string) => {
    const { code, stdout } = await portiaHere(['check', file], { cwd });
    const [{ rule, pointer, message }] = JSON.parse(stdout).problems;
    return [code, rule, pointer, message];
  };
  expect(await problem('both.json')).toEqual([
    ...[2, 'wait-time', '/steps/0', 'It says twice until when: by until and by for.'],
  ]);
  expect(await problem('none.json')).toEqual([2, 'wait-time', '/steps/0', 'Nothing says until when.']);
  expect(await problem('zone.json')).toEqual([
    ...[2, 'wait-time', '/steps/0/until', '"2999-01-01T00:00:00" is not a time with its zone.'],
  ]);
  expect(await problem('long.json')).toEqual([2, 'wait-time', '/steps/0/for', '"two days" is not a duration.']);
  expect(await problem('less.json')).toEqual([2, 'wait-time', '/steps/0/for', '"-2d" is not a duration.']);
});

test('when a signal could reach no run then it is refused with what is wrong', async () => {
  const cwd = makeProject({ 'big.json': JSON.stringify('x'.repeat(1_000_000)) });
  const refused = async (code: string, ...args: string[]) =>
    expectError(await portiaHere(['signal', ...args], { cwd }), { code, exit: 2 }).message;
  expect(await refused('usage', '')).toBe('The event has no name.');
  expect(await refused('usage', 'paid', '--key', 'a\u202eb')).toBe(
    'The key of an event has no invisible characters; this is a\\u{202e}b.',
  );
  expect(await refused('usage', 'a\nb')).toBe('The name of an event has no control characters.');
  expect(await refused('usage', 'e', '--key', 'x'.repeat(201))).toMatch(/at most 200 characters; this has 201/);
  expect(await refused('usage', 'e', '--data', '@big.json')).toBe('The data of the signal has 1000002 bytes.');
  expect(await refused('usage', 'e', '--data', '')).toBe('--data is empty.');
  expect(await refused('invalid-input', 'e', '--data', '{amount: 12')).toMatch(/not valid JSON/);
});

test('when the file of a signal is damaged then the run that it is for says so, and the others continue', async () => {
  const cwd = makeProject({ 'ship.json': ship });
  const call = (...args: string[]) => portiaHere(args, { cwd });
  const begin = async (order: string) =>
    JSON.parse((await call('run-plan', 'ship.json', '-i', `order=${order}`, '--wait', '1ms')).stdout).id;
  const [first, second] = [await begin('A'), await begin('B')];
  await call('signal', 'payment', '--key', 'A');
  const signals = join(cwd, 'runs/signals');
  const [file = ''] = readdirSync(signals, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  writeFileSync(join(signals, file), '{');
  await call('signal', 'payment', '--key', 'B');
  expect((await call('queue')).code).toBe(0);
  const { stdout } = await call('worker', '--until-idle');
  expect(stdout).toContain(`{"run_id":"${first}","state":"FAILED","exit_code":1`);
  expect(stdout).toContain(`{"run_id":"${second}","state":"COMPLETE","exit_code":0}`);
  const { error } = JSON.parse((await call('show', first, '--json')).stdout);
  expect(error).toMatchObject({ code: 'unreadable', message: expect.stringContaining(file) });
});
