import vm from 'node:vm';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import type { Problem } from '../../src/domain/errors.js';
import type { JsonSchema } from '../../src/domain/values/json.js';
import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';

/** Each of 25 definitions refers to the next one twice: a value that fits none is looked at 33 million times. */
function fanningOut(): JsonSchema {
  const $defs: JsonSchema = { d25: { type: 'string' } };
  for (let index = 0; index < 25; index += 1) {
    const next = { $ref: `#/$defs/d${index + 1}` };
    $defs[`d${index}`] = { anyOf: [next, next] };
  }
  return { $defs, $ref: '#/$defs/d0' };
}

const COMPUTE = { kind: 'compute', expression: '1', output: '$one' };
const planOf = (content: object) =>
  JSON.stringify({ plan_context: { query: 'q', tool_ids: [] }, steps: [COMPUTE], ...content });

describe('schemas that no value can be checked against in time', () => {
  test('when defaults would take minutes to check, then the check says so of the first of them', async () => {
    const plan_inputs = ['$a', '$b', '$c'].map((name) => ({ name, schema: fanningOut(), default: 1 }));
    const cwd = makeExampleProject({ 'p.json': planOf({ plan_inputs }) });
    const { code, stdout } = await portiaHere(['check', 'p.json'], { cwd });
    expect(code).toBe(2);
    const { problems } = JSON.parse(stdout) as { problems: Problem[] };
    expect(problems.filter(({ rule }) => rule === 'default')).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('takes too long'),
        pointer: '/plan_inputs/0/default',
      }),
    ]);
  });

  test('when an input that is given would take minutes to check, then the run is refused', async () => {
    const cwd = makeExampleProject({ 'p.json': planOf({ plan_inputs: [{ name: '$a', schema: fanningOut() }] }) });
    const { code, stderr } = await portiaHere(['run-plan', 'p.json', '-i', 'a:=1'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('takes too long');
  });

  test('when many inputs would take minutes each, then only the first of them is checked', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    const plan_inputs = names.map((name) => ({ name: `$${name}`, schema: { ...fanningOut(), title: name } }));
    const cwd = makeExampleProject({ 'p.json': planOf({ plan_inputs }) });
    const look = vi.spyOn(vm.Script.prototype, 'runInContext');
    onTestFinished(() => look.mockRestore());
    const flags = names.flatMap((name) => ['-i', `${name}:=1`]);
    const { code, stderr } = await portiaHere(['run-plan', 'p.json', ...flags], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/n0: takes too long.*n19: is not checked, because a value before it takes too long/s);
    // Each look is longer than the one before, and there are four at most.
    expect(look.mock.calls.length).toBeLessThanOrEqual(4);
  });

  test('when many schemas are too large, then they have one time together', async () => {
    const large = (name: string): JsonSchema => ({
      title: name,
      dependentRequired: { a: Array.from({ length: 1_000 }, (_, index) => `p${index}`) },
    });
    const plan_inputs = Array.from({ length: 20 }, (_, index) => ({ name: `$n${index}`, schema: large(`n${index}`) }));
    const cwd = makeExampleProject({ 'p.json': planOf({ plan_inputs }) });
    const look = vi.spyOn(vm.Script.prototype, 'runInContext').mockImplementation(() => {
      throw Object.assign(new Error('timed out'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
    });
    onTestFinished(() => look.mockRestore());
    const { code, stdout } = await portiaHere(['check', 'p.json'], { cwd });
    expect(code).toBe(2);
    const { problems } = JSON.parse(stdout) as { problems: Problem[] };
    expect(problems.filter(({ rule }) => rule === 'schema')).toHaveLength(20);
    // Four of them use up the time, with four looks each at most.
    expect(look.mock.calls.length).toBeLessThanOrEqual(16);
  });

  test('when an answer would take minutes to check, then it is refused and the run waits on', async () => {
    const ask = { kind: 'user_input', message: 'What?', schema: fanningOut(), output: '$what' };
    const cwd = makeExampleProject({ 'p.json': planOf({ steps: [ask] }) });
    const early = await portiaHere(['run-plan', 'p.json', '--answer', '0.what:=1'], { cwd });
    expect(early.stderr).toContain('takes too long');
    const late = await portiaHere(['answer', 'last', 'what:=1'], { cwd });
    expect({ code: late.code, stderr: late.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('takes too long'),
    });
  });

  test('when the shape of a reply leads back to itself, then the check says so', async () => {
    const output_schema = { anyOf: [{ $dynamicRef: '#a' }], $dynamicAnchor: 'a' };
    const cwd = makeExampleProject({
      'p.json': planOf({ steps: [{ kind: 'llm', task: 't', output: '$a', output_schema }] }),
    });
    const { code, stdout } = await portiaHere(['check', 'p.json'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toContain('leads back to itself');
  });
});
