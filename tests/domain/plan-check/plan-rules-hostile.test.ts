import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { checkPlan } from '../../../src/domain/plan-check/plan-rules.js';
import { stepSchema } from '../../../src/domain/plan/plan-schema.js';
import type { PlanInput } from '../../../src/domain/plan/plan.js';
import { compute, planWith } from '../plan-examples.js';

const use = (name: string, output = '$z') => compute(`$${name}`, output);
const call = (args: { [key: string]: Json }) => ({ kind: 'tool', tool_id: 't', args, output: '$z' });

const errorsOf = (steps: Json[]) => problemsOf(steps, 'error');
const warningsOf = (steps: Json[], inputs: PlanInput[]) => problemsOf(steps, 'warning', inputs);

function problemsOf(steps: Json[], severity: 'error' | 'warning', inputs: PlanInput[] = []): string[] {
  return checkPlan(planWith(steps, inputs)).flatMap((problem) => (problem.severity === severity ? [problem.rule] : []));
}

describe('hostile plans', () => {
  test('when a plan has 10,000 steps in a chain, and as many inputs, then it is judged', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) =>
      compute(index === 0 ? '1' : `$s${index - 1} + 1`, `s${index}`),
    );
    const inputs = Array.from({ length: 10_000 }, (_, index) => ({ name: `in${index}` }));
    expect(errorsOf(chain)).toEqual([]);
    expect(warningsOf(chain, inputs)).toHaveLength(10_000);
  });

  test('when 10,000 steps are all wrong then every one is reported', () => {
    expect(errorsOf(Array.from({ length: 10_000 }, (_, index) => use(`no${index}`, 'a')))).toHaveLength(19_999);
  });

  test('when blocks or arguments nest beyond all measure then that is the one problem', () => {
    let steps = [compute('1', 'a')] as Json[];
    let args: Json = 1;
    for (let level = 0; level < 5_000; level += 1) {
      steps = [{ kind: 'if', branches: [{ when: 'true', steps }] }];
      args = { args };
    }
    const plan = planWith([call({})]);
    // Not read as a file is: a program may hand in anything.
    expect(checkPlan({ ...plan, steps: steps as never })).toMatchObject([{ rule: 'too-deep', pointer: '' }]);
    expect(checkPlan({ ...plan, steps: [call({ args })] as never })).toMatchObject([{ rule: 'too-deep' }]);
  });

  test('when names are those of a prototype then they are names like any other', () => {
    expect(errorsOf([use('__proto__'), use('constructor', 'y')])).toHaveLength(2);
    expect(
      errorsOf([
        compute('1', '__proto__'),
        compute('2', 'constructor'),
        compute('$__proto__ + $constructor', 'toString'),
      ]),
    ).toEqual([]);
  });

  test('when a plan is anything that can be read then checking it never throws, and every problem has its place', () => {
    const name = fc.constantFrom('a', '$a', 'b', 'x-y', '__proto__', 'sum', '');
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('$a', '{{ $b }}', '{{', '$sum($a', '{{ {"a": $a} }}', '$eval("1")'),
    );
    const leaf = fc.oneof(
      fc.record({ task: text, output: name, inputs: fc.array(fc.record({ name })) }),
      fc.record({ kind: fc.constant('compute'), expression: text, output: name, when: text }),
      fc.record({
        kind: fc.constant('tool'),
        tool_id: name,
        args: fc.dictionary(fc.string(), fc.oneof(text, fc.jsonValue())),
        output: name,
      }),
    );
    const { step } = fc.letrec<{ step: unknown }>((tie) => ({
      step: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        fc.record({
          kind: fc.constantFrom('while', 'do_while'),
          when: text,
          steps: fc.array(tie('step'), { minLength: 1, maxLength: 3 }),
        }),
        fc.record({
          kind: fc.constant('for_each'),
          over: text,
          as: name,
          steps: fc.array(tie('step'), { minLength: 1, maxLength: 3 }),
        }),
        fc.record({
          kind: fc.constant('if'),
          branches: fc.array(
            fc.record({ condition: text, steps: fc.array(tie('step'), { minLength: 1, maxLength: 2 }) }),
            { minLength: 1, maxLength: 2 },
          ),
        }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), (candidates) => {
        const steps = candidates.filter((candidate) => stepSchema.safeParse(candidate).success) as Json[];
        const plan = planWith(steps);
        for (const { pointer } of checkPlan(plan, {
          tools: new Map([['a', { inputSchema: () => ({ properties: { q: {} } }) }]]),
        })) {
          const last = pointer
            .split('/')
            .slice(1)
            .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
          const parent = last
            .slice(0, -1)
            .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], plan);
          expect(parent).toBeTypeOf('object');
        }
      }),
      { numRuns: 300 },
    );
  });
});
