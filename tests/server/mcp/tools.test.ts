import { setTimeout as sleep } from 'node:timers/promises';

import { specTypeSchemas } from '@modelcontextprotocol/server';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import * as z from 'zod';

import type { JsonObject } from '../../../src/domain/values/json.js';
import { OWN_TOOLS } from '../../../src/server/mcp/own-tools.js';
import { defineTool } from '../../../src/tools/define-tool.js';
import { defined, NAMING } from '../../support/defined-hooks.js';
import { FORMS, serveHere, textOf } from '../../support/mcp-server-here.js';
import { startModelServer } from '../../support/model-server.js';
import { makeProject } from '../../support/portia.js';
import { asking, publishing, PUBLISH, RELEASE } from './release-plan.js';

const SUM = {
  plan_context: { query: 'Add two numbers', tool_ids: [] },
  plan_inputs: [
    { name: '$a', description: 'One number', schema: { type: 'number' } },
    { name: '$b', schema: { type: 'number' }, default: 2 },
  ],
  output_schema: { type: 'number' },
  steps: [{ kind: 'compute', expression: '$a + $b', output: '$sum' }],
};

interface Progress {
  progress: number;
  message?: string | undefined;
}

const record = (result: JsonObject) => result['structuredContent'] as JsonObject;

test('when a client lists tools then each is one of the protocol, and plans have their inputs and their output', async () => {
  const { request } = await serveHere({ plans: { sum: SUM } });
  const listed = await request('tools/list', {});
  expect(specTypeSchemas.ListToolsResult['~standard'].validate(listed).issues).toBeUndefined();
  const tools = listed['tools'] as (JsonObject & { name: string })[];
  expect(tools.map(({ name }) => name)).toEqual([...OWN_TOOLS, 'sum']);
  expect(tools.at(-1)).toMatchObject({
    title: 'Add two numbers',
    inputSchema: {
      type: 'object',
      properties: { a: { type: 'number', description: 'One number' }, b: { type: 'number', default: 2 } },
      required: ['a'],
      additionalProperties: false,
    },
    outputSchema: { type: 'object', properties: { output: { type: 'number' } } },
  });
});

test('when a plan is called as a tool then its result fits its schema, also while it waits', async () => {
  const server = await serveHere({
    plans: { sum: SUM, ask: asking({ kind: 'user_input', message: '?', output: '$x' }) },
  });
  const tools = (await server.request('tools/list', {}))['tools'] as { name: string; outputSchema?: object }[];
  for (const [name, args, state] of [
    ['sum', { a: 40 }, 'COMPLETE'],
    ['ask', {}, 'NEED_CLARIFICATION'],
  ] as const) {
    const result = record(await server.call(name, args, {}));
    expect(result['state']).toBe(state);
    const schema = tools.find((tool) => tool.name === name)?.outputSchema ?? false;
    expect(new Ajv2020({ strict: false }).validate(schema, result)).toBe(true);
  }
});

test('when the settings reuse plans then the tool gives the plan of the same request', async () => {
  const model = await startModelServer(() => ({ json: ONE_STEP }));
  const settings = { reuse_plans: true, base_url: model.baseUrl };
  const { call } = await serveHere({}, makeProject({ '.home/.config/portia/config.json': settings }));
  const first = record(await call('plan', { request: 'how many are there' }));
  expect(record(await call('plan', { request: 'how many are there' }))['id']).toBe(first['id']);
  expect(model.requests).toHaveLength(1);
  await model.close();
});

test('when the request needs a tool that is off then no model is asked, until the agent does without it', async () => {
  const model = await startModelServer(() => ({ json: ONE_STEP }));
  const dir = makeProject({ '.home/.config/portia/config.json': { base_url: model.baseUrl } });
  const { call } = await serveHere({}, dir);
  const request = 'Research the web for gold prices';
  const refused = await call('plan', { request });
  expect(textOf(refused)).toMatch(/The request needs search_tool, which is off.[^]*exclude_tools: \["search_tool"\]/);
  expect(model.requests).toEqual([]);
  expect(record(await call('plan', { request, exclude_tools: ['search_tool'] }))).toHaveProperty('id');
  expect(model.requests).toHaveLength(1);
  await model.close();
});

