import { describe, expect, test } from 'vitest';

import { evaluateExpression } from '../../src/domain/expressions/expression.js';
import type { JsonObject } from '../../src/domain/values/json.js';
import type { Policy, PolicyCase, PolicyRule } from '../../src/domain/values/policies.js';
import { createPolicy } from '../../src/tools/tool-policy.js';

type Rules = Record<string, Policy | PolicyCase[]>;

const rules = (place: string, said: Rules): PolicyRule[] =>
  Object.entries(said).map(([glob, policy]) => ({ glob, policy, source: `${place} approvals.${glob}` }));

async function judge(
  {
    machine = {},
    command = {},
    project = {},
    user = {},
  }: Partial<Record<'machine' | 'command' | 'project' | 'user', Rules>>,
  { id = 'pay', args = {} }: { id?: string; args?: JsonObject } = {},
) {
  const places = {
    machine: rules('machine', machine),
    command: rules('flag', command),
    files: [rules('portia.json', project), rules('user', user)],
  };
  const policy = await createPolicy(places, async (source, variables) =>
    evaluateExpression(source, variables, { startedAt: '2026-01-01T00:00:00Z' }),
  );
  return policy(id, args);
}

describe('rules of several places', () => {
  test.each<[string, Parameters<typeof judge>[0], Policy | undefined]>([
    ['nobody speaks of it', { project: { send: 'deny' } }, undefined],
    ['a file denies it and a flag allows it', { command: { pay: 'allow' }, user: { '*': 'deny' } }, 'deny'],
    ['a file asks and a flag allows it', { command: { pay: 'allow' }, project: { pay: 'ask' } }, 'allow'],
    ['the machine asks and a flag allows it', { machine: { '*': 'ask' }, command: { pay: 'allow' } }, 'ask'],
    ['the machine allows what the project denies', { machine: { '*': 'allow' }, project: { pay: 'deny' } }, 'deny'],
    ['the project allows what the user asks about', { project: { pay: 'allow' }, user: { 'p*': 'ask' } }, 'ask'],
    ['the project asks about what the user allows', { project: { pay: 'ask' }, user: { pay: 'allow' } }, 'ask'],
    ['one file names it twice', { user: { pay: 'allow', '*': 'ask' } }, 'allow'],
    ['one file names it twice and denies', { user: { pay: 'allow', '*': 'deny' } }, 'deny'],
    ['a pattern begins with !', { user: { '!send': 'allow' } }, undefined],
  ])('when %s then the verdict is the right one', async (_name, places, expected) => {
    expect((await judge(places)).policy).toBe(expected);
  });

  test.each<[string, Parameters<typeof judge>[0], object]>([
    ['the machine', { machine: { 'p*': 'deny' } }, { source: 'machine approvals.p*', place: 'machine' }],
    ['the command line', { command: { pay: 'deny' } }, { source: 'flag approvals.pay', place: 'command' }],
    ['a file', { user: { pay: 'deny' } }, { source: 'user approvals.pay', place: 'file' }],
    [
      'a case of a rule',
      { project: { pay: [{ when: 'true', then: 'deny' }] } },
      { source: 'portia.json approvals.pay[0]', place: 'file' },
    ],
  ])('when %s denies a call then the verdict names the rule', async (_name, places, deniedBy) => {
    expect(await judge(places)).toEqual({ policy: 'deny', deniedBy });
  });
});

describe('rules about arguments', () => {
  const cases: PolicyCase[] = [
    { when: "$args.command[0] = 'git'", then: 'allow' },
    { when: "{{ $args.command[0] = 'rm' }}", then: 'deny' },
  ];

  test.each<[string[], Policy | undefined]>([
    [['git', 'status'], 'allow'],
    [['rm', '-r', '/'], 'deny'],
    [['ls'], undefined],
    [[], undefined],
  ])('when the command is %j then the first case that holds decides', async (command, expected) => {
    expect((await judge({ user: { pay: cases } }, { args: { command } })).policy).toBe(expected);
  });

  test.each(['$args.amount >', '$args.amount', '"yes"', '$number($args.to)', '$nowhere.amount'])(
    'when %s is the expression then a person is asked, and the rule is named, also where a flag allows it',
    async (when) => {
      const places = { command: { pay: 'allow' as const }, project: { 'p*': [{ when, then: 'allow' as const }] } };
      const { policy, problem } = await judge(places, { args: { amount: 3, to: 'Ada' } });
      expect(policy).toBe('ask');
      expect(problem).toContain('The rule portia.json approvals.p*[0] cannot be judged.');
    },
  );

  test('when a rule cannot be judged then another that denies still wins', async () => {
    const project = { pay: [{ when: '$args.', then: 'allow' as const }], '*': 'deny' as const };
    expect((await judge({ project })).policy).toBe('deny');
  });
});
