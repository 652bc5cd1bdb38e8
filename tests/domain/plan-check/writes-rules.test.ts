import { expect, test } from 'vitest';

import { checkPlan, type KnownToolsAndPlans } from '../../../src/domain/plan-check/plan-rules.js';
import { planWith } from '../plan-examples.js';

const tool = (effect: 'read' | 'idempotent') => ({ inputSchema: () => ({}), effect, source: 'builtin' });
const known: KnownToolsAndPlans = {
  tools: new Map([
    ['reads', tool('read')],
    ['makes', tool('idempotent')],
  ]),
};

const rulesOf = (step: object) =>
  checkPlan(planWith([{ task: 't', output: 'a', ...step }]), known)
    .filter(({ severity }) => severity !== 'note')
    .map(({ rule, pointer }) => `${rule} ${pointer}`);

test.each([['reports/*.md'], ['out/**'], ['a file.txt'], ['./a.md']])('when writes is %s then it is sound', (glob) => {
  expect(rulesOf({ tool_id: 'makes', writes: [glob] })).toEqual([]);
  expect(rulesOf({ kind: 'react', tools: ['reads', 'makes'], writes: [glob] })).toEqual([]);
});

test.each(['', ' ', '/etc/x', '~/x', '../x', 'a/../../x', '!a.md', 'reports/{{ $x }}.md'])(
  'when writes has %j then the plan cannot be run',
  (glob) => {
    expect(rulesOf({ tool_id: 'makes', writes: ['a.md', glob] })).toEqual(['bad-writes /steps/0/writes/1']);
  },
);

test('when no tool of the step writes then a warning says so', () => {
  expect(rulesOf({ tool_id: 'reads', writes: ['a.md'] })).toEqual(['unused-writes /steps/0/writes']);
  expect(rulesOf({ kind: 'tool', tool_id: 'makes', writes: ['a.md'] })).toEqual(['unknown-key /steps/0/writes']);
});
