import { expect, test } from 'vitest';

import type { ClarificationHandler } from '../../src/clarifications/clarification-handler.js';
import { Bench, planOf, valueOf } from './bench.js';
import { scriptedTool } from './scripted-tool.js';

const soon = async () => new Promise<string>((resolve) => setTimeout(() => resolve('in time'), 30));

const loop = (steps: object[], timeout_ms: number) =>
  planOf([{ kind: 'for_each', over: [1, 2, 3, 4, 5, 6], as: 'n', steps, timeout_ms, output: '$all' }]);

test('when the time of a block is over then the block fails, and what it has done is not done again', async () => {
  const tool = scriptedTool('wait', { effect: 'read', acts: soon });
  const bench = new Bench({ tools: [tool] });
  const plan = loop([{ kind: 'tool', tool_id: 'wait', args: {}, output: '$w' }], 100);
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'FAILED', error: { code: expect.stringMatching(/timed-out|tool-failed/) } });
  const before = tool.calls.length;
  expect(before).toBeLessThan(6);
  const again = await bench.resume(run.id);
  expect(again.state).toBe('COMPLETE');
  expect(valueOf(again)).toEqual(Array.from({ length: 6 }, () => 'in time'));
  const repeated = bench.told.filter((event) => event.type === 'tool.started').length - 6;
  expect(repeated).toBeLessThanOrEqual(1);
});

test('when a person answers inside a block with a time limit then their time does not count', async () => {
  const handler: ClarificationHandler = {
    async ask(open) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      return open.map(({ id }) => ({ id, response: 'said', channel: 'prompt' as const }));
    },
  };
  const bench = new Bench({ handler });
  const run = await bench.start(loop([{ kind: 'user_input', message: '?', output: '$said' }], 100));
  expect(valueOf(run)).toEqual(Array.from({ length: 6 }, () => 'said'));
});

test('when many questions come one after the other then only the step that asks begins again', async () => {
  const handler: ClarificationHandler = {
    ask: async (open) => open.map(({ id }) => ({ id, response: 'said', channel: 'prompt' as const })),
  };
  const bench = new Bench({ handler });
  const plan = planOf([
    { kind: 'for_each', over: [1, 2], as: 'n', steps: [{ kind: 'user_input', message: '?', output: '$s' }] },
  ]);
  await bench.start(plan);
  const steps = (await bench.story()).filter((line) => line.startsWith('step.'));
  const asks = (path: string) => [`step.started ${path} #1`, `step.started ${path} #1`, `step.completed ${path}`];
  expect(steps).toEqual(['step.started 0 #1', ...asks('0[0].steps.0'), ...asks('0[1].steps.0'), 'step.completed 0']);
});
