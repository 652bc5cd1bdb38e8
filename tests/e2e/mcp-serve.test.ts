import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { specTypeSchemas } from '@modelcontextprotocol/server';
import { describe, expect, onTestFinished, test } from 'vitest';

import type { JsonObject } from '../../src/domain/values/json.js';
import { OWN_TOOLS } from '../../src/server/mcp/own-tools.js';
import { accept, asked, FORMS, TASKS, textOf } from '../support/mcp-server-here.js';
import { serveInProcess } from '../support/mcp-process.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, makeProject, PORTIA, portia, TESTED_NODE } from '../support/portia.js';
import { RELEASE } from '../support/release-plan.js';

/** Waits for a file, as a program that only reads. */
const WAITING = {
  'portia.json': {
    programs: {
      wait_tool: {
        description: 'Waits for the file gate.',
        effect: 'read',
        command: ['sh', '-c', 'touch begun; until [ -e gate ]; do sleep 0.02; done; printf through'],
      },
    },
  },
  'wait.yaml': `
plan_context: { query: Wait, tool_ids: [wait_tool] }
steps: [{ kind: tool, tool_id: wait_tool, args: {}, output: $out }]
`,
};

const record = (result: JsonObject) => result['structuredContent'] as JsonObject;
const keyOf = (result: JsonObject) => asked(result)[0]?.key ?? '';

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('when an agent starts portia mcp serve', () => {
  test('then its client lists the plans as tools, and its person answers by its forms', async () => {
    const cwd = makeProject({ 'release.yaml': RELEASE, 'CHANGES.md': 'old' });
    const transport = new StdioClientTransport({
      command: TESTED_NODE,
      args: [PORTIA, 'mcp', 'serve', '--plan', 'release.yaml'],
      cwd,
      env: cleanEnvironment(cwd),
      stderr: 'pipe',
    });
    const client = new Client({ name: 'agent', version: '1' }, { capabilities: FORMS });
    onTestFinished(async () => client.close());
    const messages: string[] = [];
    client.setRequestHandler('elicitation/create', ({ params }) => {
      messages.push(params.message);
      return accept({ answer: messages.length === 1 ? 'speed' : 'yes' });
    });
    await client.connect(transport);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('release');
    const result = await client.callTool({ name: 'release', arguments: { version: '2.0' } });
    expect(result.structuredContent).toMatchObject({ state: 'COMPLETE' });
    expect(readFileSync(join(cwd, 'CHANGES.md'), 'utf8')).toBe('2.0: speed');
    expect(messages).toEqual(['What changed?', expect.stringContaining('content: "2.0: speed"')]);
  });

  test('then a kill between question and answer loses nothing, for calls and for tasks', async () => {
    const cwd = makeProject({ 'release.yaml': RELEASE, 'CHANGES.md': 'old' });
    const args = { version: '2.0' };
    const first = serveInProcess(['--plan', 'release.yaml'], { cwd });
    const question = await first.call('release', args);
    const task = await first.call('release', args, {}, TASKS);
    await first.kill();
    const second = serveInProcess(['--plan', 'release.yaml'], { cwd });
    const consent = await second.call('release', args, {
      requestState: question['requestState'] ?? null,
      inputResponses: { [keyOf(question)]: accept({ answer: 'speed' }) },
    });
    expect(asked(consent)[0]?.message).toContain('file_writer_tool');
    await second.kill();
    const third = serveInProcess(['--plan', 'release.yaml'], { cwd });
    const done = await third.call('release', args, {
      requestState: consent['requestState'] ?? null,
      inputResponses: { [keyOf(consent)]: accept({ answer: 'yes' }) },
    });
    expect(record(done)).toMatchObject({ state: 'COMPLETE' });
    const taskId = task['taskId'] ?? null;
    let known = await third.request('tasks/get', { taskId }, TASKS);
    while (known['status'] === 'working') known = await third.request('tasks/get', { taskId }, TASKS);
    expect(known).toMatchObject({ taskId, status: 'input_required' });
    expect(await third.end()).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, 'CHANGES.md'), 'utf8')).toBe('2.0: speed');
  });

  test('then the command that a result names answers on the command line', async () => {
    const cwd = makeProject({ 'release.yaml': RELEASE, 'CHANGES.md': 'old' });
    const server = serveInProcess(['--plan', 'release.yaml'], { cwd });
    const waiting = await server.call('release', { version: '2.0' }, {}, {});
    const command = /portia -C .*--answer changes=VALUE/.exec(textOf(waiting))?.[0] ?? '';
    const [, ...words] = command.replace('VALUE', 'speed').split(' ');
    expect((await portia(words, { cwd: '/', env: { HOME: join(cwd, '.home') } })).code).toBe(8);
    const run = record(waiting)['run_id'] ?? null;
    const asking = await server.call('resume', { run });
    expect(asked(asking)[0]?.message).toContain('content: "2.0: speed"');
    await server.end();
  });

  test('then what it drives is saved when its input ends, and nothing is left', async () => {
    const cwd = makeProject(WAITING);
    const server = serveInProcess(['--plan', 'wait.yaml'], { cwd });
    const { taskId } = await server.call('wait', {}, {}, TASKS);
    await until(() => existsSync(join(cwd, 'begun')));
    expect(await server.end()).toMatchObject({ code: 0 });
    const shown = await portia(['show', String(taskId), '--json'], { cwd });
    expect(JSON.parse(shown.stdout)).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
    writeFileSync(join(cwd, 'gate'), '');
    const next = serveInProcess([], { cwd });
    let task = await next.request('tasks/get', { taskId: taskId ?? null }, TASKS);
    while (task['status'] === 'working') task = await next.request('tasks/get', { taskId: taskId ?? null }, TASKS);
    expect(task).toMatchObject({ status: 'completed', result: { structuredContent: { output: 'through' } } });
    expect(await next.end()).toMatchObject({ code: 0 });
  });
});

