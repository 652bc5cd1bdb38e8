import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { Portia } from '../../src/index.js';
import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment } from '../support/portia.js';
import { playModel } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';
import { startCollector, type CollectedSpan } from '../support/trace-collector.js';

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
      as: 'x',
      steps: [{ kind: 'tool', tool_id: 'rate', args: { of: 'dollars' }, output: '$rate', retries: 2 }],
    },
    { kind: 'llm', task: 'Say it.', inputs: [], output: '$said' },
    { kind: 'plan', plan: INNER, inputs: {}, output: '$seven' },
    { kind: 'user_input', message: 'How many?', output: '$n' },
  ],
};
const ADD = ['run', 'add 1 + 2', '--yes', '--format', 'value', '-q'];

const SECRET = 'sk-dollars-0123456789';

/** Lines of a warning as one. */
const unwrapped = (text: string) => text.replace(/\s+/g, ' ').trim();

const byId = (spans: readonly CollectedSpan[]) => Object.fromEntries(spans.map((span) => [span.spanId, span]));

async function exported(cwd: string, run: string): Promise<CollectedSpan[]> {
  const { stdout } = await portiaHere(['export', run, '--as', 'otlp'], { cwd });
  const traces = JSON.parse(stdout) as { resourceSpans: { scopeSpans: { spans: CollectedSpan[] }[] }[] };
  return traces.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
}

test('when a run pauses, is answered and resumed by other processes then its spans are one trace, the same as afterwards', async () => {
  const cwd = makeToolProject(TOOLS, { 'plan.json': PLAN });
  const model = await playModel([{ reply: { text: 'a half more' } }]);
  const { endpoint, spans, text, asked } = await startCollector();
  const env = { ...model.environment, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const first = await portiaHere(['run-plan', 'plan.json'], { cwd, env });
  expect(first.code).toBe(8);
  const { id, steps } = JSON.parse(first.stdout) as { id: string; steps: { sub_run?: string }[] };
  expect(
    spans()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([
    ...['chat gpt-4.1-mini', 'execute_tool rate', 'execute_tool rate', 'invoke_workflow'],
    ...['step 1', 'step 1', 'step 1[1].1', 'step 2', 'step 3'],
  ]);
  await portiaHere(['answer', id, 'n=12'], { cwd, env });
  const second = await portiaHere(['resume', id], { cwd, env });
  expect(second.code).toBe(0);
  const inner = steps.find((step) => step.sub_run !== undefined)?.sub_run ?? '';
  const afterwards = [...(await exported(cwd, id)), ...(await exported(cwd, inner))];
  expect(byId(spans())).toEqual(byId(afterwards));
  expect(spans()).toHaveLength(afterwards.length);
  expect(new Set(spans().map(({ traceId }) => traceId)).size).toBe(1);
  expect(spans().filter(({ parentSpanId }) => parentSpanId === undefined)).toHaveLength(1);
  for (const data of ['dollars', 'one point five', 'a half more', 'How many', 'secretly busy']) {
    expect(text()).not.toContain(data);
  }
  expect(asked[0]?.body).toMatchObject({
    resourceSpans: [
      { resource: { attributes: expect.arrayContaining([{ key: 'service.name', value: { stringValue: 'portia' } }]) } },
    ],
  });
});

test('when contents are wanted then they are sent without secrets', async () => {
  const steps = [{ kind: 'tool', tool_id: 'rate', args: { of: SECRET }, output: '$rate', retries: 2 }];
  const cwd = makeToolProject(TOOLS, { 'plan.json': { ...PLAN, steps } });
  const { endpoint, text } = await startCollector();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
    OPENAI_API_KEY: SECRET,
  };
  expect((await portiaHere(['run-plan', 'plan.json'], { cwd, env })).code).toBe(0);
  expect(text()).toContain('one point five');
  expect(text()).toContain('gen_ai.tool.call.arguments');
  expect(text()).not.toContain(SECRET);
});

const OUTER = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };

test('when the environment names an outer span then runs are inside it, also when they are exported', async () => {
  const cwd = makeExampleProject();
  const { endpoint, spans } = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, TRACEPARENT: `00-${OUTER.trace}-${OUTER.span}-01` };
  await portiaHere(ADD, { cwd, env });
  const root = spans().find(({ name }) => name === 'invoke_workflow');
  expect([root?.traceId, root?.parentSpanId]).toEqual([OUTER.trace, OUTER.span]);
  expect(byId(await exported(cwd, 'last'))).toEqual(byId(spans()));
});

test.each([
  { TRACEPARENT: `00-${OUTER.trace}-${OUTER.span}-00` },
  { OTEL_SDK_DISABLED: 'true' },
  { OTEL_TRACES_EXPORTER: 'none' },
])('when %j says that nothing is kept then nothing is sent', async (more) => {
  const { endpoint, asked } = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...more };
  const { code, stdout, stderr } = await portiaHere(ADD, { cwd: makeExampleProject(), env });
  expect({ code, stdout, stderr, asked }).toEqual({ code: 0, stdout: '3\n', stderr: '', asked: [] });
});

