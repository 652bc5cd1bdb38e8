import { expect, test } from 'vitest';

import { isUnknownOutcome, openClarifications } from '../../src/domain/run/clarification.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { Store } from '../../src/storage/store.js';
import { Bench, planOf } from './bench.js';
import type { Kill } from './dying-processes.js';
import { drivePastKills, eventsIn, killsAround } from './drive-past-kills.js';
import { scriptedTool } from './scripted-tool.js';

const pay = (text: string) => ({ kind: 'tool', tool_id: 'pay', args: { text }, output: '$paid' });

/** A plan in a loop that asks, acts and runs another plan that acts. */
const plan = planOf([
  {
    kind: 'for_each',
    over: '["a", "b"]',
    as: 'item',
    steps: [
      {
        kind: 'plan',
        inputs: { what: '{{ $item }}' },
        plan: {
          plan_context: { query: 'inner', tool_ids: [] },
          plan_inputs: [{ name: 'what' }],
          steps: [
            { kind: 'user_input', message: 'How many {{ $what }}?', output: '$many' },
            {
              kind: 'plan',
              inputs: {},
              plan: { plan_context: { query: 'innermost', tool_ids: [] }, steps: [pay('deep')] },
              output: '$deep',
            },
            pay('{{ $string($many) & $what }}'),
          ],
        },
        output: '$done',
      },
    ],
    output: '$all',
  },
  pay('end'),
]);

const PAID = ['deep', '2a', 'deep', '2b', 'end'];

async function driveToEnd(kills: Kill[]): Promise<{ run: Run; paid: string[]; killed: number; events: number }> {
  const paid: string[] = [];
  const tools = [
    scriptedTool('pay', {
      effect: 'once',
      acts: ({ text }) => {
        paid.push(String(text));
        return `paid ${String(text)}`;
      },
    }),
  ];
  let used: Store = createMemoryStore({ now: () => new Date() });
  const driven = await drivePastKills(kills, {
    plan,
    makeBench(store) {
      used = store;
      return new Bench({ store, tools, policy: { pay: 'allow' } });
    },
    answers: (stopped) => ({ many: 2, ...settle(stopped, paid) }),
  });
  return { ...driven, paid, events: await eventsIn(used) };
}

/** A person who looks what happened: each thing is paid once in its turn. */
function settle(stopped: Run | undefined, paid: string[]): Record<string, Json> {
  const unknown = stopped === undefined ? undefined : openClarifications(stopped).find(isUnknownOutcome);
  if (unknown?.category !== 'Multiple Choice') return { result: `paid ${paid.at(-1) ?? ''}` };
  const text = String(unknown.args?.['text']);
  const finished =
    stopped?.steps.filter((step) => step.sub_run !== undefined && step.status === 'completed').length ?? 0;
  const wanted = text === 'deep' ? finished + 1 : 1;
  const happened = paid.filter((one) => one === text).length >= wanted;
  return { outcome: happened ? 'happened' : 'not_done', result: `paid ${text}` };
}

const undisturbed = await driveToEnd([]);

test('when nothing happens then the plans inside do what they say', () => {
  expect(undisturbed.paid).toEqual(PAID);
  expect(undisturbed.run.steps.at(1)).toMatchObject({ path: '0[0].steps.0', output: { value: 'paid 2a' } });
});

test(`when the process dies around any of ${undisturbed.events} events then no plan inside does anything twice`, async () => {
  let deaths = 0;
  const kills = killsAround(undisturbed.events);
  for (const kill of kills) {
    const { run, paid, killed } = await driveToEnd([kill]);
    deaths += killed;
    expect({ kill, paid, final: run.outputs.final_output }).toEqual({
      kill,
      paid: PAID,
      final: undisturbed.run.outputs.final_output,
    });
  }
  expect(deaths).toBeGreaterThan(kills.length / 2);
});
