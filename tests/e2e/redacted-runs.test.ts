import { existsSync, readFileSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

/** A run whose data nobody else may see: an input, an answer, an item, a file, a large value, a failure. */
async function privateRun(): Promise<string> {
  const plan = {
    plan_context: { query: 'Write to boss@example.org or +49 151 2345678', tool_ids: ['file_reader_tool'] },
    plan_inputs: [{ name: 'customer' }],
    steps: [
      { kind: 'compute', expression: '[1..3000].("zebra" & $string())', output: '$large' },
      { kind: 'user_input', message: 'What does {{ $customer }} want?', options: ['apricot', 'plum'], output: '$wish' },
      { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: '{{ $wish }}.txt' }, output: '$text' },
      {
        kind: 'for_each',
        over: '[$text]',
        as: 'one',
        steps: [{ kind: 'compute', expression: '$one & $customer', output: '$both' }],
        output: '$all',
      },
    ],
  };
  const cwd = makeProject({
    'plan.json': plan,
    'apricot.txt': 'marzipan',
    '.env': 'TAVILY_API_KEY=tvly-0123456789abcdef',
  });
  expect((await portiaHere(['run-plan', 'plan.json', '-i', 'customer=Quetzal'], { cwd })).code).toBe(8);
  expect((await portiaHere(['resume', 'last', '--answer', 'wish=apricot', '--by', 'Wilhelmina'], { cwd })).code).toBe(
    0,
  );
  return cwd;
}

test('when a run is redacted then none of its data is in the file, and it can still be shown', async () => {
  const cwd = await privateRun();
  const args = ['export', 'last', '--redact', '-o', 'report.ndjson'];
  expect(await portiaHere(args, { cwd })).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const text = readFileSync(join(cwd, 'report.ndjson'), 'utf8');
  const data = ['Quetzal', 'zebra1', 'marzipan', 'Wilhelmina', 'boss@example.org', '2345678', 'tvly-'];
  const people = [userInfo().username, hostname(), homedir()].map((name) => JSON.stringify(name));
  expect([...data, ...people].filter((name) => text.includes(name))).toEqual([]);
  // What the plan says stays; an answer does not.
  expect(text.match(/apricot/g)).toHaveLength(1);

  const { id } = JSON.parse((await portiaHere(['show', 'last'], { cwd })).stdout) as Run;
  const there = makeProject({ 'report.ndjson': text });
  const shown = JSON.parse((await portiaHere(['show', 'report.ndjson'], { cwd: there })).stdout) as Run;
  expect(shown).toMatchObject({
    id,
    state: 'COMPLETE',
    outputs: { step_outputs: { $text: { value: '[redacted: text of 8 characters]' } } },
  });
  for (const flags of [['--as', 'tree'], ['--trace'], ['--step', '2'], ['--format', 'ndjson']]) {
    expect({ flags, ...(await portiaHere(['show', 'report.ndjson', ...flags], { cwd: there })) }).toMatchObject({
      flags,
      code: 0,
    });
  }
  expect(existsSync(join(there, 'runs'))).toBe(false);
});

test('when a redacted file is to be imported then it says what it is for', async () => {
  const cwd = await privateRun();
  await portiaHere(['export', 'last', '--redact', '-o', 'report.ndjson'], { cwd });
  const there = makeProject({ 'report.ndjson': readFileSync(join(cwd, 'report.ndjson'), 'utf8') });
  const { fix } = expectError(await portiaHere(['import', 'report.ndjson'], { cwd: there }), {
    code: 'usage',
    exit: 2,
  });
  expect(fix).toBe('portia show report.ndjson');
  const input = readFileSync(join(there, 'report.ndjson'), 'utf8');
  const piped = expectError(await portiaHere(['import', '-'], { cwd: there, input }), { code: 'usage', exit: 2 });
  expect(piped.fix).toBe('portia show -');
  const missing = await portiaHere(['show', 'report.ndjson', '--output-of', 'nothing'], { cwd: there });
  expect(expectError(missing, { code: 'not-found', exit: 2 }).fix).toBe('portia show report.ndjson');
  expect(existsSync(join(there, 'runs'))).toBe(false);
});

