import { expect, test } from 'vitest';
import * as z from 'zod';

import type { Json } from '../../src/domain/values/json.js';
import { createEvaluator } from '../../src/executor/evaluate.js';
import { Bench, evaluate, EXPRESSION_WORKER, outputsOf, planOf, valueOf } from './bench.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const compute = (expression: string, output = '$x') => ({ kind: 'compute', expression, output });

/** What an expression gives over `$d`. */
async function computed(expression: string, d: Json = null) {
  return new Bench().start(planOf([compute(expression)], { plan_inputs: [{ name: 'd' }] }), { d });
}

test.each<[string, Json, Json]>([
  ['$d', { a: [1] }, { a: [1] }],
  ['$sum($d.price)', [{ price: 1 }, { price: 2 }], 3],
  // What ends in a filter by a condition is a list, whatever is found; an index, and a path behind a filter, are not.
  ['$d[a>1]', [{ a: 1 }, { a: 2 }], [{ a: 2 }]],
  ['$d[a>2]', [{ a: 1 }, { a: 2 }], []],
  ['$d[a>0]', [{ a: 1 }, { a: 2 }], [{ a: 1 }, { a: 2 }]],
  ['$d.b[a=1]', { b: [{ a: 1 }] }, [{ a: 1 }]],
  ['$d.b[a=1]', {}, []],
  ['$d[open]', [{ open: true }, { open: false }], [{ open: true }]],
  ['$d[$exists(a)]', [{ a: 1 }, {}], [{ a: 1 }]],
  ['$d[a=1][b=1]', [{ a: 1, b: 1 }], [{ a: 1, b: 1 }]],
  ['$d[$count($) = 2]', [[1, 2], [3]], [[1, 2]]],
  ['$count($d) > 1 ? $d[a=1] : $d[a=2]', [{ a: 1 }, { a: 3 }], [{ a: 1 }]],
  ['($n := 1; $d[a=$n])', [{ a: 1 }], [{ a: 1 }]],
  ['$map($d, function($v){ $v })[a=1]', [{ a: 1 }], [{ a: 1 }]],
  ['$d[a > 0 ? true : false]', [{ a: 1 }], [{ a: 1 }]],
  ['$d[n ~> /^b/]', [{ n: 'ba' }], [{ n: 'ba' }]],
  ['$d[n ~> $contains("b")]', [{ n: 'ba' }], [{ n: 'ba' }]],
  ['$d[$match(n, /b/)]', [{ n: 'ba' }], [{ n: 'ba' }]],
  ['$d[a>0]^(a)', [{ a: 1 }], [{ a: 1 }]],
  ['$d[a>9]^(a)', [{ a: 1 }], []],
  ['$filter($d, function($v){ $v.a > 0 })', [{ a: 1 }], [{ a: 1 }]],
  ['$d ~> $filter(function($v){ $v.a > 9 })', [{ a: 1 }], []],
  ['$d[0]', [{ a: 1 }], { a: 1 }],
  ['$d[-1]', [{ a: 1 }], { a: 1 }],
  ['$d[a=1][0]', [{ a: 1 }], { a: 1 }],
  ['$d[a=1].a', [{ a: 1 }], 1],
  ['$count($d[a=1])', [{ a: 1 }], 1],
  ['$d[a=1]{"n": a}', [{ a: 1 }], { n: 1 }],
  ['$contains($d, /b+c/i)', 'aBBc', true],
  ['$match($d, /(\\d+)-(\\w)/).groups', 'x 12-a', ['12', 'a']],
  ['$replace($d, /\\s+/, " ")', 'a  b\t c', 'a b c'],
  ['$split($d, /[,;] ?/)', 'a, b;c', ['a', 'b', 'c']],
  ['$d[$contains(n, /^b/)].n', [{ n: 'ab' }, { n: 'ba' }], 'ba'],
  ['$contains($d, /(a+)+$/)', `${'a'.repeat(5_000)}b`, false],
  ['[$d[a>9]]', [{ a: 1 }], []],
  ['$sort($d)', [3, 1, 2], [1, 2, 3]],
  ['$d^(>n).n', [{ n: 1 }, { n: 3 }, { n: 2 }], [3, 2, 1]],
  ['$split($d, ",")', 'a,b', ['a', 'b']],
  ['$split($d, ",", 1)', 'a,b', ['a']],
  ['$d.$split("")', ['ab', 'c'], ['a', 'b', 'c']],
  ['$d.$pad(-3, "#")', ['a', 'b'], ['##a', '##b']],
  ['[$split($d.none, ",")]', {}, []],
  ['$distinct($d)', [1, 1, 2], [1, 2]],
  ['$replace($d, "a", "b")', 'aa', 'bb'],
  ['$count($d)', 'x'.repeat(1), 1],
  ['$type($d)', null, 'null'],
])('when %s is computed then its value keeps its type', async (expression, d, value) => {
  expect(valueOf(await computed(expression, d))).toEqual(value);
});