test('when a collector says to come back then the same spans are sent again', async () => {
  const { endpoint, asked } = await startCollector((_asked, count) =>
    count === 1 ? { status: 503, headers: { 'retry-after': '0' }, body: '' } : undefined,
  );
  const { stderr } = await portiaHere(ADD, {
    cwd: makeExampleProject(),
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  });
  expect(stderr).toBe('');
  expect(asked).toHaveLength(2);
  expect(asked[1]?.body).toEqual(asked[0]?.body);
});

test.each([
  [{ status: 500, body: 'no' }, 'it answered 500'],
  [{ status: 401, body: 'no' }, 'it answered 401'],
  [
    { status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
    'it redirects (307), which is not followed',
  ],
  [{ status: 429, headers: { 'retry-after': '3600' }, body: '' }, 'it answered 429'],
  [
    { body: { partialSuccess: { rejectedSpans: '3', errorMessage: 'too old' } } },
    'it rejected 3 of the spans: too old',
  ],
])('when a collector answers %j then the run is done, and that is told once', async (answer, why) => {
  const { endpoint, asked } = await startCollector(() => answer);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const { code, stdout, stderr } = await portiaHere(ADD, { cwd: makeExampleProject(), env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '3\n' });
  const told = `! Spans of the trace are lost, because ${endpoint}/v1/traces does not take them: ${why}.`;
  expect(unwrapped(stderr)).toBe(told);
  expect(asked).toHaveLength(1);
});

test('when a collector is not there then the run is done, and that is told once and by doctor', async () => {
  const { endpoint } = await emptyPort();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const cwd = makeExampleProject();
  const { code, stdout, stderr } = await portiaHere(ADD, { cwd, env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '3\n' });
  expect(unwrapped(stderr)).toContain('it cannot be reached: connect ECONNREFUSED');
  const doctor = await portiaHere(['doctor', '--online'], { cwd, env });
  const { checks } = JSON.parse(doctor.stdout) as { checks: { id: string; status: string; what: string }[] };
  expect(checks.find(({ id }) => id === 'traces')).toMatchObject({
    status: 'warning',
    what: expect.stringContaining(`${endpoint}/v1/traces does not take traces: it cannot be reached`),
  });
});

test('when a collector never answers then a run ends all the same', async () => {
  const { endpoint } = await silentPort();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '50' };
  const { code, stdout, stderr } = await portiaHere(ADD, { cwd: makeExampleProject(), env });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '3\n' });
  expect(unwrapped(stderr)).toContain('it did not answer within 50 ms');
});

test('when only another protocol is wanted then that is told, and doctor says what to do', async () => {
  const cwd = makeExampleProject();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  const { code, stderr } = await portiaHere(ADD, { cwd, env });
  const problem = 'OTEL_EXPORTER_OTLP_PROTOCOL is grpc, and portia speaks http/json only';
  expect(code).toBe(0);
  expect(unwrapped(stderr)).toContain(problem);
  const doctor = await portiaHere(['doctor'], { cwd, env });
  const { checks } = JSON.parse(doctor.stdout) as { checks: { id: string; what: string; fix?: string }[] };
  expect(checks.find(({ id }) => id === 'traces')).toMatchObject({
    what: `no traces are sent: ${problem}`,
    fix: expect.stringContaining('OTEL_EXPORTER_OTLP_PROTOCOL=http/json'),
  });
});

test('when a program runs plans then their spans are sent once it closes', async () => {
  const cwd = makeExampleProject();
  const { endpoint, spans } = await startCollector();
  const portia = new Portia({
    dir: cwd,
    environment: cleanEnvironment(cwd, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
  });
  await portia.run('add 1 + 2');
  await portia.close();
  expect(spans().map(({ name }) => name)).toEqual(['execute_tool calculator_tool', 'step 1', 'invoke_workflow']);
});

test('when a worker continues a run then it sends what ends there', async () => {
  const cwd = makeExampleProject({ 'plan.json': { ...PLAN, plan_context: { query: 'q' }, steps: [PLAN.steps[2]] } });
  const { endpoint, spans } = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  await portiaHere(['run-plan', 'plan.json', '--queue'], { cwd, env });
  expect(spans()).toEqual([]);
  expect((await portiaHere(['worker', '--until-idle'], { cwd, env })).code).toBe(0);
  expect(byId(spans())).toMatchObject(byId(await exported(cwd, 'last')));
});

async function emptyPort(): Promise<{ endpoint: string }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return { endpoint: `http://127.0.0.1:${port}` };
}

async function silentPort(): Promise<{ endpoint: string }> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
