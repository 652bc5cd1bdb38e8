import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { planOf } from './bench.js';
import { driveRandom, expectSameEndAfter, expectSameEndEverywhere, planFrom, randomSteps } from './random-on-error.js';

const pay = (text: string, output: string) => ({ kind: 'tool', tool_id: 'pay', args: { text }, output });
const broken = { kind: 'compute', expression: "$number('x')", output: '$never' };
const branch = (steps: object[], extra: object = {}) => ({
  kind: 'if',
  branches: [{ when: 'false', steps: [broken] }],
  else: steps,
  ...extra,
});
const left = '[$exists($one), $exists($two), $exists($never)]';

test.each<[string, object[]]>([
  [
    'a branch with on_error failed',
    [
      branch([pay('well 1', '$one'), branch([pay('well 2', '$two'), broken])], { on_error: [pay('well 3', '$three')] }),
      { kind: 'compute', expression: left, output: '$left' },
    ],
  ],
  [
    'an item failed in a branch',
    [
      {
        kind: 'for_each',
        over: "['a', 'b']",
        as: 'item',
        steps: [
          branch([pay('{{ "well 1" & $item }}', '$one'), branch([pay('{{ "well 2" & $item }}', '$two'), broken])]),
        ],
        collect: left,
        output: '$left',
        on_error: 'continue',
      },
    ],
  ],
])('when the process dies after %s then what that left before is still there', async (_what, steps) => {
  const plan = planOf(steps);
  const { run } = await driveRandom(plan, []);
  expect(JSON.stringify(run.outputs.step_outputs['$left'])).toContain('[true,true,false]');
  await expectSameEndEverywhere(plan, 2);
});

test('when the process dies at events of random plans with on_error in on_error then the end is the same', async () => {
  let caught = 0;
  await fc.assert(
    fc.asyncProperty(randomSteps, fc.nat(8), async (steps, from) => {
      const plan = planFrom(steps);
      const undisturbed = await driveRandom(plan, []);
      const { steps: records, metadata } = undisturbed.run;
      caught += records.filter(({ caught_by: by }) => by !== undefined).length;
      for (let event = 2 + from; event <= metadata.last_seq; event += 9) {
        await expectSameEndAfter([{ event, when: event % 2 === 0 ? 'before' : 'after' }], plan, undisturbed);
      }
    }),
    { numRuns: 12, seed: 7, endOnFailure: true },
  );
  expect(caught).toBeGreaterThan(10);
});