test.each<[string, RegExp]>([
  ['1/0', /Infinity|range|number/i],
  ['$d.nothing', /gives nothing/],
  ['$sum', /function|JSON/i],
  ['function($x){$x}', /function|JSON/i],
  ['$random()', /not allowed/],
  ['$shuffle([1,2])', /not allowed/],
  ['$eval("1")', /not allowed/],
  ['$match("a", /(?=a)/)', /lookaround/],
  ['$match("a", /[z-a]/)', /./],
  ['"a" + 1', /./],
  ['(', /./],
])('when %s is computed then the step fails and says why', async (expression, why) => {
  const run = await computed(expression, {});
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'expression-failed', step: '0', retryable: false } });
  expect(run.error?.message).toMatch(why);
});

test.each([
  ['calls itself last', '($f := function($n){ $f($n + 1) }; $f(1))'],
  ['calls itself', '($f := function($n){ 1 + $f($n) }; $f(1))'],
])('when an expression never ends because it %s then it is ended', async (_why, expression) => {
  const run = await computed(expression);
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'expression-endless' } });
});

test('when the time is asked for then it is the time of the run, also when it continues later', async () => {
  const run = await computed('[$now(), $millis()]');
  const created = run.metadata.created_at;
  expect(valueOf(run)).toEqual([created, Date.parse(created)]);
});

test('when an input is larger than 64 kB then a worker evaluates it', async () => {
  const rows = Array.from({ length: 20_000 }, (_, n) => ({ n }));
  expect(await evaluate('$sum($d.n)', { d: rows }, { startedAt: new Date(0).toISOString() })).toBe(199_990_000);
  await expect(evaluate('$d[0].n + "a"', { d: rows }, { startedAt: new Date(0).toISOString() })).rejects.toMatchObject({
    name: 'ExpressionError',
  });
});

test('when a worker takes too long then it is ended with an error', async () => {
  const slow = '$sort([1..100000], function($a, $b){ $sum([1..1000]) > $a })';
  await expect(evaluate(slow, {}, { startedAt: new Date(0).toISOString() })).rejects.toMatchObject({ endless: true });
});

test('when its values are larger then it may take longer, in proportion', async () => {
  const slow = '$sort([1..100000], function($a, $b){ $sum([1..1000]) > $a + $length($d) })';
  const after = (characters: number, expression = slow) =>
    evaluate(expression, { d: 'x'.repeat(characters) }, { startedAt: new Date(0).toISOString() });
  // Only what calls itself never ends, and it ends as early whatever it is given.
  await expect(after(1_000_000, '($f := function($x) { $f($x + 1) }; $f($length($d)))')).rejects.toMatchObject({
    endless: true,
    message: expect.stringContaining('than 450 ms') as string,
  });
  await expect(after(100_000)).rejects.toMatchObject({
    endless: true,
    message: expect.stringContaining('than 650 ms') as string,
  });
  await expect(after(200_000)).rejects.toMatchObject({
    endless: true,
    message: expect.stringContaining('than 850 ms') as string,
  });
});

test('when the machine gives the process too little of that time then it may take twice as long', async () => {
  const worked = [0, 100, 100, 700];
  const starved = createEvaluator(EXPRESSION_WORKER, () => worked.shift() ?? NaN);
  const endless = '($f := function($x) { $f($x + 1) }; $f(1))';
  await expect(starved(endless, {}, { startedAt: new Date(0).toISOString() })).rejects.toMatchObject({
    message: expect.stringContaining('than 900 ms') as string,
  });
  expect(worked).toEqual([]);
});

test.each([
  ['of many long texts', '($a := $pad("é", 1000000); [1..70].($a & $string($)))'],
  [
    'of one that was doubled',
    '($eight := function($t) { $t & $t & $t & $t & $t & $t & $t & $t }; $eight($eight($eight($pad("a", 1100000)))))',
  ],
])('when a value %s would fill the memory then it is refused before it is written out', async (_what, expression) => {
  const run = await computed(expression);
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'expression-endless' } });
  expect(run.error?.message).toMatch(/makes more than 64,000,000 characters of text/);
});

const echo = (args: z.ZodObject) => scriptedTool('echo', { args, acts: (given) => given });
const any = z.object({ v: z.any(), w: z.any().optional() });