test('when the project has hooks of planning then they decide about the plan of the tool', async () => {
  const model = await startModelServer(() => ({ json: ONE_STEP }));
  const project = (hooks: string) =>
    makeProject({
      'portia.json': { hooks: './hooks.ts' },
      'hooks.ts': defined(hooks),
      '.home/.config/portia/config.json': { base_url: model.baseUrl },
    });
  const changing = await serveHere({}, project(NAMING));
  const request = { request: 'how many are there' };
  expect(record(await changing.call('plan', request))).toMatchObject({ steps: [{ name: 'sum' }] });
  const refusing = await serveHere({}, project("afterPlan: () => ({ refuse: 'too dear' })"));
  const refused = await refusing.call('plan', request);
  expect(refused['isError']).toBe(true);
  expect(textOf(refused)).toContain('The hook afterPlan refused the plan: too dear');
  expect(record(await refusing.call('list', { kind: 'plans' }))['plans']).toEqual([]);
  await model.close();
});

const ONE_STEP = { steps: [{ kind: 'compute', expression: '1 + 2', output: '$sum' }] };

test('when a request is planned, checked, run and shown by tools then each says what the command line says', async () => {
  const { call } = await serveHere();
  const plan = record(await call('plan', { request: 'add 1 + 2' }));
  expect(plan).toMatchObject({ id: expect.stringMatching(/^plan-/), plan_context: { query: 'add 1 + 2' } });
  expect(record(await call('check_plan', { plan: plan['id'] ?? null }))).toEqual({ is_valid: true, problems: [] });
  const run = record(await call('run_plan', { plan: plan['id'] ?? null }));
  expect(run).toMatchObject({ state: 'COMPLETE', output: 3 });
  expect(record(await call('show', { id: run['run_id'] ?? null }))).toMatchObject({
    id: run['run_id'],
    state: 'COMPLETE',
  });
  expect(record(await call('show', { id: plan['id'] ?? null }))).toMatchObject({ id: plan['id'] });
  expect(record(await call('list', { state: 'COMPLETE' }))['runs']).toMatchObject([{ id: run['run_id'] }]);
  expect(record(await call('list', { kind: 'plans' }))['plans']).toEqual([{ id: plan['id'], request: 'add 1 + 2' }]);
});

test('when a plan is given itself then it is checked, kept and run', async () => {
  const { call } = await serveHere();
  expect(record(await call('check_plan', { plan: { ...SUM, steps: [{ kind: 'compute' }] } }))).toMatchObject({
    is_valid: false,
  });
  const run = record(await call('run_plan', { plan: SUM, inputs: { a: 1 } }));
  expect(run).toMatchObject({ state: 'COMPLETE', output: 3 });
  expect(record(await call('list', { kind: 'plans' }))['plans']).toMatchObject([{ id: run['plan_id'] }]);
});

test.each<[string, string, JsonObject, RegExp]>([
  ['a plan that is not here', 'run_plan', { plan: 'plan-00000000-0000-7000-8000-000000000000' }, /\[not-found\]/],
  ['a path', 'run_plan', { plan: '../plan.json' }, /is not opened as a file/],
  ['a broken plan', 'run_plan', { plan: { steps: 7 } }, /\[invalid-plan\]/],
  ['a missing input', 'run_plan', { plan: SUM }, /\[missing-input\]/],
  ['an input of another type', 'run_plan', { plan: SUM, inputs: { a: 'x' } }, /\[invalid-input\]/],
  ['an unknown input', 'run_plan', { plan: SUM, inputs: { a: 1, c: 1 } }, /\[invalid-input\]/],
  ['an unknown argument', 'run_plan', { plan: SUM, yes: true }, /there is no yes; it takes plan, inputs/],
  ['a run that is not here', 'show', { id: 'prun-00000000-0000-7000-8000-000000000000' }, /\[not-found\]/],
  ['a run of another folder', 'resume', { run: '../other/runs/prun-1' }, /\[not-found\]/],
  ['no run', 'cancel', { run: 'last' }, /There is no run yet/],
  ['a state that there is not', 'list', { state: 'DONE' }, /\[usage\]/],
  ['a request that needs a model', 'plan', { request: 'write a poem' }, /\[no-model\]/],
])(
  'when a tool is given %s then the model is told what is wrong and how to fix it',
  async (_case, name, args, said) => {
    const { call } = await serveHere();
    const result = await call(name, args);
    expect(result['isError']).toBe(true);
    expect(textOf(result)).toMatch(said);
  },
);

