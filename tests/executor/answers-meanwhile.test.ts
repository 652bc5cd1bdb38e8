import { expect, test } from 'vitest';

import { openClarifications } from '../../src/domain/run/clarification.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import type { Run } from '../../src/domain/run/run.js';
import type { Json } from '../../src/domain/values/json.js';
import { AnswersMeanwhile } from '../../src/executor/answers-meanwhile.js';
import { createSecrets } from '../../src/executor/held-secrets.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { Bench, describeEvent, outputsOf, planOf, valueOf } from './bench.js';
import { scriptedTool } from './scripted-tool.js';

const ASK = { kind: 'user_input', message: 'How many?', output: '$many' };
const MORE = { kind: 'compute', expression: '$many & "!"', output: '$more' };

/** A bench whose runs take answers, and a person elsewhere who gives them. */
function benchOf(options: { tools?: { tool: ReturnType<typeof scriptedTool>['tool'] }[] } = {}) {
  const store = createMemoryStore({ now: () => new Date() });
  const meanwhile = new AnswersMeanwhile({ store, secrets: createSecrets(() => () => undefined) });
  const listeners = new Set<(event: RunEvent) => void>();
  const bench = new Bench({
    ...{ ...options, store, meanwhile, jobs: 3 },
    onEvent: (event) => {
      for (const listen of listeners) listen(event);
    },
  });
  return {
    bench,
    give: (response: Json): Promise<Run | undefined> =>
      meanwhile.give({
        answers: async (run) => openClarifications(run).map(({ id }) => ({ id, response, channel: 'web' })),
        redact: (value) => value,
      }),
    until: (wanted: string) =>
      new Promise<void>((resolve) => {
        listeners.add((event) => describeEvent(event) === wanted && resolve());
      }),
  };
}

test('when a question is answered while other steps work then its step continues at once', async () => {
  let open: () => void = () => undefined;
  const isOpen = new Promise<void>((resolve) => (open = resolve));
  const reader = scriptedTool('look', { acts: async () => isOpen.then(() => 'seen') });
  const asker = scriptedTool('ask', {
    acts: (_args, { answers: [answer] }) =>
      answer === undefined
        ? {
            kind: 'clarifications',
            clarifications: [{ category: 'Input', user_guidance: 'How many?', argument_name: 'many' }],
          }
        : answer.response,
  });
  const { bench, give, until } = benchOf({ tools: [reader, asker] });
  const [asked, completed] = [until('clarification.raised many'), until('step.completed 2')];
  const running = bench.start(
    planOf([
      { kind: 'tool', tool_id: 'look', args: {}, output: '$seen' },
      { kind: 'tool', tool_id: 'ask', args: {}, output: '$many' },
      MORE,
    ]),
  );
  await asked;
  expect((await give('7'))?.outputs.clarifications).toMatchObject([{ response: '7', channel: 'web' }]);
  await completed;
  open();
  const run = await running;
  expect([run.state, outputsOf(run)]).toEqual(['COMPLETE', { $seen: 'seen', $many: '7', $more: '7!' }]);
  expect(await bench.story()).not.toContain('run.paused clarification');
  expect(await give('8')).toBeUndefined();
});

test('when an answer comes while the run is about to wait for it then the run continues', async () => {
  const { bench, give, until } = benchOf();
  const asked = until('clarification.raised many').then(() => give('7'));
  const run = await bench.start(planOf([ASK, MORE]));
  expect(await asked).toBeDefined();
  expect([run.state, valueOf(run)]).toEqual(['COMPLETE', '7!']);
});

test('when two answers come at once then one counts, and the other is refused', async () => {
  const { bench, give, until } = benchOf();
  const asked = until('clarification.raised many').then(() => Promise.allSettled([give('7'), give('8')]));
  const run = await bench.start(planOf([ASK, MORE]));
  expect(await asked).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'answer-refused' } },
  ]);
  expect(valueOf(run)).toBe('7!');
});
