import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { ClarificationHandler } from '../../src/clarifications/clarification-handler.js';
import { Bench, planOf, valueOf } from './bench.js';
import type { ToolContext } from '../../src/tools/tool.js';
import { scriptedTool } from './scripted-tool.js';

// Time passes when the test says so, however busy the machine is.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const loop = (steps: object[], timeout_ms: number) =>
  planOf([{ kind: 'for_each', over: [1, 2, 3, 4], as: 'n', steps, timeout_ms, output: '$all' }]);

test('when the time of a block is over then the block fails, and what it has done is not done again', async () => {
  const endless = () => {
    vi.advanceTimersByTime(1_000);
    return new Promise<string>(() => {});
  };
  const tool = scriptedTool('wait', { effect: 'read', acts: [() => 1, () => 2, endless, () => 3, () => 4] });
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(loop([{ kind: 'tool', tool_id: 'wait', args: {}, output: '$w' }], 1_000));
  expect(run).toMatchObject({ state: 'FAILED', error: { retryable: true } });
  expect(run.steps.map(({ path, status }) => [path, status])).toEqual([
    ['0', 'failed'],
    ['0[0].steps.0', 'completed'],
    ['0[1].steps.0', 'completed'],
    ['0[2].steps.0', 'failed'],
  ]);
  const again = await bench.resume(run.id);
  expect(valueOf(again)).toEqual([1, 2, 3, 4]);
});

test('when the time of a block is over between two of its steps then the block fails, not the run', async () => {
  const sleepy = (_args: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise<string>((resolve) => {
      signal.addEventListener('abort', () => setImmediate(() => resolve('late')));
      vi.advanceTimersByTime(300);
    });
  const tool = scriptedTool('wait', {
    effect: 'read',
    acts: [sleepy, () => 'soon', () => 'soon', () => 'soon', () => 'soon'],
  });
  const bench = new Bench({ tools: [tool] });
  const steps = [{ kind: 'tool', tool_id: 'wait', args: {}, output: '$w', retries: 1 }];
  const run = await bench.start(loop(steps, 300));
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'timed-out', step: '0' } });
  expect(bench.told.map((event) => event.type)).not.toContain('run.interrupted');
});

test('when a person answers inside a block with a time limit then their time does not count', async () => {
  const handler: ClarificationHandler = {
    async ask(open) {
      vi.advanceTimersByTime(400);
      return open.map(({ id }) => ({ id, response: 'said', channel: 'prompt' as const }));
    },
  };
  const bench = new Bench({ handler });
  const run = await bench.start(loop([{ kind: 'user_input', message: '?', output: '$said' }], 1_000));
  expect(valueOf(run)).toEqual(['said', 'said', 'said', 'said']);
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

const call = { kind: 'tool', tool_id: 'wait', args: {}, output: '$w' };

/** Takes 2.7 s, and reports twice how far it is. */
function reportingTool() {
  const act = (_args: unknown, { progress, signal }: ToolContext) => {
    for (const done of [1, 2]) {
      vi.advanceTimersByTime(900);
      progress({ done, total: 3, message: `with hunter2` });
    }
    vi.advanceTimersByTime(900);
    return signal.aborted ? new Promise<string>(() => {}) : 'read';
  };
  return scriptedTool('wait', { effect: 'read', timeoutMs: 1_000, acts: act });
}

test('when a tool reports how far it is then its time begins anew, and what it says is reported without secrets', async () => {
  const told: unknown[] = [];
  const redact = <Value>(value: Value) => JSON.parse(JSON.stringify(value).replaceAll('hunter2', '***')) as Value;
  const bench = new Bench({ tools: [reportingTool()], redact, onProgress: (report) => told.push(report) });
  const run = await bench.start(planOf([call]));
  expect(valueOf(run)).toBe('read');
  expect(told).toEqual([
    { runId: run.id, path: '0', text: '1 of 3  with ***' },
    { runId: run.id, path: '0', text: '2 of 3  with ***' },
  ]);
});

test('when the step has a time of its own then no report makes it longer', async () => {
  const bench = new Bench({ tools: [reportingTool()] });
  const run = await bench.start(planOf([{ ...call, timeout_ms: 2_000 }]));
  const message = 'wait: it took longer than the timeout_ms of its step (2000)';
  expect(run).toMatchObject({ state: 'FAILED', error: { message, step: '0' } });
});

test('when the step has more time than its tool then the call has the time of the step', async () => {
  const act = () => {
    vi.advanceTimersByTime(70_000);
    return 'late';
  };
  const tool = scriptedTool('wait', { effect: 'read', acts: [act, act] });
  const bench = new Bench({ tools: [tool] });
  expect(valueOf(await bench.start(planOf([{ ...call, timeout_ms: 100_000 }])))).toBe('late');
  const run = await bench.start(planOf([call]));
  const ways = [/60 s/, /"timeout_ms" of the step/, /timeoutMs of defineTool/, /"settings": \{"wait"/];
  for (const way of ways) expect(run.error?.message).toMatch(way);
});