test('when a tool is unknown then it is an error of the protocol', async () => {
  const { call } = await serveHere();
  await expect(call('constructor', {})).rejects.toThrow('-32602 Unknown tool: constructor');
});

test.each([
  [
    'plan',
    { query: 'add 1 + 2' },
    [
      'request is missing; must be a string',
      'there is no query; it takes request, inputs, output_schema, exclude_tools',
    ],
  ],
  ['plan', { request: 7 }, ['request: must be a string, not number']],
  ['run_plan', { plan: 7 }, ['plan: must be a string, not number; or must be an object, not number']],
  ['list', { kind: 'tools' }, ['kind: must be one of: runs, plans']],
])('when the arguments of %s are %j then each that does not fit is named in words', async (name, args, why) => {
  const { call } = await serveHere();
  const result = await call(name, args);
  expect(result['isError']).toBe(true);
  expect(textOf(result)).toBe(
    [
      `The arguments of ${name} do not fit. [usage]`,
      ...why,
      `Fix: Call ${name} again with arguments that fit its schema.`,
    ].join('\n'),
  );
});

test('when a run is cancelled by a tool then it cannot be resumed', async () => {
  const { tool } = publishing();
  const { call } = await serveHere({ tools: [tool], plans: { publish: PUBLISH } });
  const run = record(await call('publish', { version: '1' }, {}))['run_id'] ?? null;
  expect(record(await call('cancel', { run }))).toMatchObject({
    run_id: run,
    state: 'FAILED',
    error: { code: 'declined' },
  });
  expect(textOf(await call('resume', { run }))).toContain('[declined]');
});

