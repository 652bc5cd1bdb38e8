import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { promptOf } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia } from '../support/portia.js';
import { onlyRun, playModel, printedError, readEvents, story } from '../support/scenario.js';

const PLAN_ID = 'plan-019a0000-0000-7000-8000-0000000000b1';

function projectOf(steps: object[], files: Record<string, string | object> = {}): string {
  return makeProject({
    ...files,
    'plan.json': {
      id: PLAN_ID,
      plan_context: { query: 'Do it.', tool_ids: [] },
      steps,
      metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
    },
  });
}

const parse = (stdout: string): Run => JSON.parse(stdout) as Run;
const valueOf = (run: Run): unknown => run.outputs.final_output?.['value'];
const llm = (task: string, output: string, inputs: string[] = []) => ({
  kind: 'llm',
  task,
  inputs: inputs.map((name) => ({ name })),
  output,
});

describe('what a run costs', () => {
  const steps = [llm('Write a poem.', '$poem'), llm('Translate it.', '$translation', ['$poem'])];
  const planned = {
    steps: steps.map(({ task, inputs, output }) => ({
      task,
      inputs: inputs.map(({ name }) => ({ name, description: '' })),
      tool_id: null,
      output,
      condition: null,
      when: null,
    })),
    error: null,
  };
  const script = [
    { match: /^You are a planner/, reply: { json: planned }, usage: { input: 500, output: 80 } },
    { match: /Task: Write a poem\./, reply: { text: 'Roses are red.' }, usage: { input: 20, output: 9 } },
    {
      match: /Translate it\.[\s\S]*Roses are red/,
      reply: { text: 'Rosen sind rot.' },
      usage: { input: 40, output: 11 },
    },
  ];

  test('when a request is planned and run then it costs the plan and the steps, and the run totals its own', async () => {
    const cwd = makeProject();
    const model = await playModel(script);
    const { code, stdout } = await portiaHere(['run', 'A poem, please', '--yes'], { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(model.requests).toHaveLength(3);
    const run = parse(stdout);
    expect(run.usage).toEqual({ calls: 2, input_tokens: 60, output_tokens: 20 });
    expect(run.outputs.final_output).toEqual({ value: 'Rosen sind rot.', summary: null });
    const usages = readEvents(cwd, run.id).flatMap((event) => (event.type === 'model.finished' ? [event.usage] : []));
    expect(usages).toEqual([
      { calls: 1, input_tokens: 20, output_tokens: 9 },
      { calls: 1, input_tokens: 40, output_tokens: 11 },
    ]);
  });

  test('when a tool asks the model then what that costs is totalled, too', async () => {
    const asking = { kind: 'tool', tool_id: 'llm_tool', args: { task: 'Write a poem.' }, output: '$poem' };
    const cwd = projectOf([asking]);
    const model = await playModel([{ reply: { text: 'Roses.' }, usage: { input: 20, output: 9 } }]);
    const { code, stdout } = await portiaHere(['run-plan', 'plan.json'], { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(parse(stdout).usage).toEqual({ calls: 1, input_tokens: 20, output_tokens: 9 });
  });

  test('when a summary is wanted then it costs one call more and stands beside the value', async () => {
    const cwd = makeProject();
    const summary = { match: /Summarise the result of this request[\s\S]*Rosen sind rot/, reply: { text: 'A poem.' } };
    const model = await playModel([...script, summary]);
    const args = ['run', 'A poem, please', '--yes', '--summarize', '--summarizer-model', 'openai/short-1'];
    const { code, stdout } = await portiaHere(args, { cwd, env: model.environment });
    expect(code).toBe(0);
    expect(parse(stdout).outputs.final_output).toEqual({ value: 'Rosen sind rot.', summary: 'A poem.' });
    expect(parse(stdout).usage).toEqual({ calls: 3, input_tokens: 70, output_tokens: 25 });
    expect(model.requests.at(-1)?.model).toBe('short-1');
  });

  test('when a finished run is resumed then it prints its result again and costs nothing', async () => {
    const cwd = makeProject();
    const model = await playModel(script);
    await portiaHere(['run', 'A poem, please', '--yes'], { cwd, env: model.environment });
    const before = onlyRun(cwd);
    const again = await portiaHere(['resume', before.id, '--format', 'value'], { cwd, env: model.environment });
    expect(again).toMatchObject({ code: 0, stdout: 'Rosen sind rot.\n' });
    expect(onlyRun(cwd)).toEqual(before);
  });
});

describe('large values', () => {
  const lines = Array.from({ length: 2_000 }, (_, index) => `line ${index}`);
  const text = lines.join('\n');
  const read = { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: 'big.txt' }, output: '$text' };

  test('when an output is large then it is kept in memory/, and later steps and the result have it whole', async () => {
    const count = { kind: 'compute', expression: '{"length": $length($text)}', output: '$count' };
    const write = {
      kind: 'tool',
      tool_id: 'file_writer_tool',
      args: { filename: 'copy.txt', content: '{{ $text }}' },
      output: '$copy',
    };
    const cwd = projectOf([read, count, write], { 'big.txt': text });
    const ran = await portiaHere(['run-plan', 'plan.json', '--approve', 'file_writer_tool'], { cwd });
    expect(ran.code).toBe(0);
    expect(readFileSync(join(cwd, 'copy.txt'), 'utf8')).toBe(text);
    const run = onlyRun(cwd);
    expect(run.outputs.step_outputs['$count']).toMatchObject({ value: { length: text.length } });
    const stored = run.outputs.step_outputs['$text'];
    expect(stored).toMatchObject({ output_name: '$text', plan_run_id: run.id, bytes: JSON.stringify(text).length });
    const memory = join(cwd, 'runs', run.id, 'memory');
    expect(readdirSync(memory)).toContain(`${String(stored?.['digest'])}.json`);
    expect(JSON.parse(readFileSync(join(memory, `${String(stored?.['digest'])}.json`), 'utf8'))).toBe(text);
    expect(statSync(join(cwd, 'runs', `${run.id}.json`)).size).toBeLessThan(20_000);
    expect(story(cwd, run.id)).toContain('memory.stored 0');
    const shown = await portiaHere(['show', run.id, '--output-of', '$text'], { cwd });
    expect(shown).toMatchObject({ code: 0, stdout: `${text}\n` });
  });

  test('when the final output is large then --format value prints all of it', async () => {
    const cwd = projectOf([read], { 'big.txt': text });
    const ran = await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd });
    expect(ran).toMatchObject({ code: 0, stdout: `${text}\n` });
  });

  test('when a model step takes it as an input, in another process, then the model sees all of it', async () => {
    const cwd = projectOf([read, llm('Which is the last line?', '$last', ['$text'])], { 'big.txt': text });
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd })).code).toBe(4);
    const model = await playModel([{ match: /Which is the last line\?/, reply: { text: 'line 1999' } }]);
    const resumed = await portiaHere(['resume', 'last', '--format', 'value'], { cwd, env: model.environment });
    expect(resumed).toMatchObject({ code: 0, stdout: 'line 1999\n' });
    const [request] = model.requests;
    expect(request && promptOf(request)).toContain(text);
  });

  test('when a condition in words names it then the judge sees all of it, else only its beginning', async () => {
    const guarded = (condition: string) => ({ kind: 'compute', expression: '1', output: '$one', condition });
    const cwd = projectOf([read, guarded('The last line of $text is 1999.'), guarded('It is Monday.')], {
      'big.txt': text,
    });
    const judgement = (match: RegExp) => ({ match, reply: { json: { outcome: 'skip', reason: 'no' } } });
    const model = await playModel([judgement(/The last line[\s\S]*line 1999/), judgement(/It is Monday/)]);
    const ran = await portiaHere(['run-plan', 'plan.json'], { cwd, env: model.environment });
    expect(ran.code).toBe(0);
    expect(model.requests.map((request) => promptOf(request).includes('line 1999'))).toEqual([true, false]);
  });

  test('when an agent has it as an input then it passes it to its tool by name', async () => {
    const agent = {
      task: 'Copy it to copy.txt.',
      inputs: [{ name: '$text' }],
      tool_id: 'file_writer_tool',
      output: '$copy',
    };
    const cwd = projectOf([read, agent], { 'big.txt': text });
    const call = { name: 'file_writer_tool', arguments: { filename: 'copy.txt', content: '{{$text}}' } };
    const model = await playModel([{ match: /pass it whole with \{\{\$text\}\}/, reply: { toolCalls: [call] } }]);
    const args = ['run-plan', 'plan.json', '--approve', 'file_writer_tool'];
    expect((await portiaHere(args, { cwd, env: model.environment })).code).toBe(0);
    expect(readFileSync(join(cwd, 'copy.txt'), 'utf8')).toBe(text);
  });

  test('when the threshold is raised by a setting then the value stays in the run file', async () => {
    const cwd = projectOf([read], { 'big.txt': text });
    const env = { PORTIA_LARGE_OUTPUT_THRESHOLD_TOKENS: '100000' };
    await portiaHere(['run-plan', 'plan.json'], { cwd, env });
    expect(valueOf(onlyRun(cwd))).toBe(text);
  });
});

