import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import { addPlan, makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, playModel } from '../support/scenario.js';

const step = (tool_id: string, args: object, output: string) => ({ kind: 'tool', tool_id, args, output });
const read = step('file_reader_tool', { filename: 'orders.txt' }, '$orders');
const say = (task: string) => ({ kind: 'llm', task, inputs: [{ name: '$orders' }], output: '$said' });
const plan = addPlan({ steps: [read, say('Say it.')] });

/** A project with one run, whose model and file are gone. */
async function recorded(): Promise<{ cwd: string; id: string }> {
  const model = await playModel([{ reply: { text: 'two orders' } }]);
  const cwd = makeExampleProject({ 'orders.json': plan, 'louder.json': addPlan({ steps: [read, say('Shout it.')] }) });
  writeFileSync(join(cwd, 'orders.txt'), 'apples, pears');
  const env = model.environment;
  expect(await portiaHere(['run-plan', 'orders.json'], { cwd, env })).toMatchObject({ code: 0 });
  writeFileSync(join(cwd, 'orders.txt'), 'something else');
  return { cwd, id: onlyRun(cwd).id };
}

test('when a run is replayed then nothing outside is touched, and it is the same', async () => {
  const { cwd, id } = await recorded();
  const before = readFileSync(join(cwd, `runs/${id}.json`), 'utf8');
  const result = await portiaHere(['replay', 'last', '--format', 'human'], { cwd });
  expect(result).toMatchObject({ code: 0, stdout: `${id}  same · 2 calls played, 0 made\n` });
  expect(readFileSync(join(cwd, `runs/${id}.json`), 'utf8')).toBe(before);
});

test('when a run is driven then its log says with what: version, limits, the model that was served, and files that were read', async () => {
  const { cwd, id } = await recorded();
  const lines = readFileSync(join(cwd, `runs/${id}/events.ndjson`), 'utf8')
    .trimEnd()
    .split('\n');
  const events: RunEvent[] = lines.map((line) => JSON.parse(line));
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const digest = createHash('sha256').update('apples, pears').digest('hex');
  expect(events).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({
        type: 'run.started',
        setup: { version, jobs: expect.any(Number), large_output_tokens: expect.any(Number) },
      }),
      expect.objectContaining({ type: 'model.finished', served: expect.stringMatching(/^gpt-/) }),
      expect.objectContaining({
        type: 'tool.finished',
        outcome: expect.objectContaining({ read: [{ file: 'orders.txt', digest }] }),
      }),
    ]),
  );
});

test('when another plan is played then the call that changed is named, with its words, and the exit code is 1', async () => {
  const { cwd, id } = await recorded();
  const result = await portiaHere(['replay', id, '--plan', 'louder.json', '--format', 'human'], { cwd });
  expect(result.code).toBe(1);
  expect(result.stdout.replace(/plan-[\w-]+/, 'PLAN')).toBe(`${id}  differs · 1 call played, 0 made
  ~ step 2  call changed: openai/gpt-4.1-mini
      Not as recorded: task; as recorded: inputs.
      - Task: Say it.
      + Task: Shout it.
  To record it anew: portia run-plan PLAN
`);
  const json = await portiaHere(['replay', id, '--plan', 'louder.json'], { cwd });
  expect(JSON.parse(json.stdout)).toMatchObject({
    run: id,
    same: false,
    differences: [{ kind: 'call changed', step: '1', at: '1/1/1', parts: ['task'] }],
  });
});

test('when its plan was changed since then the run is not played, and the exit code is 6', async () => {
  const { cwd, id } = await recorded();
  const { plan_id: planId } = onlyRun(cwd);
  const file = join(cwd, `plans/${planId}.json`);
  writeFileSync(file, readFileSync(file, 'utf8').replace('Say it.', 'Sing it.'));
  const result = await portiaHere(['replay', id], { cwd });
  const error = expectError(result, { code: 'stale', exit: 6 });
  expect(error.fix).toContain(`portia replay ${id} --plan plans/${planId}.json`);
  const onPurpose = await portiaHere(['replay', id, '--plan', `plans/${planId}.json`], { cwd });
  expect(onPurpose.code).toBe(1);
});

test('when exported runs are in a folder then one command plays them all, and says which cannot be read', async () => {
  const { cwd } = await recorded();
  mkdirSync(join(cwd, 'kept'));
  expect((await portiaHere(['export', 'last', '-o', 'kept/one.ndjson'], { cwd })).code).toBe(0);
  const text = readFileSync(join(cwd, 'kept/one.ndjson'), 'utf8');
  const whole = await portiaHere(['replay', 'kept', 'last', '--format', 'human'], { cwd });
  expect(whole).toMatchObject({ code: 0, stdout: expect.stringContaining('2 runs: 2 same, 0 differ') });
  writeFileSync(join(cwd, 'kept/cut.ndjson'), text.slice(0, text.length / 2));
  const cut = await portiaHere(['replay', 'kept', '--format', 'human'], { cwd });
  expect(cut).toMatchObject({ code: 2, stdout: expect.stringContaining('kept/one.ndjson  same') });
  expect(cut.stderr).toContain('kept/cut.ndjson was not played.');
});

test('when it stops before a step then that is named by path, name or output; a step that never came is refused', async () => {
  const { cwd, id } = await recorded();
  const stopped = await portiaHere(['replay', id, '--until', '$said', '--format', 'human'], { cwd });
  expect(stopped).toMatchObject({ code: 0, stdout: `${id}  same · 1 call played, 0 made, until step 2\n` });
  const error = expectError(await portiaHere(['replay', id, '--until', '7'], { cwd }), { code: 'usage', exit: 2 });
  expect(error.message).toBe(`${id} never came to the step 7.`);
});