/** A tool that reads, and waits until it is let go. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  let begin = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let calls = 0;
  const tool = defineTool({
    id: 'gate_tool',
    name: 'Gate',
    description: 'Waits.',
    effect: 'read',
    args: z.object({}),
    async run({ signal }) {
      calls += 1;
      begin();
      await Promise.race([opened, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
      return signal.aborted ? { kind: 'failure', message: 'ended', retryable: true, notDone: true } : 'through';
    },
  });
  return { tool, open, begun, calls: () => calls };
}

const GATED = {
  plan_context: { query: 'Wait', tool_ids: ['gate_tool'] },
  steps: [{ kind: 'tool', tool_id: 'gate_tool', args: {}, output: '$out' }],
};

test('when a client gives a call up then its run stops where it is, and resume continues it', async () => {
  const { tool, open, begun } = gate();
  const server = await serveHere({ tools: [tool], plans: { wait: GATED } });
  const client = await server.connect();
  const giveUp = new AbortController();
  const called = client.callTool({ name: 'wait', arguments: {} }, { signal: giveUp.signal });
  await begun;
  giveUp.abort();
  await expect(called).rejects.toThrow();
  const [id = ''] = await server.services.store.listRunIds();
  while ((await server.run(id)).pause?.reason !== 'signal') await sleep(5);
  open();
  expect(record(await server.call('resume', { run: id }, {}))).toMatchObject({ state: 'COMPLETE', output: 'through' });
});

test('when two clients continue the same run then it is driven once, and both get its result', async () => {
  const { tool, open, begun, calls } = gate();
  const server = await serveHere({ tools: [tool], plans: { wait: GATED } });
  const first = server.call('wait', {}, {});
  await begun;
  const [run = ''] = await server.services.store.listRunIds();
  const second = server.call('resume', { run }, {});
  await sleep(20);
  open();
  for (const result of [await first, await second]) expect(record(result)).toMatchObject({ state: 'COMPLETE' });
  expect(calls()).toBe(1);
});

test('when another server drives a run then it is not driven twice', async () => {
  const { tool, open, begun, calls } = gate();
  const server = await serveHere({ tools: [tool], plans: { wait: GATED } });
  const first = server.call('wait', {}, {});
  await begun;
  const [run = ''] = await server.services.store.listRunIds();
  const other = await server.again();
  expect(textOf(await other.call('resume', { run }, {}))).toContain('[run-locked]');
  expect(textOf(await other.call('cancel', { run }, {}))).toContain('[run-locked]');
  open();
  expect(record(await first)).toMatchObject({ state: 'COMPLETE' });
  expect(calls()).toBe(1);
});

test('when the server ends then its runs are saved and can be resumed', async () => {
  const { tool, open, begun } = gate();
  const server = await serveHere({ tools: [tool], plans: { wait: GATED } });
  const called = server.call('wait', {}, {});
  await begun;
  await server.project.close();
  const stopped = record(await called);
  expect(stopped).toMatchObject({ state: 'IN_PROGRESS' });
  open();
  const next = await server.again();
  expect(record(await next.call('resume', { run: stopped['run_id'] ?? null }, {}))).toMatchObject({
    state: 'COMPLETE',
  });
});

test('when a client asks for progress then it is told of each step', async () => {
  const { tool } = publishing();
  const server = await serveHere({ tools: [tool], plans: { sum: SUM, release: RELEASE } });
  const client = await server.connect();
  const told: Progress[] = [];
  const onprogress = ({ progress, message }: Progress) => told.push({ progress, message });
  await client.callTool({ name: 'sum', arguments: { a: 1 } }, { onprogress });
  expect(told).toEqual([
    { progress: 1, message: 'Step 1 began.' },
    { progress: 2, message: 'Step 1 is done.' },
  ]);
});

test('when plans and runs are read as resources then they are those of the tools', async () => {
  const { call, request, folder } = await serveHere();
  const run = record(await call('run_plan', { plan: SUM, inputs: { a: 1 } }));
  const { resources } = await request('resources/list', {});
  expect(resources).toMatchObject([
    { uri: `portia://runs/${run['run_id']}`, title: 'Add two numbers', description: 'COMPLETE' },
    { uri: `portia://plans/${run['plan_id']}`, title: 'Add two numbers' },
  ]);
  const read = async (uri: string) => {
    const { contents } = await request('resources/read', { uri });
    return (contents as { text: string }[])[0]?.text ?? '';
  };
  expect(JSON.parse(await read(`portia://runs/${run['run_id']}`))).toMatchObject({ id: run['run_id'] });
  expect(JSON.parse(await read(`portia://plans/${run['plan_id']}`))).toMatchObject({ id: run['plan_id'] });
  expect(await read(`portia://runs/${run['run_id']}/output`)).toBe('3');
  expect((await read(`portia://runs/${run['run_id']}/events`)).split('\n')[0]).toContain('run.created');
  const { resourceTemplates } = await request('resources/templates/list', {});
  expect((resourceTemplates as { uriTemplate: string }[]).map(({ uriTemplate }) => uriTemplate)).toContain(
    'portia://runs/{id}',
  );
  for (const uri of [
    `file://${folder}/portia.json`,
    'portia://runs/../../etc/passwd',
    'portia://runs/last',
    'portia://plans/x',
  ])
    await expect(request('resources/read', { uri })).rejects.toThrow(/-3260?2/);
});

test('when there are more plans and runs than a page then a cursor leads to all of them', async () => {
  const { services, request } = await serveHere();
  for (let index = 0; index < 120; index += 1) {
    const id = services.newId('plan');
    await services.store.savePlan({
      id,
      plan_context: { query: `plan ${index}`, tool_ids: [] },
      plan_inputs: [],
      steps: [],
      metadata: { schema_version: 1, created_at: new Date().toISOString(), planner: 'offline' },
    } as never);
  }
  const first = await request('resources/list', {});
  const second = await request('resources/list', { cursor: first['nextCursor'] ?? null });
  const uris = [first, second].flatMap((page) => (page['resources'] as { uri: string }[]).map(({ uri }) => uri));
  expect(new Set(uris).size).toBe(120);
  expect(second['nextCursor']).toBeUndefined();
  await expect(request('resources/list', { cursor: 'elsewhere' })).rejects.toThrow('-32602');
});

test('when a client declares nothing then nothing is asked of it', async () => {
  const { tool } = publishing();
  const server = await serveHere({ tools: [tool], plans: { publish: PUBLISH } });
  for (const capabilities of [{}, { sampling: {} }, { elicitation: { url: {} } }]) {
    const result = await server.call('publish', { version: '1' }, capabilities);
    expect(result['inputRequests']).toBeUndefined();
    expect(record(result)).toMatchObject({ state: 'NEED_CLARIFICATION' });
  }
  expect((await server.call('publish', { version: '1' }, { elicitation: {} }))['inputRequests']).toBeDefined();
  expect((await server.call('publish', { version: '1' }, FORMS))['inputRequests']).toBeDefined();
});