/** Requests of the specification's examples for 2026-07-28, as they are recorded there. */
const EXAMPLE_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'ExampleClient', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const example = (id: string, method: string, params: JsonObject = {}) => ({
  id,
  method,
  params: { _meta: EXAMPLE_META, ...params },
});

test('when the examples of the specification are sent then each gets an answer of the specification', async () => {
  const server = serveInProcess([], { cwd: makeProject() });
  const results = [
    ['DiscoverResult', example('discover-1', 'server/discover')],
    ['ListToolsResult', example('list-tools-example', 'tools/list')],
    ['ListResourcesResult', example('list-resources-example', 'resources/list')],
    ['ListResourceTemplatesResult', example('list-resource-templates-example', 'resources/templates/list')],
  ] as const;
  for (const [type, message] of results) {
    const { result } = await server.send(message);
    expect(specTypeSchemas[type]['~standard'].validate(result).issues).toBeUndefined();
    expect(result).toMatchObject({ resultType: 'complete' });
  }
  const errors: [JsonObject, number][] = [
    [example('call-tool-example', 'tools/call', { name: 'get_weather', arguments: { location: 'New York' } }), -32_602],
    [example('read-resource-example', 'resources/read', { uri: 'file:///project/src/main.rs' }), -32_602],
    [example('list-prompts-example', 'prompts/list'), -32_601],
    [example('tasks-1', 'tasks/get', { taskId: '786512e2-9e0d-44bd-8f29-789f320fe840' }), -32_021],
  ];
  for (const [message, code] of errors) expect((await server.send(message)).error).toMatchObject({ code });
  expect(await server.end()).toMatchObject({ code: 0, stderr: '' });
});

test('when a folder has more than plans then its hidden files and folders are left out, and a plan counts once', async () => {
  const cwd = makeProject({ 'plans/release.yaml': RELEASE, 'plans/.mcp.json': '{}', 'plans/old.json/a.txt': '' });
  const server = serveInProcess(['--plan', 'plans', '--plan', './plans/release.yaml'], { cwd });
  const { tools } = await server.request('tools/list', {});
  expect((tools as { name: string }[]).map(({ name }) => name)).toEqual([...OWN_TOOLS, 'release']);
  expect(await server.end()).toMatchObject({ code: 0 });
});

describe('when mcp serve is started in a wrong way', () => {
  test.each<[string, string[], number, string]>([
    ['an unknown action', ['mcp', 'server'], 2, 'portia mcp serve'],
    ['too many words', ['mcp', 'serve', 'plan.json'], 2, 'portia mcp serve does not take'],
    ['a wrong port', ['mcp', 'serve', '--http', 'http'], 2, 'is not a port'],
    ['a plan that is not there', ['mcp', 'serve', '--plan', 'none.yaml'], 2, '"fix":"Check the name."'],
    ['a plan in place of the agent', ['mcp', 'serve', '--plan', '-'], 2, 'Standard input is for the agent'],
    ['a broken plan', ['mcp', 'serve', '--plan', 'broken.yaml'], 2, 'invalid-plan'],
    ['a folder without plans', ['mcp', 'serve', '--plan', 'empty'], 2, 'There is no plan in the folder empty'],
    ['two plans of one name', ['mcp', 'serve', '--plan', 'a.yaml', '--plan', 'b/a.yaml'], 2, 'is taken by a.yaml'],
    ['a plan named as a tool', ['mcp', 'serve', '--plan', 'list.yaml'], 2, 'is taken by portia itself'],
  ])('then %s is refused before anything is served', async (_case, args, code, said) => {
    const empty =
      'plan_context: { query: Nothing, tool_ids: [] }\nsteps: [{ kind: compute, expression: "1", output: $x }]\n';
    const cwd = makeProject({
      'broken.yaml': 'steps: 7\n',
      'empty/README.md': '',
      'a.yaml': empty,
      'b/a.yaml': empty,
      'list.yaml': empty,
    });
    const result = await portiaHere(args, { cwd });
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(said);
    expect(result.stdout).toBe('');
  });
});
