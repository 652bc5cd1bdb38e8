import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import { makeExampleProject } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, portia, startPortia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { openPortia, planIds, runIds, runPrinted } from '../support/scenario.js';
import { cityPlan, makeBatchProject, mostCalls, resultsOf, rowsOf, runBatch } from './batch-project.js';

const NINE = rowsOf(...'abcdefghi');

describe('a batch', () => {
  test('when there are nine lines and three jobs then three runs are driven at once, never four', async () => {
    const cwd = makeBatchProject(NINE);
    const { code, results } = await runBatch('meet.json', ['--jobs', '3', '-i', 'calls:=3'], { cwd });
    expect(code).toBe(0);
    expect(results.map(({ line, final_output }) => [line, final_output?.value])).toEqual(
      [...'abcdefghi'].map((city, index) => [index + 1, city]),
    );
    expect(mostCalls(cwd)).toBe(3);
    expect(planIds(cwd)).toHaveLength(1);
    expect(runIds(cwd)).toHaveLength(9);
  });

  test.each([
    [[], 4],
    [['--jobs', '1'], 1],
  ])('when the flags are %j then %i runs are driven at once', async (flags, jobs) => {
    const cwd = makeBatchProject(rowsOf(...'abcdefgh'));
    const { code } = await runBatch('meet.json', [...flags, '-i', `calls:=${jobs}`], { cwd });
    expect([code, mostCalls(cwd)]).toEqual([0, jobs]);
  });

  test('when 16 runs are driven at once then nothing warns of it', async () => {
    const cwd = makeBatchProject(rowsOf(...Array.from({ length: 16 }, (_, index) => `city ${index}`)));
    const flags = ['--batch', 'rows.ndjson', '--jobs', '16', '-i', 'calls:=16'];
    const { code, stderr } = await portia(['run-plan', 'meet.json', ...flags], { cwd });
    expect(code).toBe(0);
    expect(stderr).not.toContain('Warning');
  });

  test('when a flag and a line give the same input then the line wins', async () => {
    const cwd = makeBatchProject('{"$city":"Oslo"}\n{}\n');
    const { results } = await runBatch('echo.json', ['-i', 'city=London'], { cwd });
    expect(results.map(({ final_output }) => final_output?.value)).toEqual(['Oslo', 'London']);
  });

  test('when a flag gives an input that no line can mend then that is told once, and no line is begun', async () => {
    const cwd = makeBatchProject('{"city":"Oslo"}\n{"city":"Rome"}\n');
    const wrong = await runBatch('echo.json', ['-i', 'cty=London'], { cwd });
    expect(wrong.stdout).toBe('');
    expect(expectError(wrong, { code: 'invalid-input', exit: 2 })).toMatchObject({
      why: 'The plan has no input "cty"; did you mean city?',
      fix: '-i city=…',
    });
  });

  test('when lines come one by one on standard input then each result is there before the next line', async () => {
    const cwd = makeBatchProject('');
    const child = startPortia(['run-plan', 'echo.json', '--batch', '-'], { cwd });
    onTestFinished(() => void child.kill('SIGKILL'));
    const end = ended(child);
    for (const city of ['Oslo', 'Rome']) {
      child.stdin?.write(rowsOf(city));
      const [text] = (await once(child.stdout!, 'data')) as [string];
      expect(resultsOf(text)).toMatchObject([{ state: 'COMPLETE', final_output: { value: city } }]);
    }
    child.stdin?.end();
    expect((await end).code).toBe(0);
  });

  test.each(['', '\n \n\n'])('when there is no line in %j then nothing is run, and that is fine', async (rows) => {
    const cwd = makeBatchProject(rows);
    const { code, stdout, stderr } = await runBatch('echo.json', [], { cwd });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: 'The batch has no lines.\n' });
  });
});

