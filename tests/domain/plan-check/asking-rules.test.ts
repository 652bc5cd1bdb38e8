import { describe, expect, test } from 'vitest';

import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import type { KnownTool } from '../../../src/domain/plan-check/known-tools-and-plans.js';
import type { Json } from '../../../src/domain/values/json.js';
import { planWith } from '../plan-examples.js';

const inputSchema = () => ({ type: 'object' });
const TOOLS = new Map<string, KnownTool>([
  ['mail_tool', { effect: 'once', sends: true, inputSchema }],
  ['file_reader_tool', { effect: 'read', inputSchema }],
]);

function problemsOf(...steps: Json[]): string[] {
  const problems = checkPlan(planWith(steps), { tools: TOOLS });
  return problems
    .map(({ rule, pointer }) => `${rule} ${pointer}`)
    .filter((found) => !/^(asks-a-person|acts|sends|unused) /.test(found));
}

const ask = (keys: Record<string, Json>) => ({ kind: 'user_input', message: 'How many?', output: '$n', ...keys });
const verify = (keys: Record<string, Json>) => ({ kind: 'user_verify', message: 'Sure?', ...keys });
const mail = (keys: Record<string, Json>) => ({
  kind: 'tool',
  tool_id: 'mail_tool',
  args: {},
  output: '$sent',
  ...keys,
});
const instead = [{ kind: 'compute', expression: '0', output: '$n' }];

describe('who is asked and until when', () => {
  test.each([
    [
      'of a value',
      ask({ assignees: ['ann'], expires_in: '24h', on_expiry: { value: 3 }, schema: { type: 'integer' } }),
    ],
    ['with other steps', ask({ expires_in: '1d', on_expiry: instead })],
    [
      'of an agreement',
      verify({ approvers: { any_of: ['ann', 'ben'], required: 2, not: 'starter' }, expires_in: '1h' }),
    ],
    ['of a call', mail({ approvers: { required: 2 }, expires_in: '1h', on_expiry: 'stop' })],
    ['one of the options', ask({ options: ['a', 'b'], expires_in: '1h', on_expiry: { value: 'b' } })],
  ])('when it is right %s then nothing is said', (_, step) => {
    expect(problemsOf(step)).toEqual([]);
  });

  test.each<[string, Json, string]>([
    [
      'a step that never asks',
      { kind: 'compute', expression: '1', output: '$x', assignees: ['ann'] },
      'misplaced-asking /steps/0/assignees',
    ],
    ['approvers of a value', ask({ approvers: { any_of: ['ann'] } }), 'misplaced-asking /steps/0/approvers'],
    [
      'too few people',
      verify({ approvers: { any_of: ['ann', 'ann'], required: 2 } }),
      'too-few-approvers /steps/0/approvers/required',
    ],
    ['approvers who are anybody', verify({ approvers: {} }), 'unused-approvers /steps/0/approvers'],
    [
      'approvers where tools only read',
      { kind: 'tool', tool_id: 'file_reader_tool', args: {}, output: '$x', approvers: { required: 2 } },
      'unused-approvers /steps/0/approvers',
    ],
    [
      'assignees beside approvers',
      verify({ assignees: ['ann'], approvers: { any_of: ['ben'] } }),
      'unused-assignees /steps/0/assignees',
    ],
    ['a time that is none', ask({ expires_in: 'tomorrow' }), 'expires-in /steps/0/expires_in'],
    ['an end without a time', ask({ on_expiry: 'stop' }), 'unused-on-expiry /steps/0/on_expiry'],
    [
      'an agreement by silence',
      verify({ expires_in: '1h', on_expiry: { value: true } }),
      'on-expiry-value /steps/0/on_expiry',
    ],
    [
      'a value of another type',
      ask({ schema: { type: 'integer' }, expires_in: '1h', on_expiry: { value: 'three' } }),
      'on-expiry-value /steps/0/on_expiry/value',
    ],
    [
      'a value that is no option',
      ask({ options: ['a', 'b'], expires_in: '1h', on_expiry: { value: 'c' } }),
      'on-expiry-value /steps/0/on_expiry/value',
    ],
    [
      'a secret that is written down',
      ask({ schema: { type: 'string', format: 'password' }, expires_in: '1h', on_expiry: { value: 'x' } }),
      'secret-default /steps/0/on_expiry/value',
    ],
    ['a name that nothing defines', ask({ assignees: ['{{ $nobody }}'] }), 'unknown-reference /steps/0/assignees/0'],
    [
      'a mistake in the steps of the end',
      ask({ expires_in: '1h', on_expiry: [{ kind: 'compute', expression: '$gone', output: '$n' }] }),
      'unknown-reference /steps/0/on_expiry/0/expression',
    ],
  ])('when there is %s then it is said', (_, step, problem) => {
    expect(problemsOf(step)).toContain(problem);
  });

  test('when other steps leave nothing that is needed then it is said', () => {
    const none = [{ kind: 'compute', expression: '0', output: '$other' }];
    const use = { kind: 'compute', expression: '$n + $other', output: '$total' };
    expect(problemsOf(ask({ expires_in: '1h', on_expiry: none }), use)).toEqual(['lost-on-error /steps/1/expression']);
    expect(problemsOf(ask({ expires_in: '1h', on_expiry: instead }), { ...use, expression: '$n' })).toEqual([]);
  });
});
