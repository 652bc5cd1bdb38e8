import { expect, test } from 'vitest';

import { isUnknownOutcome, openClarifications } from '../../src/domain/run/clarification.js';
import type { Run } from '../../src/domain/run/run.js';
import type { Model } from '../../src/models/model.js';
import { Bench, planOf } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import { essence, type Kill } from './dying-processes.js';
import { USAGE } from './scripted-model.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

const plan = planOf([{ task: 'Pay somebody', tool_id: 'pay', output: '$paid' }]);

/** An agent that asks whom to pay, and pays whom the answer names. Its reply depends on nothing but the request. */
const model = (onCall: () => void): Model => ({
  id: 'scripted/model',
  complete: async ({ messages }) => {
    onCall();
    const answer = /The user says: who = (\w+)/.exec(messages.at(-1)?.text ?? '')?.[1];
    const [name, args] =
      answer === undefined ? ['ask_user', { argument_name: 'who', question: 'Whom?' }] : ['pay', { text: answer }];
    return { text: '', toolCalls: [{ id: `call-${name}`, name, arguments: JSON.stringify(args) }], usage: USAGE };
  },
});

async function driveToEnd(kills: Kill[]) {
  const pay = scriptedTool('pay', { effect: 'once', acts: ({ text }) => `paid ${String(text)}` });
  let modelCalls = 0;
  /** How many processes began with the question open. */
  let waits = 0;
  const driven = await drivePastKills(kills, {
    plan,
    makeBench: (store) => {
      const counted = model(() => (modelCalls += 1));
      return new Bench({ store, tools: [pay], model: counted, policy: { pay: 'allow' } });
    },
    answers: (stopped: Run | undefined) => {
      const open = stopped === undefined ? [] : openClarifications(stopped);
      if (open.some(({ argument_name: name }) => name === 'who')) waits += 1;
      const outcome = pay.calls.length > 0 ? 'happened' : 'not_done';
      return { who: 'Ann', result: 'paid Ann', ...(open.some(isUnknownOutcome) && { outcome }) };
    },
  });
  return { ...driven, pay, modelCalls, waits };
}

const undisturbed = await driveToEnd([]);
const events = undisturbed.run.metadata.last_seq;

test('when nothing happens then the agent asks once and pays whom the person named', () => {
  expect(undisturbed.run.outputs.final_output).toMatchObject({ value: 'paid Ann' });
  expect(undisturbed.modelCalls).toBe(2);
  expect(textsOf(undisturbed.pay)).toEqual(['Ann']);
});

test(`when the process dies before or after any of ${events} events then the person is asked once, and the end is the same`, async () => {
  let killedWithQuestion = 0;
  // A run whose first event was never written never was.
  for (let event = 2; event <= events; event += 1) {
    for (const when of ['before', 'after'] as const) {
      const kill = { event, when };
      const { run, killed, pay, modelCalls, waits } = await driveToEnd([kill]);
      expect({ kill, killed, ...essence(run) }).toEqual({ kill, killed: 1, ...essence(undisturbed.run) });
      expect({ kill, paid: textsOf(pay) }).toEqual({ kill, paid: ['Ann'] });
      const asked = run.outputs.clarifications.filter(({ argument_name: name }) => name === 'who');
      expect({ kill, asked: asked.length }).toEqual({ kill, asked: 1 });
      // A reply that was paid and not yet recorded is lost with its process.
      expect(modelCalls).toBeLessThanOrEqual(undisturbed.modelCalls + 1);
      if (waits > undisturbed.waits) killedWithQuestion += 1;
    }
  }
  expect(killedWithQuestion).toBeGreaterThan(0);
});
