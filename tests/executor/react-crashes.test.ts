import { expect, test } from 'vitest';

import { isUnknownOutcome, openClarifications } from '../../src/domain/run/clarification.js';
import type { Json, JsonObject } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import type { Model } from '../../src/models/model.js';
import { Bench, planOf } from './bench.js';
import { drivePastKills, killsAround } from './drive-past-kills.js';
import { essence, type Kill } from './dying-processes.js';
import { USAGE } from './scripted-model.js';
import { scriptedTool, textsOf, type ScriptedTool } from './scripted-tool.js';

const plan = planOf([
  {
    kind: 'react',
    task: 'Buy it',
    tools: ['read', 'write', 'pay'],
    may_ask: true,
    max_tool_calls: 4,
    output_schema: { type: 'object', properties: { bought: { type: 'string' } }, required: ['bought'] },
    output: '$bought',
  },
]);

/** What the model calls for in each of its turns; after the last of them it answers in words. */
const TURNS: [string, JsonObject][][] = [
  [
    ['read', { text: 'a' }],
    ['write', { text: 'b' }],
  ],
  [
    ['ask_user', { argument_name: 'colour', question: 'Which colour?' }],
    ['ask_user', { argument_name: 'size', question: 'Which size?' }],
  ],
  [
    ['pay', { text: '{{$result_2}}' }],
    ['read', { text: 'c' }],
  ],
];

/** A model whose reply depends on nothing but the request. */
function makeModel(onCall: () => void): Model {
  return {
    id: 'scripted/model',
    complete: async ({ messages, responseFormat }) => {
      onCall();
      if (responseFormat !== undefined) return { text: '{"bought":"it"}', toolCalls: [], usage: USAGE };
      const turn = messages.filter(({ role }) => role === 'assistant').length;
      const toolCalls = (TURNS[turn] ?? []).map(([name, args], index) => ({
        id: `call-${turn}-${index}`,
        name,
        arguments: JSON.stringify(args),
      }));
      return { text: toolCalls.length === 0 ? 'I bought it.' : '', toolCalls, usage: USAGE };
    },
  };
}

interface World {
  tools: Record<'read' | 'write' | 'pay', ScriptedTool>;
  modelCalls: number;
}

async function driveToEnd(kills: Kill[]): Promise<{ run: Run; killed: number; world: World }> {
  const make = (id: string, effect: 'read' | 'idempotent' | 'once') =>
    scriptedTool(id, { effect, acts: ({ text }) => `${id}(${String(text)})` });
  const tools = { read: make('read', 'read'), write: make('write', 'idempotent'), pay: make('pay', 'once') };
  const world: World = { tools, modelCalls: 0 };
  const model = makeModel(() => (world.modelCalls += 1));
  const policy = { write: 'allow', pay: 'allow' } as const;
  const driven = await drivePastKills(kills, {
    plan,
    makeBench: (store) => new Bench({ store, tools: Object.values(tools), model, policy }),
    answers: (stopped) => lookUp(stopped, world),
  });
  return { ...driven, world };
}

/** A person who knows the colour and the size, and looks whether something was paid. */
function lookUp(stopped: Run | undefined, { tools }: World): Record<string, Json> {
  const isUnknown = stopped !== undefined && openClarifications(stopped).some(isUnknownOutcome);
  const outcome = tools.pay.calls.length > 0 ? 'happened' : 'not_done';
  return { colour: 'red', size: 'large', result: 'pay(write(b))', ...(isUnknown && { outcome }) };
}

function expectSame({ run, killed, world }: Awaited<ReturnType<typeof driveToEnd>>, kills: Kill[]): void {
  expect({ kills, ...essence(run) }).toEqual({ kills, ...essence(undisturbed.run) });
  expect({ kills, paid: textsOf(world.tools.pay) }).toEqual({ kills, paid: ['write(b)'] });
  // A reply that was paid and not yet recorded is lost with its process.
  expect(world.modelCalls).toBeLessThanOrEqual(undisturbed.world.modelCalls + killed);
  for (const { calls } of [world.tools.read, world.tools.write]) {
    const keyOf = new Map(calls.map((call) => [call.args['text'], call.idempotencyKey]));
    for (const call of calls) expect(call.idempotencyKey).toBe(keyOf.get(call.args['text']));
  }
}

const undisturbed = await driveToEnd([]);
const events = undisturbed.run.metadata.last_seq;

test('when nothing happens then the agent does what its model calls for, once', () => {
  expect(undisturbed.run.outputs.final_output).toEqual({ value: { bought: 'it' }, summary: null });
  expect(undisturbed.world.modelCalls).toBe(5);
  expect(Object.values(undisturbed.world.tools).map(textsOf)).toEqual([['a', 'c'], ['b'], ['write(b)']]);
});

test(`when the process dies around any of ${events} events of the agent then the end is the same`, async () => {
  for (const kill of killsAround(events)) {
    const driven = await driveToEnd([kill]);
    expectSame(driven, [kill]);
    expect({ kill, killed: driven.killed }).toEqual({ kill, killed: 1 });
  }
});

test('when recovering dies as well then the end is the same', async () => {
  let pairs = 0;
  for (let event = 3; event <= events; event += 3) {
    for (const second of [2, 4, 7, 10]) {
      const kills: Kill[] = [
        { event, when: 'after' },
        { event: second, when: 'before' },
      ];
      const driven = await driveToEnd(kills);
      expectSame(driven, kills);
      if (driven.killed === kills.length) pairs += 1;
    }
  }
  expect(pairs).toBeGreaterThan(25);
});
