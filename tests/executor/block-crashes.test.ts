import { expect, test } from 'vitest';

import { isUnknownOutcome, openClarifications } from '../../src/domain/run/clarification.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import { Bench, planOf } from './bench.js';
import { drivePastKills, killsAround } from './drive-past-kills.js';
import type { Kill } from './dying-processes.js';
import { scriptedTool } from './scripted-tool.js';

/** Loops in loops, branches, a question in each iteration, a call with side effects in each, and an exit at the end. */
const plan = planOf([
  {
    kind: 'for_each',
    over: '["a", "b"]',
    as: 'item',
    steps: [
      { kind: 'user_input', message: 'How many {{ $item }}?', output: '$wanted' },
      { kind: 'compute', expression: '0', output: '$n' },
      {
        kind: 'while',
        when: '$n < $wanted',
        max_iterations: 9,
        steps: [
          { kind: 'compute', expression: '$n + 1', output: '$n' },
          {
            kind: 'if',
            branches: [
              {
                when: '$n = 2',
                steps: [{ kind: 'tool', tool_id: 'pay', args: { text: '{{ $item & $string($n) }}' }, output: '$done' }],
              },
            ],
            else: [{ kind: 'compute', expression: '"skip " & $item', output: '$done' }],
          },
        ],
        output: '$rounds',
      },
    ],
    output: '$all',
  },
  {
    kind: 'if',
    branches: [{ when: '$count($all) = 2', steps: [{ kind: 'exit', message: '{{ $join($all, ", ") }}' }] }],
  },
  { kind: 'tool', tool_id: 'pay', args: { text: 'never' }, output: '$never' },
]);

const answers: Record<string, Json> = { wanted: 2 };

async function driveToEnd(kills: Kill[]): Promise<{ run: Run; killed: number; paid: string[] }> {
  const paid: string[] = [];
  const pay = () =>
    scriptedTool('pay', {
      effect: 'once',
      acts: ({ text }) => {
        paid.push(String(text));
        return `paid ${String(text)}`;
      },
    });
  const driven = await drivePastKills(kills, {
    plan,
    makeBench: (store) => new Bench({ store, tools: [pay()], policy: { pay: 'allow' } }),
    answers: (stopped) => settle(stopped, paid),
  });
  return { ...driven, paid };
}

/** A person who looks what happened, and answers everything else in the same way. */
function settle(run: Run | undefined, paid: string[]): Record<string, Json> {
  const unknown = run === undefined ? undefined : openClarifications(run).find(isUnknownOutcome);
  if (unknown?.category !== 'Multiple Choice') return { ...answers, result: `paid ${paid.at(-1) ?? ''}` };
  const text = String(unknown.args?.['text']);
  return { ...answers, outcome: paid.includes(text) ? 'happened' : 'not_done', result: `paid ${text}` };
}

const undisturbed = await driveToEnd([]);
const events = undisturbed.run.metadata.last_seq;

test('when nothing happens then the loops do what the plan says', () => {
  expect(undisturbed.run.outputs.final_output).toEqual({ value: 'paid a2, paid b2', summary: null });
  expect(undisturbed.paid).toEqual(['a2', 'b2']);
});

test(`when the process dies around any of ${events} events in nested loops then nothing is done twice`, async () => {
  for (const kill of killsAround(events)) {
    const { run, killed, paid } = await driveToEnd([kill]);
    expect({ kill, killed, paid, final: run.outputs.final_output }).toEqual({
      kill,
      killed: 1,
      paid: undisturbed.paid,
      final: undisturbed.run.outputs.final_output,
    });
  }
});

test('when recovering dies as well then the end is the same', async () => {
  for (let event = 2; event <= events; event += 5) {
    for (const second of [2, 5, 9]) {
      const { run, paid } = await driveToEnd([
        { event, when: 'after' },
        { event: second, when: 'before' },
      ]);
      expect({ event, second, paid, final: run.outputs.final_output }).toMatchObject({ paid: undisturbed.paid });
      expect(run.outputs.final_output).toEqual(undisturbed.run.outputs.final_output);
    }
  }
});