describe('lines that cannot be run', () => {
  const BAD: [row: string | Uint8Array, code: string, message: RegExp][] = [
    ['not json', 'invalid-input', / is not JSON: column 1/],
    ['{"city":"a"', 'invalid-input', / is not JSON: column 12/],
    ['{"city":"a","city":"b"}', 'invalid-input', / is not JSON: .*given twice/],
    ['{"city":"a","$city":"b"}', 'invalid-input', /: The input city is given twice/],
    ['{"":1,"city":"a"}', 'invalid-input', /: "" cannot be the name of an input/],
    ['{"__proto__":{"city":"a"}}', 'invalid-input', / is not JSON: .*__proto__/],
    ['["a"]', 'invalid-input', / is not a JSON object/],
    ['{}', 'missing-input', /: The plan needs an input that is not given: city/],
    ['{"city":7}', 'invalid-input', /: city: /],
    [Uint8Array.from([0x22, 0xff, 0x22]), 'invalid-input', / is not text in UTF-8/],
    [`{"city":"${'x'.repeat(9_000_000)}"}`, 'invalid-input', / has more than 8388608 bytes/],
    [`${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'invalid-input', / is not JSON: .*deeper/],
  ];

  test('when lines are wrong in every way then each says so with its number, and the others are run', async () => {
    const cwd = makeBatchProject('');
    const rows = [rowsOf('Oslo'), ...BAD.flatMap(([row]) => [row, '\n']), rowsOf('Rome')];
    writeFileSync(join(cwd, 'rows.ndjson'), Buffer.concat(rows.map((row) => Buffer.from(row))));
    const { code: exitCode, results, stderr } = await runBatch('echo.json', [], { cwd });
    expect(exitCode).toBe(1);
    expect(results).toHaveLength(BAD.length + 2);
    for (const [index, [, code, message]] of BAD.entries()) {
      const line = index + 2;
      const none = { run_id: null, state: null, final_output: null, exit_code: 2 };
      expect(results[line - 1]).toMatchObject({ line, ...none, error: { code, exit_code: 2 } });
      expect(results[line - 1]?.error?.message).toMatch(new RegExp(`^Line ${line}${message.source}`));
      expect(results[line - 1]?.error?.fix).toMatch(new RegExp(`line ${line}[,:]`));
    }
    expect([results[0], results.at(-1)].map((result) => result?.final_output?.value)).toEqual(['Oslo', 'Rome']);
    expect(stderr).toContain(`${BAD.length + 2} lines: 2 complete, ${BAD.length} not started\n`);
    expect(runIds(cwd)).toHaveLength(2);
  });

  test('when a line has a name that the plan does not know then it is not started, and the others are', async () => {
    const cwd = makeBatchProject('{"city":"a","cite":1}\n{"city":"b"}\n');
    const { code, results } = await runBatch('echo.json', ['--jobs', '1'], { cwd });
    expect([code, results.map(({ state }) => state)]).toEqual([1, [null, 'COMPLETE']]);
    expect(results[0]?.error?.message).toBe('Line 1: The plan has no input "cite"; did you mean city?');
  });
});

describe('runs of a batch that do not end well', () => {
  test('when a run is ended by its plan then the others continue, and no command tries it again', async () => {
    const cwd = makeBatchProject(rowsOf('Oslo', 'Atlantis', 'Rome'));
    const { code, results, stderr } = await runBatch('fail.json', [], { cwd });
    expect([code, results.map(({ state }) => state)]).toEqual([1, ['COMPLETE', 'FAILED', 'COMPLETE']]);
    const id = results[1]?.run_id ?? '';
    expect(results[1]?.error).toMatchObject({
      code: 'step-failed',
      message: 'Step 1: there is no Atlantis',
      resumable: false,
    });
    expect(stderr).toContain(`line 2 FAILED ${id}: Step 1: there is no Atlantis\n`);
    expect(stderr).not.toContain('portia resume');
  });

  test('when runs ask then they pause, and what is printed resumes them', async () => {
    const cwd = makeBatchProject(rowsOf('Oslo', 'Rome'));
    const { code, results, stderr } = await runBatch('ask.json', [], { cwd });
    expect(code).toBe(8);
    expect(results).toMatchObject([
      { state: 'NEED_CLARIFICATION', exit_code: 8 },
      { state: 'NEED_CLARIFICATION', exit_code: 8 },
    ]);
    expect(results[0]).not.toHaveProperty('error');
    expect(stderr).toContain('2 lines: 2 paused\n');
    const [, printed = ''] = /^ {3}(portia resume \S+) {3}# line 2: 1 open question$/m.exec(stderr) ?? [];
    expect(await runPrinted(`${printed} --answer count:=3 --format value`, { cwd })).toMatchObject({
      code: 0,
      stdout: '3\n',
    });
  });

  test('when more than 20 runs pause then 20 commands are printed, and how to find the others', async () => {
    const cwd = makeBatchProject(rowsOf(...Array.from({ length: 23 }, (_, index) => `city ${index}`)));
    const { code, stderr } = await runBatch('ask.json', [], { cwd });
    expect(code).toBe(8);
    expect(stderr.match(/^ {3}portia resume prun-/gm)).toHaveLength(20);
    expect(stderr).toContain('   and 3 more: portia list runs\n');
  });

  test('when a run fails and another one pauses then it exits 1', async () => {
    const cwd = makeBatchProject(rowsOf('Atlantis', 'Oslo'), {
      'both.json': cityPlan([
        { kind: 'exit', message: 'no', error: true, when: "$city = 'Atlantis'" },
        { kind: 'user_verify', message: 'Go to {{ $city }}?' },
      ]),
    });
    const { code, results } = await runBatch('both.json', [], { cwd });
    expect([code, results.map(({ exit_code }) => exit_code)]).toEqual([1, [1, 8]]);
  });

  test('when there is no model then every run is saved for later, and it exits 4', async () => {
    const cwd = makeBatchProject(rowsOf('Oslo', 'Rome'), {
      'think.json': cityPlan([{ kind: 'llm', task: 'Think.', inputs: [{ name: '$city' }], output: '$thought' }]),
    });
    const { code, results } = await runBatch('think.json', [], { cwd });
    expect(code).toBe(4);
    expect(results).toMatchObject([
      { state: 'IN_PROGRESS', exit_code: 4, error: { code: 'no-model' } },
      { state: 'IN_PROGRESS', exit_code: 4 },
    ]);
  });

  test('when an answer is given then every run takes it, and one that no run can want starts none', async () => {
    const cwd = makeBatchProject(rowsOf('Oslo', 'Rome'));
    const { code, results } = await runBatch('ask.json', ['--answer', '$count:=5'], { cwd });
    expect([code, results.map(({ final_output }) => final_output?.value)]).toEqual([0, [5, 5]]);
    const wrong = await runBatch('ask.json', ['--answer', '$count:=5', '--answer', '$nothing=1'], { cwd });
    expect([wrong.code, wrong.results]).toEqual([2, []]);
    expect(wrong.stderr).toContain(`Use one of: '$count'`);
  });

  test('when nothing can be stored then no more lines are begun, and it exits 10', async () => {
    const cwd = makeBatchProject(NINE, { runs: 'a file where the folder should be' });
    const { code, results, stderr } = await runBatch('echo.json', ['--jobs', '1'], { cwd });
    expect(code).toBe(10);
    expect(results).toMatchObject([{ line: 1, run_id: null, exit_code: 10, error: { code: 'storage-failed' } }]);
    expect(stderr).toContain('No line after line 1 was started.');
  });
});

describe('what a batch prints', () => {
  const rows = rowsOf('Oslo', 'Atlantis');

  test('when it is piped or JSON is asked for then it is the same lines', async () => {
    const cwd = makeBatchProject(rows);
    for (const flags of [[], ['--json'], ['--format', 'ndjson']]) {
      const { stdout } = await portiaHere(['run-plan', 'fail.json', '--batch', 'rows.ndjson', ...flags], { cwd });
      expect(resultsOf(stdout)).toMatchObject([
        { v: 1, type: 'run.result', line: 1 },
        { v: 1, type: 'run.result', line: 2 },
      ]);
    }
  });

  test('when values are asked for then each is JSON on a line, null for a line that is not complete', async () => {
    const cwd = makeBatchProject(`${rows}{"city":"a\\nb"}\n{}\n`);
    const { stdout } = await portiaHere(['run-plan', 'fail.json', '--batch', 'rows.ndjson', '--format', 'value'], {
      cwd,
    });
    expect(stdout).toBe('"Oslo"\nnull\n"a\\nb"\nnull\n');
  });

  test('when a value is large then it is whole with --format value, and a reference in the result', async () => {
    const cwd = makeBatchProject(rowsOf('x'.repeat(100_000)));
    const { stdout } = await portiaHere(['run-plan', 'echo.json', '--batch', 'rows.ndjson', '--format', 'value'], {
      cwd,
    });
    expect(stdout).toHaveLength(100_003);
    const { results } = await runBatch('echo.json', [], { cwd });
    expect(results[0]?.final_output).toMatchObject({ digest: expect.any(String), bytes: 100_002 });
  });

  test('when fields are chosen then only those are there', async () => {
    const cwd = makeBatchProject(rows);
    const { stdout } = await runBatch('fail.json', ['--fields', 'line,state'], { cwd });
    expect(stdout).toBe('{"line":1,"state":"COMPLETE"}\n{"line":2,"state":"FAILED"}\n');
  });

  test('when -o is given then the file has the results, standard output nothing', async () => {
    const cwd = makeBatchProject(rows);
    const { stdout } = await runBatch('fail.json', ['-o', 'results.ndjson'], { cwd });
    expect(stdout).toBe('');
    expect(resultsOf(readFileSync(join(cwd, 'results.ndjson'), 'utf8'))).toHaveLength(2);
  });

  test('when --events is given then the file has every event of every run, and the results', async () => {
    const cwd = makeBatchProject(rows);
    const { results } = await runBatch('fail.json', ['--events', 'events.ndjson'], { cwd });
    const lines = readFileSync(join(cwd, 'events.ndjson'), 'utf8').trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as RunEvent);
    expect(events[0]).toMatchObject({ type: 'stream.started' });
    for (const { run_id, line } of results) {
      const types = events.filter((event) => event.run_id === run_id).map(({ type }) => type);
      const log = readFileSync(join(cwd, 'runs', run_id ?? '', 'events.ndjson'), 'utf8');
      expect(types).toHaveLength(log.split('\n').length);
      expect(types.at(-1)).toBe('run.result');
      expect(events).toContainEqual(results[line - 1]);
    }
  });

  test('when it is quiet then only what needs somebody is said', async () => {
    const asking = cityPlan([{ kind: 'user_verify', message: 'Go?' }], { id: undefined });
    const cwd = makeBatchProject(rowsOf('Oslo'), { 'plan.json': asking });
    expect(await runBatch('echo.json', ['-q'], { cwd })).toMatchObject({ code: 0, stderr: '' });
    const { stderr } = await runBatch('plan.json', ['-q'], { cwd });
    expect(stderr).toMatch(/^1 line: 1 paused\n {3}portia resume \S+ {3}# line 1: 1 open question\n$/);
  });

  test('when it is verbose then every event is a line that names the line of the batch', async () => {
    const cwd = makeBatchProject(rows);
    const { stderr } = await runBatch('fail.json', ['-v'], { cwd });
    expect(stderr).toMatch(/^line 1 \S+ run\.created /m);
    expect(stderr).toMatch(/^line 2 \S+ run\.failed /m);
  });

  test('when it is in another folder then the printed commands work from here', async () => {
    const cwd = makeExampleProject({ 'sub/ask.json': cityPlan([{ kind: 'user_verify', message: 'Go?' }]) });
    writeFileSync(join(cwd, 'sub/rows.ndjson'), rowsOf('Oslo'));
    const args = ['-C', 'sub', 'run-plan', 'ask.json', '--batch', 'rows.ndjson'];
    const { stderr } = await portiaHere(args, { cwd });
    const [, printed = ''] = /^ {3}(portia -C sub resume \S+) {3}#/m.exec(stderr) ?? [];
    expect(await runPrinted(`${printed} --answer verify=yes`, { cwd })).toMatchObject({ code: 0 });
  });
});

describe('a batch at a terminal', () => {
  test('when a person looks on then each line is a row, and nobody is asked', async () => {
    const cwd = makeBatchProject(`${rowsOf('Oslo', 'Atlantis')}{}\n${rowsOf('Rome')}`, {
      'all.json': cityPlan([
        { kind: 'exit', message: 'there is no {{ $city }}', error: true, when: "$city = 'Atlantis'" },
        { kind: 'user_verify', message: 'Go to Rome?', when: "$city = 'Rome'" },
        { kind: 'compute', expression: '$city', output: '$out' },
      ]),
    });
    const terminal = openPortia(['run-plan', 'all.json', '--batch', 'rows.ndjson'], { cwd });
    expect(await terminal.exit()).toEqual({ code: 1, signal: 0 });
    const screen = terminal.screen();
    expect(screen).toMatch(/^ {3}1 ✔ [0-9a-f]{8} {2}"Oslo"$/m);
    expect(screen).toMatch(/^ {3}2 ✖ [0-9a-f]{8} {2}Step \d: there is no Atlantis$/m);
    expect(screen).toMatch(/^ {3}3 ✖ Line 3: The plan needs an input that is not given: city\.$/m);
    expect(screen).toMatch(/^ {3}4 ⏸ [0-9a-f]{8} {2}1 open question$/m);
    expect(screen).toContain('4 lines: 1 complete, 1 failed, 1 paused, 1 not started');
    expect(screen).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  });

  test('when runs take their time then one line counts them, and is gone at the end', async () => {
    const cwd = makeBatchProject(rowsOf('Oslo', 'Rome', 'Bonn'));
    const terminal = openPortia(['run-plan', 'gate.json', '--batch', 'rows.ndjson', '--jobs', '2'], { cwd });
    await terminal.waitFor('0 of 3: 2 running');
    writeFileSync(join(cwd, 'gate'), '');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    const rows = terminal.screen().match(/^ {3}\d ✔ [0-9a-f]{8} {2}"\w+"$/gm);
    expect(rows?.map((row) => [row.trim()[0], row.split('"')[1]])).toEqual([
      ['1', 'Oslo'],
      ['2', 'Rome'],
      ['3', 'Bonn'],
    ]);
    expect(terminal.screen()).toContain('3 lines: 3 complete');
    expect(terminal.screen()).not.toContain('running');
  });
});

describe('batches that are refused before anything is run', () => {
  test.each([
    [['run-plan', 'city.json', '--batch', 'nowhere.ndjson'], 'not-found', /There is no file .*nowhere\.ndjson/],
    [['run-plan', 'city.json', '--batch', '.'], 'unreadable', /./],
    [['run-plan', 'broken.json', '--batch', 'rows.ndjson'], 'invalid-plan', /broken\.json has 1 problem/],
    [['run-plan', '-', '--batch', '-'], 'usage', /Standard input is to be read twice/],
    [['run-plan', 'city.json', '--batch', '-', '--inputs', '-'], 'usage', /read twice/],
    [['run-plan', 'city.json', '--batch', 'rows.ndjson', '--jobs', '0'], 'usage', /^--jobs 0 is not a whole number/],
    [['run-plan', 'city.json', '--batch', 'rows.ndjson', '--jobs', '65'], 'usage', /from 1 to 64/],
    [['run-plan', 'city.json', '--batch', 'rows.ndjson', '--jobs', 'x'], 'usage', /^--jobs x is/],
    [['run-plan', 'city.json', '--batch', 'rows.ndjson', '--jobs', '1.5'], 'usage', /^--jobs 1\.5 is/],
    [['run-plan', 'city.json', '--batch', 'rows.ndjson', '--jobs='], 'usage', /^--jobs {2}is/],
    [['run', 'add 1 + 2', '--batch', 'rows.ndjson'], 'usage', /Unknown option '--batch'/],
    [['run-plan', 'city.json', '--batch', 'rows.ndjson', '--events', 'no/such/folder'], 'storage-failed', /./],
  ])('when portia %j is typed then it says why', async (args, code, message) => {
    const cwd = makeExampleProject({ 'rows.ndjson': rowsOf('Oslo'), 'broken.json': cityPlan([{ kind: 'magic' }]) });
    const before = listFolder(cwd);
    const result = await portiaHere(args, { cwd });
    const error = expectError(result, { code, exit: code === 'storage-failed' ? 10 : 2 });
    expect(error.message).toMatch(message);
    expect(result.stdout).toBe('');
    expect(listFolder(cwd)).toEqual(before);
  });
});
