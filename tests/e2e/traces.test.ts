import { expect, test } from 'vitest';

import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { playModel } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, string | boolean | number> }[];
  status: { code?: number };
}

const TOOLS = `import { defineTool } from 'portia';
import * as z from 'zod';
let calls = 0;
export const rate = defineTool({ id: 'rate', name: 'Rate', description: 'The rate.', effect: 'read', args: z.object({ of: z.string() }),
  output: z.any(), run: async () => (calls += 1) === 1 ? { kind: 'failure', message: 'secretly busy', retryable: true, notDone: true } : 'one point five' });
`;

const INNER = { plan_context: { query: 'inner' }, steps: [{ kind: 'compute', expression: '7', output: '$seven' }] };
const PLAN = {
  plan_context: { query: 'Ask for the rate', tool_ids: ['rate'] },
  steps: [
    {
      kind: 'for_each',
      over: "['a']",
      as: 'n',
      steps: [{ kind: 'tool', tool_id: 'rate', args: { of: 'dollars' }, output: '$rate', retries: 2 }],
    },
    { kind: 'llm', task: 'Say it.', inputs: [], output: '$said' },
    { kind: 'plan', plan: INNER, inputs: {}, output: '$seven' },
    { kind: 'user_input', message: 'How many?', output: '$n' },
  ],
};

async function trace(cwd: string, ...args: string[]): Promise<{ spans: Span[]; text: string }> {
  const { code, stdout, stderr } = await portiaHere(['export', ...args, '--as', 'otlp'], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const traces = JSON.parse(stdout) as { resourceSpans: { resource: object; scopeSpans: { spans: Span[] }[] }[] };
  expect(traces.resourceSpans[0]?.resource).toMatchObject({
    attributes: expect.arrayContaining([{ key: 'service.name', value: { stringValue: 'portia' } }]),
  });
  return { spans: traces.resourceSpans[0]?.scopeSpans[0]?.spans ?? [], text: stdout };
}

const attribute = (span: Span | undefined, name: string) =>
  Object.values(span?.attributes.find(({ key }) => key === name)?.value ?? {})[0];

test('when a run is exported as a trace then its steps, calls and waits are spans inside one another, without its data', async () => {
  const cwd = makeToolProject(TOOLS, { 'plan.json': PLAN });
  const model = await playModel([{ reply: { text: 'a half more' } }]);
  const { code } = await portiaHere(['run-plan', 'plan.json'], { cwd, env: model.environment });
  expect(code).toBe(8);
  const { spans, text } = await trace(cwd, 'last');
  expect(spans.map(({ name }) => name).sort()).toEqual([
    ...['chat gpt-4.1-mini', 'execute_tool rate', 'execute_tool rate', 'invoke_workflow'],
    ...['step 1', 'step 1[1].1', 'step 2', 'step 3', 'step 4', 'wait for a person'],
  ]);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  expect(byId.size).toBe(spans.length);
  const namesUp = (span: Span | undefined): string[] =>
    span === undefined ? [] : [span.name, ...namesUp(byId.get(span.parentSpanId ?? ''))];
  const [failed, done] = spans.filter(({ name }) => name === 'execute_tool rate');
  expect(namesUp(done)).toEqual(['execute_tool rate', 'step 1[1].1', 'step 1', 'invoke_workflow']);
  expect([failed?.status.code, attribute(failed, 'error.type'), done?.status.code]).toEqual([
    2,
    'tool-failed',
    undefined,
  ]);
  const chat = spans.find(({ name }) => name.startsWith('chat'));
  expect(namesUp(chat)).toEqual([chat?.name, 'step 2', 'invoke_workflow']);
  expect([chat?.kind, attribute(chat, 'gen_ai.operation.name'), attribute(chat, 'gen_ai.provider.name')]).toEqual([
    3,
    'chat',
    'openai',
  ]);
  expect(Number(attribute(chat, 'gen_ai.usage.input_tokens'))).toBeGreaterThan(0);
  for (const span of spans) {
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(0n);
  }
  for (const data of ['dollars', 'one point five', 'a half more', 'How many', 'secretly busy'])
    expect(text).not.toContain(data);
  const { text: whole } = await trace(cwd, 'last', '--content');
  for (const data of ['dollars', 'one point five', 'How many']) expect(whole).toContain(data);
});

test('when a run was done inside another one then both are one trace', async () => {
  const cwd = makeExampleProject({ 'outer.json': { ...PLAN, steps: [PLAN.steps[2]] } });
  const { stdout } = await portiaHere(['run-plan', 'outer.json'], { cwd });
  const outer = JSON.parse(stdout) as { id: string; steps: { sub_run: string }[] };
  const [one, other] = [await trace(cwd, outer.id), await trace(cwd, outer.steps[0]?.sub_run ?? '')];
  expect(other.spans[0]?.traceId).toBe(one.spans[0]?.traceId);
  const root = other.spans.find(({ name }) => name === 'invoke_workflow');
  expect(root?.parentSpanId).toBe(one.spans.find(({ name }) => name === 'step 1')?.spanId);
});

test.each([
  [['--as', 'jaeger'], 'Nothing is exported as jaeger.'],
  [['--as', 'otlp', '--redact'], '--as otlp and --redact contradict each other.'],
  [['--content'], '--content is for --as otlp.'],
])('when a trace is asked for with %j then that is refused', async (flags, message) => {
  const cwd = makeExampleProject();
  await portiaHere(['run', 'add 1 + 2', '--yes'], { cwd });
  const error = expectError(await portiaHere(['export', 'last', ...flags], { cwd }), { code: 'usage', exit: 2 });
  expect(error.message).toBe(message);
});
