import { expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import type { KnownTool } from '../../../src/domain/plan-check/known-tools-and-plans.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import { compute, planWith } from '../plan-examples.js';

const RULES = new Set(['old-value', 'looks-too-early', 'accidental-result', 'unknown-reference', 'used-too-early']);

const TOOLS = new Map<string, KnownTool>([
  ['mail', { effect: 'once', inputSchema: () => ({ type: 'object' }) }],
  ['search', { effect: 'read', inputSchema: () => ({ type: 'object' }) }],
]);
const call = (tool_id: string) => ({ kind: 'tool', tool_id, args: {}, output: '$done' });

function said(steps: Json[]): string[] {
  return checkPlan(planWith(steps, []), { tools: TOOLS })
    .filter(({ rule }) => RULES.has(rule))
    .map(({ severity, rule, pointer }) => `${severity} ${rule} ${pointer}`);
}

const loop = (extra: { [key: string]: Json }) => ({
  kind: 'while',
  when: '$n < 3',
  max_iterations: 5,
  steps: [compute('$n + 1', '$n')],
  ...extra,
});
const each = (extra: { [key: string]: Json }) => ({
  kind: 'for_each',
  over: '[1]',
  as: 'i',
  steps: [compute('$i', '$x')],
  ...extra,
});

test.each<[string, Json[], string[]]>([
  [
    'a loop remakes a name that is used after it',
    [compute('0', '$n'), loop({}), compute('$n', '$y')],
    ['warning old-value /steps/2/expression'],
  ],
  ['the loop gives it under an output', [compute('0', '$n'), loop({ output: '$last' }), compute('$last', '$y')], []],
  [
    'the name is made again behind the loop',
    [compute('0', '$n'), loop({}), compute('5', '$n'), compute('$n', '$y')],
    [],
  ],
  [
    'a while looks at what only its steps make',
    [loop({ when: '$m < 3', steps: [compute('1', '$m')] })],
    ['warning looks-too-early /steps/0/when'],
  ],
  ['a do_while does', [loop({ kind: 'do_while', when: '$m < 3', steps: [compute('1', '$m')] })], []],
  ['a loop at the end leaves the result to its last item', [each({})], ['warning accidental-result /steps/0']],
  ['a loop at the end is made for what its tool does', [each({ steps: [call('mail')] })], []],
  [
    'the tool at the end of a loop only reads',
    [each({ steps: [call('search')] })],
    ['warning accidental-result /steps/0'],
  ],
  ['a loop at the end has an output', [each({ output: '$all' })], []],
  [
    'what is collected has no name',
    [each({ output: '$all', collect: '$nope' })],
    ['error unknown-reference /steps/0/collect'],
  ],
  [
    '$exhausted is used behind a loop that stops',
    [compute('0', '$n'), loop({ on_limit: 'stop' }), compute('$exhausted', '$y')],
    [],
  ],
  [
    '$exhausted is used behind another loop',
    [compute('0', '$n'), loop({}), compute('$exhausted', '$y')],
    ['error unknown-reference /steps/2/expression'],
  ],
])('when %s then the check says what it must', (_name, steps, expected) => {
  expect(said(steps)).toEqual(expected);
});