test.each([
  ['a folder without runs', ['replay', 'empty'], 'There is no exported run in empty.'],
  ['a run that is not there', ['replay', 'prun-00000000-0000-7000-8000-000000000000'], 'There is no run'],
  ['a file that is no run', ['replay', 'orders.json'], 'orders.json'],
])('when %s is named then it is refused with exit 2', async (_what, args, message) => {
  const cwd = makeExampleProject({ 'orders.json': plan });
  mkdirSync(join(cwd, 'empty'));
  const result = await portiaHere(args, { cwd });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(message);
});

test('when an expression is evaluated over a run as it was before a step then later outputs are not there', async () => {
  const { cwd, id } = await recorded();
  const ask = async (until: string[]) =>
    portiaHere(['eval', '[$orders, $exists($said)]', '--run', id, ...until], { cwd });
  expect(JSON.parse((await ask(['--until', '$said'])).stdout)).toEqual(['apples, pears', false]);
  expect(JSON.parse((await ask([])).stdout)).toEqual(['apples, pears', true]);
  expectError(await ask(['--until', 'nowhere']), { code: 'usage', exit: 2 });
  expectError(await portiaHere(['eval', '1', '--until', '0'], { cwd }), { code: 'usage', exit: 2 });
});

describe('a recording', () => {
  test('when a run is exported as one then it is played without the run, and recording again changes nothing', async () => {
    const { cwd } = await recorded();
    const record = async (file: string) => portiaHere(['export', 'last', '--as', 'recording', '-o', file], { cwd });
    expect((await record('one.ndjson')).code).toBe(0);
    expect((await record('two.ndjson')).code).toBe(0);
    const text = readFileSync(join(cwd, 'one.ndjson'), 'utf8');
    expect(readFileSync(join(cwd, 'two.ndjson'), 'utf8')).toBe(text);
    expect(text).not.toContain('prun-');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { recording: 1, plan: { steps: [{}, {}] } },
      { kind: 'tool', at: '0/1/1', tool: 'file_reader_tool', end: { kind: 'output', value: 'apples, pears' } },
      { kind: 'model', at: '1/1/1', end: { kind: 'reply', text: 'two orders' }, request: { messages: [{}, {}] } },
      { end: { state: 'COMPLETE', output: 'two orders' }, steps: {} },
      { lines: 4 },
    ]);
    const elsewhere = makeExampleProject();
    const played = await portiaHere(['replay', join(cwd, 'one.ndjson'), '--format', 'human'], { cwd: elsewhere });
    expect(played).toMatchObject({ code: 0, stdout: expect.stringContaining('same · 2 calls played, 0 made') });
  });

  test('when a step read what looks like a key then no recording is written, and its place is named', async () => {
    const reading = addPlan({ steps: [read] });
    const cwd = makeExampleProject({ 'orders.json': reading, 'orders.txt': 'token: ghp_0123456789abcdefghij' });
    expect(await portiaHere(['run-plan', 'orders.json'], { cwd })).toMatchObject({ code: 0 });
    const result = await portiaHere(['export', 'last', '--as', 'recording', '-o', 'one.ndjson'], { cwd });
    const error = expectError(result, { code: 'usage', exit: 2 });
    expect(error.why).toMatch(/^It stands in line 2, column \d+:/);
    expect(existsSync(join(cwd, 'one.ndjson'))).toBe(false);
  });

  test('when it has no requests then a call takes at most 200 bytes beside its values', async () => {
    const { cwd } = await recorded();
    const args = ['export', 'last', '--as', 'recording', '--no-requests'];
    const { stdout } = await portiaHere(args, { cwd });
    const [, tool = '', model = ''] = stdout.split('\n');
    expect(tool.length - 'apples, pears'.length - '{"filename":"orders.txt"}'.length).toBeLessThanOrEqual(200);
    expect(model.length - 'two orders'.length).toBeLessThanOrEqual(200);
  });

  test('when it is cut off anywhere, or a byte is another, then it is refused, and never played as the same', async () => {
    const { cwd } = await recorded();
    const { stdout } = await portiaHere(['export', 'last', '--as', 'recording'], { cwd });
    const places = Array.from({ length: 8 }, (_, index) => Math.floor((index * (stdout.length - 2)) / 7));
    for (const place of places) {
      const damaged = [stdout.slice(0, place), `${stdout.slice(0, place)}#${stdout.slice(place + 1)}`];
      for (const text of damaged) {
        const result = await portiaHere(['replay', '-'], { cwd, input: text });
        expect({ place, code: result.code, stderr: result.code === 2 ? '' : result.stderr }).toEqual({
          place,
          code: 2,
          stderr: '',
        });
        expectError(result, { code: expect.stringMatching(/unreadable|newer-version/) as string, exit: 2 });
      }
    }
  });

  test.each([
    ['a line twice', (lines: string[]) => [lines[0], lines[1], lines[1], ...lines.slice(2)], 'unreadable'],
    ['a line less', (lines: string[]) => lines.filter((_line, index) => index !== 1), 'unreadable'],
    [
      'a newer form',
      ([first = '', ...rest]: string[]) => [first.replace('"recording":1', '"recording":2'), ...rest],
      'newer-version',
    ],
    [
      'a key that is not known',
      ([first = '', second = '', ...rest]: string[]) => [first, second.replace('{', '{"more":1,'), ...rest],
      'unreadable',
    ],
  ])('when it has %s then it is refused', async (_what, change, code) => {
    const { cwd } = await recorded();
    const { stdout } = await portiaHere(['export', 'last', '--as', 'recording'], { cwd });
    const input = `${change(stdout.trimEnd().split('\n')).join('\n')}\n`;
    expectError(await portiaHere(['replay', '-'], { cwd, input }), { code, exit: 2 });
  });
});
