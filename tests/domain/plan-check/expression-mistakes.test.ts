import { expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import type { PlanInput } from '../../../src/domain/plan/plan.js';
import { compute, planWith } from '../plan-examples.js';

const INPUTS: PlanInput[] = [
  { name: '$total', schema: { type: 'number' } },
  { name: '$name', schema: { type: 'string' } },
  { name: '$orders', schema: { type: 'array' } },
];

/** What the check says of one step, as `severity pointer message`, without notes and what is said of unused names. */
function said(step: Json): string[] {
  return checkPlan(planWith([step], INPUTS), { tools: new Map() })
    .filter(({ rule, severity }) => rule !== 'unused' && rule !== 'unbounded-loop' && severity !== 'note')
    .map(({ severity, pointer, message }) => `${severity} ${pointer} ${message}`);
}

const ask = (message: string) => ({ kind: 'user_input', message, output: '$said' });
const loop = (over: string) => ({ kind: 'for_each', over, as: 'o', steps: [compute('$o', '$x')], output: '$all' });

test.each<[string, Json, string[]]>([
  [
    'over',
    loop('orders'),
    ['error /steps/0/over Character 1: orders is a field without a value to take it from; did you mean $orders?'],
  ],
  [
    'a name that is a little different',
    loop('order'),
    ['error /steps/0/over Character 1: order is a field without a value to take it from; did you mean $orders?'],
  ],
  [
    'a text without quotes',
    compute('yes', '$x'),
    ['error /steps/0/expression Character 1: yes is a field without a value to take it from.'],
  ],
  [
    'when',
    { ...compute('1', '$x'), when: 'total > 1' },
    ['error /steps/0/when Character 1: total is a field without a value to take it from; did you mean $total?'],
  ],
  [
    'a text',
    ask('Pay {{ total }}?'),
    ['error /steps/0/message Character 8: total is a field without a value to take it from; did you mean $total?'],
  ],
  [
    'an expression',
    compute('len($orders) > 3', '$x'),
    ['error /steps/0/expression Character 1: there is no function len; did you mean $count($list), or $length($text)?'],
  ],
  [
    'the name of another case',
    compute('$Total + 1', '$x'),
    ['error /steps/0/expression Nothing defines $Total; did you mean $total?'],
  ],
  [
    'a text that is added',
    compute('$total + "a"', '$x'),
    ['error /steps/0/expression Character 8: the right side of + is a string, where a number is wanted.'],
  ],
  [
    'a text that is multiplied',
    compute('$name * 2', '$x'),
    ['error /steps/0/expression Character 7: the left side of * is a string, where a number is wanted.'],
  ],
  [
    'a filter by a text',
    compute('$orders[$name]', '$x'),
    ['error /steps/0/expression Character 9: a filter takes a condition or an index, not a text, and $name is one.'],
  ],
  ...(
    [
      ['$total += 1', 'write what the new value is, as in $n + 1: an expression changes no value'],
      ['$total++', 'write what the new value is, as in $n + 1: an expression changes no value'],
      ['$total is null', 'write = to compare, and $exists(…) to ask whether there is a value'],
      ['not $total', 'write $not(…)'],
      ['$total AND $name', 'write and'],
      ['$total mod 2', 'write %'],
      ['$total div 2', 'write $floor(a / b)'],
      ['$total ^ 2', 'write $power(a, b)'],
      ['$name like "a%"', 'write $contains($text, "part")'],
      ['$name =~ /a/', 'write $contains($text, /…/)'],
      ['if ($total > 1) 1 else 2', 'write condition ? a : b'],
      ['$orders?.a', 'write . alone: a field that is not there is nothing'],
      ['$orders[0:2]', 'write the indices as a list: [[0..2]]'],
      ['$total..9', 'write brackets around it: [1..3]'],
    ] as const
  ).map(([expression, says]): [string, Json, string[]] => [
    expression,
    compute(expression, '$x'),
    [expect.stringContaining(says) as string],
  ]),
  ['==', compute('$total == 1', '$x'), ['error /steps/0/expression Character 9: write = to compare']],
  ['&&', compute('$total > 1 && $total < 2', '$x'), ['error /steps/0/expression Character 13: write and']],
  ['||', compute('$total > 1 || $total < 2', '$x'), ['error /steps/0/expression Character 12: write or']],
  ['!', compute('!$exists($total)', '$x'), ['error /steps/0/expression Character 1: write $not(…)']],
  [
    'a number and a text',
    compute("$total > '100'", '$x'),
    ['error /steps/0/expression Character 8: the left side of > is a number, where a string is wanted.'],
  ],
  [
    'a text and a number',
    { ...compute('1', '$x'), when: '$name = 3' },
    [
      'warning /steps/0/when Character 7: the left side of = is a string, where a number is wanted, so they are never equal.',
    ],
  ],
  ['${x}', ask('Pay ${total}?'), ['warning /steps/0/message ${total} is text here, not the value of $total.']],
  [
    '${x.y}',
    ask('Pay ${total.net}?'),
    ['warning /steps/0/message ${total.net} is text here, not the value of $total.net.'],
  ],
  [
    '{ $x[0] }',
    ask('Pay { $orders[0].sum }?'),
    ['warning /steps/0/message { $orders[0].sum } is text here, not the value of $orders[0].sum.'],
  ],
  ['{ $x }', ask('Pay { $total }?'), ['warning /steps/0/message { $total } is text here, not the value of $total.']],
  [
    'options',
    { ...ask('Which?'), options: 'a,b' },
    ['error /steps/0/options This is a list, or an expression that gives one.'],
  ],
])('when %s says what other languages say then the check tells what to write', (_name, step, expected) => {
  expect(said(step)).toEqual(expected);
});

test.each<[string, Json]>([
  ['one template as a list', loop('{{ $orders }}')],
  ['one template as a condition', { ...compute('1', '$x'), when: ' {{ $total > 1 }} ' }],
  ['one template as options', { ...ask('Which?'), options: '{{ $orders }}' }],
  ['a shell variable', ask('Use ${HOME} and { brackets }')],
  ['numbers that are compared', compute('$total > 1 and $total != 3', '$x')],
  ['a name of a function', compute('$map($orders, function($total){ $total > "a" })', '$x')],
  ['slips in a string', compute('"a == b && c"', '$x')],
])('when there is %s then the check has nothing to say', (_name, step) => {
  expect(said(step)).toEqual([]);
});

test('when an expression is wrong then the names in it are not called unused', () => {
  const problems = checkPlan(planWith([compute('$sum($orders) + total', '$x')], INPUTS), { tools: new Map() });
  const unused = problems.filter(({ rule }) => rule === 'unused').map(({ message }) => message);
  expect(unused).toEqual(['Nothing uses $name.']);
});
