import { expect, test } from 'vitest';

import type { Json } from '../../src/domain/values/json.js';
import { compute } from '../domain/plan-examples.js';
import { Bench, planOf, valueOf } from './bench.js';

test.each<[string, Json, string[]]>([
  ['{"a": $d.b, "c": 1}', { c: 1 }, ['a']],
  ['{"a": {"b": $d.b, "c": 1}}', { a: { c: 1 } }, ['a.b']],
  ['$d.rows.{"n": n, "m": m}', [{ n: 1 }, { n: 2, m: 3 }], ['m']],
  ['$map($d.rows, function($r){ {"n": $r.n, "m": $r.m} })', [{ n: 1 }, { n: 2, m: 3 }], ['m']],
  ['{"a": null, "c": 1}', { a: null, c: 1 }, []],
  ['$string({"a": $d.b, "c": 1})', '{"c":1}', ['a']],
  ['{"c": $count([{"a": $d.rows[n > 5]}])}', { c: 1 }, ['a']],
  ['$merge([{"a": 1}, {"a": $d.rows[0].m}])', { a: 1 }, ['a']],
  ['$d.b ? 1 : {"a": $d.b, "c": 1}', { c: 1 }, ['a']],
  ['$join($d.rows.$string({"m": m}), ";")', '{};{"m":3}', ['m']],
  ['$string({"a": null, "c": []})', '{"a":null,"c":[]}', []],
])('when %s leaves out a key because its value is nothing then a warning says so', async (expression, value, keys) => {
  const bench = new Bench();
  const run = await bench.start(planOf([compute(expression, '$x')], { plan_inputs: [{ name: 'd' }] }), {
    d: { rows: [{ n: 1 }, { n: 2, m: 3 }] },
  });
  expect(valueOf(run)).toEqual(value);
  const warnings = (await bench.store.readEvents(run.id)).flatMap((event) =>
    event.type === 'warning' ? [event.message] : [],
  );
  expect(warnings).toEqual(keys.map((key) => `The key "${key}" was left out: its value is nothing.`));
});

test('when a key gets lost inside an expression that is evaluated apart then a warning says so, too', async () => {
  const bench = new Bench();
  const plan = planOf([compute('$length($string({"a": $d.b, "c": $d}))', '$x')], { plan_inputs: [{ name: 'd' }] });
  const { id } = await bench.start(plan, { d: 'x'.repeat(100_000) });
  const warnings = (await bench.store.readEvents(id)).filter(({ type }) => type === 'warning');
  expect(warnings).toMatchObject([{ message: 'The key "a" was left out: its value is nothing.' }]);
});

test('when a step of a loop loses the same key in every round then a warning says so once, also after a resume', async () => {
  const bench = new Bench();
  const lossy = compute('{"a": $n.nope, "n": $n}', '$o');
  const ask = { kind: 'user_input', message: '{{ $n }}?', output: '$said' };
  const loop = { kind: 'for_each', over: '[1, 2]', as: 'n', steps: [lossy, ask], output: '$all' };
  const { id } = await bench.start(planOf([loop]));
  await bench.resume(id, { said: 'x' });
  const warnings = (await bench.store.readEvents(id)).filter(({ type }) => type === 'warning');
  expect(warnings).toMatchObject([{ path: '0[0].steps.0' }]);
});