test.each<[Json, Json]>([
  ['{{ $n }}', 5],
  ['{{$n}} of {{ $list }}', '5 of [1,2]'],
  ['{{ $text }}', 'see {{ $n }}'],
  ['<{{ $text }}>', '<see {{ $n }}>'],
  ['{{{{ $n }}', '{{ $n }}'],
  ['{{ {"a": {"b": 1}} }}', { a: { b: 1 } }],
  ['{{ "}}" }}!', '}}!'],
  [
    { deep: ['{{ $n }}', { er: 'n={{ $n }}' }], key: 7 },
    { deep: [5, { er: 'n=5' }], key: 7 },
  ],
  ['$n', '$n'],
  ['{{ null }}', null],
])('when an argument is %j then the tool gets %j', async (template, value) => {
  const tool = echo(any);
  const run = await new Bench({ tools: [tool] }).start(
    planOf([
      compute('5', '$n'),
      compute('[1,2]', '$list'),
      compute('"see {{ $n }}"', '$text'),
      { kind: 'tool', tool_id: 'echo', args: { v: template }, output: '$x' },
    ]),
  );
  expect(valueOf(run)).toEqual({ v: value });
});

test.each<[string, Json]>([
  ['{{ $d[a>1] }}', [{ a: 2 }]],
  ['{{ $d[a>9] }}', []],
  ['{{ $d }}', [{ a: 1 }, { a: 2 }]],
  ['{{ [1, 2] }}', [1, 2]],
  ['{{ [[1], [2]] }}', [[1], [2]]],
  ['{{ [[1, 2]] }}', [[1, 2]]],
  // One row of a table stays one row.
  ['{{ $map($d[a=1], function($v){ [$v.a, 5] }) }}', [[1, 5]]],
  ['{{ $d[a=1] ~> $map(function($v){ [$v.a, 5] }) }}', [[1, 5]]],
  [
    '{{ $d.[a, 5] }}',
    [
      [1, 5],
      [2, 5],
    ],
  ],
  ['{{ $d[a=1].[a, 5] }}', [[1, 5]]],
  ['{{ $filter([[1, 2], [3]], function($v){ $count($v) = 2 }) }}', [[1, 2]]],
  ['{{ ($t := {"rows": [[1, 2]]}; $t.rows) }}', [[1, 2]]],
  ['{{ $count($d) = 2 ? $map([[1, 2]], function($v){ $v }) : 0 }}', [[1, 2]]],
  ['{{ $count($d) = 9 ? 1 }}', []],
  ['{{ $d[a=1].{"n": a} }}', [{ n: 1 }]],
  ['{{ 7 }}', [7]],
])('when an argument takes a list then %s gives %j', async (template, value) => {
  const tool = echo(z.object({ list: z.array(z.any()), in: z.object({ list: z.array(z.any()) }) }));
  const run = await new Bench({ tools: [tool] }).start(
    planOf([
      compute('[{"a": 1}, {"a": 2}]', '$d'),
      { kind: 'tool', tool_id: 'echo', args: { list: template, in: { list: template } }, output: '$x' },
    ]),
  );
  expect(valueOf(run)).toEqual({ list: value, in: { list: value } });
});

test('when a value is changed by an expression then the stored one stays as it was', async () => {
  const run = await new Bench().start(planOf([compute('[{"a": 1}]', '$d'), compute('$d ~> | $ | {"a": 2} |', '$e')]));
  expect(outputsOf(run)).toEqual({ $d: [{ a: 1 }], $e: [{ a: 2 }] });
});

test('when a value is large then it is kept once beside the log and read back where it is needed', async () => {
  const big = 'x'.repeat(6_000);
  const tool = scriptedTool('get', { acts: () => big });
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(
    planOf(
      [
        { kind: 'tool', tool_id: 'get', args: { text: '{{ $in }}' }, output: '$big' },
        compute('$length($big) + $length($in)', '$size'),
      ],
      { plan_inputs: [{ name: '$in' }] },
    ),
    { in: 'y'.repeat(7_000) },
  );
  expect(valueOf(run)).toBe(13_000);
  expect(run.outputs.step_outputs['$big']).toEqual({
    output_name: '$big',
    plan_run_id: run.id,
    summary: `${'x'.repeat(299)}…`,
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    bytes: 6_002,
  });
  expect(run.plan_run_inputs).toMatchObject({ in: { output_name: 'in', plan_run_id: run.id, bytes: 7_002 } });
  expect(JSON.stringify(bench.told)).not.toContain('x'.repeat(1_000));
  const stored = bench.told.flatMap((event) => (event.type === 'memory.stored' ? [event.digest] : []));
  expect(new Set(stored).size).toBe(stored.length);
});

test('when a reply of a model is large then it is given back whole after a pause', async () => {
  const long = 'word '.repeat(2_000);
  const tool = scriptedTool('send', { effect: 'once', acts: ({ text }) => String(text).length });
  const model = scriptedModel([{ calls: [['send', { text: long }]] }]);
  const bench = new Bench({ tools: [tool], model });
  const run = await bench.start(planOf([{ task: 'send it', tool_id: 'send', output: '$n' }]));
  expect(valueOf(await bench.resume(run.id, { verify: true }))).toBe(10_000);
});