describe('stubs', () => {
  const write = {
    kind: 'tool',
    tool_id: 'file_writer_tool',
    args: { filename: 'out.txt', content: 'hello' },
    output: '$written',
  };
  const add = { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '1 + 2' }, output: '$total' };

  test.each([
    { stub: 'calculator_tool=sunny', value: 'sunny' },
    { stub: 'calculator_tool={"a":[1]}', value: { a: [1] } },
    { stub: 'calculator_tool=@stub.json', value: [1, 2] },
    { stub: 'calculator_tool=@stub.txt', value: 'plain text' },
  ])('when $stub is given then the step has that value', async ({ stub, value }) => {
    const cwd = projectOf([add], { 'stub.json': [1, 2], 'stub.txt': 'plain text' });
    const ran = await portiaHere(['run-plan', 'plan.json', '--stub', stub], { cwd });
    expect(ran.code).toBe(0);
    expect(valueOf(parse(ran.stdout))).toEqual(value);
  });

  test('when a run had fixed results then its record and its picture say so', async () => {
    const cwd = projectOf([add]);
    const ran = await portiaHere(['run-plan', 'plan.json', '--stub', 'calculator_tool=3'], { cwd });
    expect(JSON.parse(ran.stdout)).toMatchObject({ stubbed: ['calculator_tool'] });
    const shown = await portiaHere(['show', 'last', '--format', 'human'], { cwd });
    expect(shown.stdout).toContain('with fixed results of calculator_tool');
  });

  test('when a tool is stubbed then its arguments are still checked', async () => {
    const cwd = projectOf([{ ...add, args: { math_question: 7 } }]);
    const ran = await portiaHere(['run-plan', 'plan.json', '--stub', 'calculator_tool=3'], { cwd });
    expect(ran.code).toBe(2);
    expect(JSON.stringify(printedError(ran.stderr))).toContain('math_question');
  });

  test('when a tool that is not installed is stubbed then the plan runs with it', async () => {
    const cwd = projectOf([{ ...add, tool_id: 'crm_lookup', args: { name: 'Ada' } }]);
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd })).code).toBe(2);
    const ran = await portiaHere(['run-plan', 'plan.json', '--stub', 'crm_lookup={"id":7}'], { cwd });
    expect(ran.code).toBe(0);
    expect(valueOf(parse(ran.stdout))).toEqual({ id: 7 });
  });

  test('when it is a dry run then what only reads runs, and the rest says what it would have done', async () => {
    const cwd = projectOf([add, write]);
    const ran = await portiaHere(['run-plan', 'plan.json', '--dry-run'], { cwd });
    expect(ran.code).toBe(0);
    expect(existsSync(join(cwd, 'out.txt'))).toBe(false);
    const { step_outputs: outputs } = parse(ran.stdout).outputs;
    expect(outputs['$total']).toMatchObject({ value: 3 });
    expect(outputs['$written']).toMatchObject({ value: { dry_run: true, tool_id: 'file_writer_tool' } });
  });

  test('when a run with stubs is resumed without them then it is refused as stale, exit 6', async () => {
    const cwd = projectOf([
      { ...add, tool_id: 'file_reader_tool', args: { filename: 'a.txt' } },
      llm('Say it.', '$said'),
    ]);
    const stub = ['--stub', 'file_reader_tool=hello'];
    expect((await portiaHere(['run-plan', 'plan.json', ...stub], { cwd })).code).toBe(4);
    const model = await playModel([{ match: /Say it\./, reply: { text: 'hello' } }]);
    const without = await portiaHere(['resume', 'last'], { cwd, env: model.environment });
    expect(without).toMatchObject({ code: 6, stdout: '' });
    const { message, fix } = printedError(without.stderr);
    expect(message).toContain('file_reader_tool');
    expect(fix).toMatch(
      /^portia resume prun-\S+ --stub file_reader_tool=VALUE\nOr start over with: portia run-plan plan-/,
    );
    expect((await portiaHere(['resume', 'last', ...stub], { cwd, env: model.environment })).code).toBe(0);
  });
});

