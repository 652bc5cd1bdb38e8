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
  ['{ $x }', ask('Pay { $total }?'), ['warning /steps/0/message { $total } is text here, not the value of $total.']],
  [
    'options',
    { ...ask('Which?'), options: 'a,b' },
    ['error /steps/0/options Options are a list, or an expression that gives one.'],
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
