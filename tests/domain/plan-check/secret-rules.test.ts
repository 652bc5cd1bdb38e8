import { expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import type { PlanInput } from '../../../src/domain/plan/plan.js';
import { compute, planWith } from '../plan-examples.js';

const CONTEXT = { query: 'q', tool_ids: [] };
const PASSWORD = { type: 'string', format: 'password' };
const ask = { kind: 'user_input', message: 'Password?', schema: PASSWORD, output: '$otp' };
const call = (args: object, tool_id = 'login') => ({ kind: 'tool', tool_id, args, output: '$done' });
const last = call({ password: '{{ $otp }}' });

/** What the check says of a secret, as `rule pointer`. */
function said(steps: unknown[], inputs: PlanInput[] = []): string[] {
  return checkPlan(planWith(steps as Json[], inputs))
    .filter(({ rule }) => rule.startsWith('secret'))
    .map(({ rule, pointer }) => `${rule} ${pointer}`);
}

test.each<[string, object, string?]>([
  ['alone', { password: '{{ $otp }}' }],
  ['inside a text', { header: 'Bearer {{ $otp }}', user: '{{ $otp }}:{{$otp}}' }],
  ['deep in the arguments', { login: { parts: ['a', '{{ $otp }}'] } }],
  ['in the input of a command', { command: ['login'], stdin: '{{ $otp }}' }, 'run_command_tool'],
])('when a secret stands %s in the arguments of a tool, then that is right', (_how, args, id) => {
  expect(said([ask, call(args, id)])).toEqual([]);
});

const agent = (more: object) => ({ task: 'Do it', inputs: [], tool_id: 't', output: '$x', ...more });

test.each<[string, object, string]>([
  ['an input of an agent', agent({ inputs: [{ name: '$otp', description: '' }] }), 'inputs/0/name'],
  ['the task of an agent', agent({ task: 'Use {{ $otp }}' }), 'task'],
  ['an input of a model', { ...agent({ inputs: [{ name: 'otp', description: '' }] }), kind: 'llm' }, 'inputs/0/name'],
  [
    'a system prompt',
    { kind: 'llm', task: 'x', inputs: [], system_prompt: '{{ $otp }}', output: '$x' },
    'system_prompt',
  ],
  [
    'an input of an agent with tools',
    { kind: 'react', task: 'x', tools: ['t'], inputs: [{ name: '$otp', description: '' }], output: '$x' },
    'inputs/0/name',
  ],
  ['a question', { kind: 'user_verify', message: 'Use {{ $otp }}?' }, 'message'],
  ['options', { kind: 'user_input', message: 'Which?', options: '$otp', output: '$x' }, 'options'],
  ['when', { ...compute('1', '$x'), when: '$otp = "a"' }, 'when'],
  ['a condition', { ...compute('1', '$x'), condition: 'if $otp was given' }, 'condition'],
  ['the end of a plan', { kind: 'exit', message: 'Bye {{ $otp }}' }, 'message'],
  [
    'what a loop goes over',
    { kind: 'for_each', over: '$otp', as: 'o', steps: [compute('$o', '$y')], output: '$x' },
    'over',
  ],
  ['a longer expression in an argument', call({ password: '{{ $uppercase($otp) }}' }), 'args/password'],
  ['an argument that is a prompt', call({ task: '{{ $otp }}' }, 'llm_tool'), 'args/task'],
  ['the words of a command', call({ command: ['login', '{{ $otp }}'] }, 'run_command_tool'), 'args/command/1'],
  [
    'an input of a plan that is not a secret there',
    {
      kind: 'plan',
      plan: { plan_context: CONTEXT, plan_inputs: [{ name: '$a' }], steps: [call({ a: '{{ $a }}' })] },
      inputs: { a: '{{ $otp }}' },
      output: '$x',
    },
    'inputs/a',
  ],
])('when a secret stands in %s, then that is an error with its place', (_what, step, place) => {
  expect(said([ask, step, last])).toEqual([`secret-use /steps/1/${place}`]);
});

test('when a plan passes a secret to one inside as a secret, then that is right, alone and nothing around it', () => {
  const inner = {
    plan_context: CONTEXT,
    plan_inputs: [{ name: '$a', schema: PASSWORD }],
    steps: [call({ a: '{{ $a }}' })],
  };
  const outer = (a: string) => [ask, { kind: 'plan', plan: inner, inputs: { a }, output: '$x' }];
  expect(said(outer('{{ $otp }}'))).toEqual([]);
  expect(said(outer('x{{ $otp }}'))).toEqual(['secret-use /steps/1/inputs/a']);
});

test('when a secret is computed with or is the result, then that is an error, too', () => {
  expect(said([ask, compute('$length($otp)', '$x')])).toEqual(['secret-value /steps/1/expression']);
  expect(said([ask])).toEqual(['secret-value /steps/0/output']);
  const branches = { kind: 'if', branches: [{ when: 'true', steps: [ask] }] };
  expect(said([branches, compute('$otp', '$x')])).toEqual(['secret-value /steps/1/expression']);
});

test('when a plan input is a secret, then the same holds, and a default is an error', () => {
  const input = (more: object = {}): PlanInput => ({
    name: '$otp',
    schema: { type: 'string', writeOnly: true },
    ...more,
  });
  expect(said([last], [input()])).toEqual([]);
  expect(said([compute('$otp', '$x')], [input()])).toContain('secret-value /steps/0/expression');
  expect(said([last], [input({ default: 'hunter' })])).toEqual(['secret-default /plan_inputs/0/default']);
});

test('when a part of a value is a secret, then all of it is', () => {
  const schema = { type: 'object', properties: { user: { type: 'string' }, pins: { type: 'array', items: PASSWORD } } };
  expect(said([{ ...ask, schema }, compute('$otp.user', '$x')])).toContain('secret-value /steps/1/expression');
});

test('when a secret has an output_schema, then that is an error: no model may see it', () => {
  const shaped = { ...ask, output_schema: { type: 'object' } };
  expect(said([shaped, last])).toEqual(['secret-use /steps/0/output_schema']);
});

test('when there are options for a secret, then that is an error', () => {
  expect(said([{ ...ask, options: ['a', 'b'] }, last])).toEqual(['secret-options /steps/0/options']);
});