test('when a secret comes up anywhere then neither the log nor a later step sees it', async () => {
  const redact = <Value>(value: Value) => JSON.parse(JSON.stringify(value).replaceAll('s3cret', '[KEY]')) as Value;
  const tool = scriptedTool('leak', { effect: 'once', acts: ({ text }) => `s3cret and ${String(text)}` });
  const model = scriptedModel([
    {
      calls: [
        ['leak', { text: 's3cret' }],
        ['leak', { text: 'b' }],
      ],
    },
    { json: 1 },
  ]);
  const bench = new Bench({ tools: [tool], model, redact });
  const plan = planOf([{ task: 'leak', tool_id: 'leak', output_schema: { type: 'number' }, output: '$x' }], {
    plan_inputs: [{ name: 'k' }],
  });
  const { id } = await bench.start(plan, { k: 's3cret' });
  await bench.resume(id, { verify: true });
  const run = await bench.resume(id, { verify: true });
  expect(run.state).toBe('COMPLETE');
  const everything = JSON.stringify([bench.told, await bench.store.readEvents(id), model.requests, tool.calls]);
  expect(everything).not.toContain('s3cret');
});

test.each<[expression: string, list: Json]>([
  ['$d[a>1]', [{ a: 2 }]],
  ['$d[a>5]', []],
  ['$d', [{ a: 1 }, { a: 2 }]],
])('when %s goes where a list or null is wanted then it is a list', async (expression, list) => {
  const given = { plan_inputs: [{ name: 'd' }] };
  const d = [{ a: 1 }, { a: 2 }];
  const args = z.object({ n: z.array(z.json()).nullable() });
  const tool = scriptedTool('many', { args, acts: ({ n }) => n ?? 'null' });
  const step = { kind: 'tool', tool_id: 'many', args: { n: `{{ ${expression} }}` }, output: '$x' };
  const called = await new Bench({ tools: [tool] }).start(planOf([step], given), { d });
  expect(valueOf(called)).toEqual(list);
  const inner = {
    plan_context: { query: 'q', tool_ids: [] },
    plan_inputs: [{ name: '$xs', schema: { type: 'array' } }],
    steps: [compute('$xs')],
  };
  const outer = { kind: 'plan', plan: inner, inputs: { xs: `{{ ${expression} }}` }, output: '$y' };
  expect(valueOf(await new Bench().start(planOf([outer], given), { d }))).toEqual(list);
});

test('when a text of a step has a template then it is filled in, wherever it stands', async () => {
  const model = scriptedModel([{ text: 'said' }, { json: { outcome: 'continue', reason: 'it is' } }]);
  const bench = new Bench({ model });
  const run = await bench.start(
    planOf([
      compute('"blue"', '$colour'),
      { kind: 'llm', task: 'Say {{ $colour }}.', system_prompt: 'You are {{ $colour }}.', output: '$said' },
      { ...compute('1', '$one'), condition: 'It is {{ $colour }}.' },
      {
        kind: 'for_each',
        over: ['{{ $colour }}', 'dark {{ $colour }}', 3],
        as: 'item',
        output: '$all',
        steps: [compute('$item', '$it')],
      },
      { kind: 'user_input', message: 'Which?', options: ['{{ $colour }}', 'not {{ $colour }}'], output: '$choice' },
    ]),
  );
  const texts = model.requests.map(({ messages }) => JSON.stringify(messages));
  expect(texts[0]).toContain('You are blue.');
  expect(texts[1]).toContain('It is blue.');
  expect(outputsOf(run)['$all']).toEqual(['blue', 'dark blue', 3]);
  expect(run.outputs.clarifications).toMatchObject([{ options: ['blue', 'not blue'] }]);
});

test('when the options come out empty then the step fails and says so, and nobody is asked', async () => {
  const run = await new Bench().start(
    planOf([
      compute('[1, 2]', '$list'),
      { kind: 'user_input', message: 'Which?', options: '$list[$ > 5]', output: '$choice' },
    ]),
  );
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'expression-failed', step: '1' } });
  expect(run.error?.message).toContain('nothing to choose from');
  expect(run.outputs.clarifications).toEqual([]);
});

test('when over and when are one template each then they are what stands in it', async () => {
  const loop = { kind: 'for_each', over: '{{ $d }}', as: 'n', steps: [compute('$n * 2', '$twice')], output: '$all' };
  const plan = planOf([{ ...loop, when: '{{ $count($d) = 2 }}' }], { plan_inputs: [{ name: 'd' }] });
  expect(valueOf(await new Bench().start(plan, { d: [1, 2] }))).toEqual([2, 4]);
});