test('when a run waits then its question is shown without its words, and the command is that of nobody', async () => {
  const cwd = makeProject({
    'plan.json': {
      plan_context: { query: 'q', tool_ids: [] },
      steps: [{ kind: 'user_input', message: 'Which zebra?', output: '$z' }],
    },
  });
  await portiaHere(['run-plan', 'plan.json'], { cwd });
  for (const [flags, before] of [
    [[], 'portia import run.ndjson'],
    [['--redact'], 'It was redacted, so it cannot be resumed.'],
  ] as const) {
    await portiaHere(['export', 'last', ...flags, '-o', 'run.ndjson'], { cwd });
    const there = makeProject({ 'run.ndjson': readFileSync(join(cwd, 'run.ndjson'), 'utf8') });
    const { code, stdout } = await portiaHere(['show', 'run.ndjson', '--as', 'tree'], { cwd: there });
    expect({ code, stdout: stdout.replaceAll(/\s+/g, ' ') }).toEqual({
      code: 0,
      stdout: expect.stringContaining(before),
    });
  }
});

test('when messages have data of the run in them then that is taken out, and the rest of the sentence stays', async () => {
  const plan = {
    plan_context: { query: 'Refund.', tool_ids: ['file_reader_tool'] },
    plan_inputs: [{ name: 'customer' }, { name: 'amount' }, { name: 'story' }],
    steps: [
      { kind: 'compute', expression: '[1..3000].("zebra" & $string())', output: '$large' },
      {
        kind: 'for_each',
        over: '[$customer & ".txt"]',
        as: 'file',
        on_error: 'continue',
        steps: [{ kind: 'tool', tool_id: 'file_reader_tool', args: { filename: '{{ $file }}' }, output: '$text' }],
        output: '$texts',
      },
      {
        kind: 'exit',
        error: true,
        message: 'The amount {{ $amount }} of {{ $customer }} is negative: {{ $story }} {{ $large }}',
      },
    ],
  };
  const story = `He wrote: "${'I want my money back. '.repeat(30)}"\nTwice.`;
  const inputs = { customer: 'Quetzal', amount: -5047.25, story };
  const cwd = makeProject({ 'plan.json': plan, 'inputs.json': inputs });
  const ended = await portiaHere(['run-plan', 'plan.json', '--inputs', 'inputs.json'], { cwd });
  expect(ended.stderr).toContain('The amount -5047.25 of Quetzal is negative');
  await portiaHere(['export', 'last', '--redact', '-o', 'report.ndjson'], { cwd });
  const text = readFileSync(join(cwd, 'report.ndjson'), 'utf8');
  expect(['Quetzal', '5047.25', 'money back', 'zebra1'].filter((data) => text.includes(data))).toEqual([]);
  const shown = await portiaHere(['show', 'report.ndjson', '--json'], { cwd });
  expect(JSON.parse(shown.stdout)).toMatchObject({
    state: 'FAILED',
    error: { message: expect.stringMatching(/^The amount -?\[redacted\] of \[redacted\] is negative: \[redacted\]/) },
  });
});

test('when an exported run comes on standard input then it is shown, and what is said next can be done', async () => {
  const cwd = await privateRun();
  for (const [flags, next] of [
    [[], 'portia import FILE'],
    [['--redact'], undefined],
  ] as const) {
    const { stdout: input } = await portiaHere(['export', 'last', ...flags], { cwd });
    const there = makeProject({});
    const { id } = JSON.parse((await portiaHere(['show', 'last'], { cwd })).stdout) as Run;
    const shown = await portiaHere(['show', '-', '--json'], { cwd: there, input });
    expect({ code: shown.code, run: JSON.parse(shown.stdout) }).toMatchObject({ code: 0, run: { id } });
    const { fix } = expectError(await portiaHere(['check', '-'], { cwd: there, input }), { code: 'usage', exit: 2 });
    expect(fix).toBe(next === undefined ? 'portia show -' : 'Import it first: portia import -');
    for (const view of [['--prompts'], ['--step', '99'], ['--output-of', 'nothing']]) {
      const nothing = await portiaHere(['show', '-', ...view], { cwd: there, input });
      const near = view[0] === '--step' ? ' --step 3' : '';
      expect(expectError(nothing, { code: 'not-found', exit: 2 }).fix).toBe(`portia show -${near}`);
    }
    expect(existsSync(join(there, 'runs'))).toBe(false);
  }
});