describe('a program as the model', () => {
  /** Plans one addition, then calls the calculator; replies as a chat completion does. */
  const program = `#!/usr/bin/env node
const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
  const request = JSON.parse(Buffer.concat(chunks).toString());
  const step = { task: 'Add 1 and 2.', inputs: [], tool_id: 'calculator_tool', output: '$total', condition: null, when: null };
  const message = request.tools
    ? { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'calculator_tool', arguments: '{"math_question":"1 + 2"}' } }] }
    : { role: 'assistant', content: JSON.stringify({ steps: [step], error: null }) };
  process.stdout.write(JSON.stringify(message));
});
`;

  test('when --model names a program then it plans and does the steps', async () => {
    const cwd = makeProject({ 'model.mjs': program });
    chmodSync(join(cwd, 'model.mjs'), 0o755);
    const { code, stdout } = await portiaHere(['run', 'add these', '--yes', '--model', 'exec:./model.mjs --fast'], {
      cwd,
    });
    expect(code).toBe(0);
    const run = parse(stdout);
    expect(valueOf(run)).toBe(3);
    const models = readEvents(cwd, run.id).flatMap((event) => (event.type === 'model.started' ? [event.model] : []));
    expect(models).toEqual(['exec/model.mjs']);
  });

  test.each([
    ['the flag, where it is typed', ['--model', 'exec:../model.mjs'], {}],
    ['the settings, beside them', [], { model: 'exec:./model.mjs' }],
  ])(
    'when it is named by %s then a path in it means that, also from a folder of the project',
    async (_by, flags, settings) => {
      const cwd = makeProject({ 'model.mjs': program, 'portia.json': settings, 'deep/er/a.txt': '' });
      chmodSync(join(cwd, 'model.mjs'), 0o755);
      const value = ['--yes', '--format', 'value', ...flags];
      const below = await portiaHere(['run', 'add these', ...value], { cwd: join(cwd, 'deep') });
      expect(below).toMatchObject({ code: 0, stdout: '3\n' });
      const asked = await portia(['-C', 'deep', 'run', 'add these', ...value], { cwd });
      expect(asked).toMatchObject({ code: 0, stdout: '3\n' });
    },
  );

  test('when tools ask it too then their calls count for the limit, before each', async () => {
    const ask = (task: string, output: string) => ({ kind: 'tool', tool_id: 'llm_tool', args: { task }, output });
    const cwd = projectOf([ask('Say a.', '$a'), ask('Say {{ $a }}.', '$b'), ask('Say {{ $b }}.', '$c')]);
    const flags = ['--model', 'exec:echo hello', '--max-model-calls'];
    const paused = await portiaHere(['run-plan', 'plan.json', ...flags, '2'], { cwd });
    expect(paused.code).toBe(8);
    expect(parse(paused.stdout)).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 2 } });
    const ended = await portiaHere(['resume', 'last', ...flags, '3'], { cwd });
    expect(ended.code).toBe(0);
    expect(parse(ended.stdout)).toMatchObject({ state: 'COMPLETE', usage: { calls: 3 } });
  });

  test('when the program fails then the run waits, exits 3 and says what it wrote', async () => {
    const cwd = projectOf([llm('Say it.', '$said')]);
    const failing = 'exec:echo it is asleep >&2; exit 7';
    const stopped = await portiaHere(['run-plan', 'plan.json', '--model', failing], { cwd });
    expect(stopped.code).toBe(3);
    expect(printedError(stopped.stderr)['why']).toContain('It exited with code 7: it is asleep');
    const resumed = await portiaHere(['resume', 'last', '--model', 'exec:echo hello', '--format', 'value'], { cwd });
    expect(resumed).toMatchObject({ code: 0, stdout: 'hello\n' });
  });

  test('when a plan names a program as its model then it is not started', async () => {
    const cwd = projectOf([{ ...llm('Say it.', '$said'), model: 'exec:touch started' }]);
    const ran = await portiaHere(['run-plan', 'plan.json'], { cwd });
    expect(ran.code).toBe(2);
    expect(existsSync(join(cwd, 'started'))).toBe(false);
    expect(ran.stderr).toContain('names a program as its model');
    expect(await portiaHere(['check', 'plan.json'], { cwd })).toMatchObject({ code: 2 });
  });
});
