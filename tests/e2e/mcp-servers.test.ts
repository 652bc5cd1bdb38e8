import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, startPortia, UNTRUSTED } from '../support/portia.js';
import { untilGroupIsGone } from '../support/process-groups.js';
import { printedError, printedQuestions, readEvents, onlyRun } from '../support/scenario.js';
import { linesOf, serverProject, serverStep } from '../support/server-project.js';

const RUN = ['run-plan', 'plan.json'];
const VALUE = [...RUN, '--format', 'value'];

/** A server with these faults in place of the one that is there. */
function changeServer(cwd: string, ...modes: string[]): void {
  const file = join(cwd, '.mcp.json');
  const { mcpServers } = JSON.parse(readFileSync(file, 'utf8')) as { mcpServers: { fake: { args: string[] } } };
  mcpServers.fake.args = [mcpServers.fake.args[0] ?? '', ...modes];
  writeFileSync(file, JSON.stringify({ mcpServers }));
}

test('when a plan calls a tool that reads then it gives its value, and the server is started once', async () => {
  const steps = [serverStep('add', { a: 1, b: 2 }, '$first'), serverStep('add', { a: '{{ $first.sum }}', b: 4 })];
  const cwd = serverProject({ steps });
  expect(await portiaHere(VALUE, { cwd })).toMatchObject({ code: 0, stdout: '{"sum":7}\n' });
  expect(linesOf(cwd, 'started')).toHaveLength(1);
});

test('when its tools are known then listing, checking and describing start nothing', async () => {
  const cwd = serverProject({ steps: [serverStep('add', { a: 1, b: 2 })] });
  const listed = await portiaHere(['tools', 'list', '--json'], { cwd });
  expect(JSON.parse(listed.stdout)).toContainEqual(
    expect.objectContaining({ id: 'mcp:fake:pay', source: 'mcp', effect: 'once' }),
  );
  expect(linesOf(cwd, 'started')).toHaveLength(1);
  for (const command of [
    ['tools', 'describe', 'mcp:fake:add'],
    ['check', 'plan.json'],
    ['tools', 'list'],
  ]) {
    expect((await portiaHere(command, { cwd })).code).toBe(0);
  }
  expect(linesOf(cwd, 'started')).toHaveLength(1);
});

test('when a plan uses no server then none is started', async () => {
  const cwd = serverProject({ steps: [{ kind: 'compute', expression: '1 + 2', output: '$result' }] });
  expect(await portiaHere(VALUE, { cwd })).toMatchObject({ code: 0, stdout: '3\n' });
  expect(linesOf(cwd, 'started')).toEqual([]);
});

test('when the project is not trusted then no server is started, and the plan that needs one exits with 6', async () => {
  const cwd = serverProject({ steps: [serverStep('add', { a: 1, b: 2 })] });
  const { code, stderr } = await portiaHere(RUN, { cwd, env: UNTRUSTED });
  expect(code).toBe(6);
  expect(printedError(stderr)).toMatchObject({ code: 'project-untrusted', why: expect.stringContaining('MCP server') });
  expect(linesOf(cwd, 'started')).toEqual([]);
});

test('when a tool acts then a person is asked first, and it acts once', async () => {
  const cwd = serverProject({ steps: [serverStep('pay', { amount: 5 })] });
  const asked = await portiaHere(RUN, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ tool_id: 'mcp:fake:pay', args: { amount: 5 } }]);
  expect(linesOf(cwd, 'acted')).toEqual([]);
  const resumed = ['resume', 'last', '--answer', 'verify=yes', '--format', 'value'];
  expect(await portiaHere(resumed, { cwd })).toMatchObject({ code: 0, stdout: 'paid 5\n' });
  expect(linesOf(cwd, 'acted')).toEqual(['pay {"amount":5}']);
});

test('when the annotations are not believed then a tool that says that it reads is asked about', async () => {
  const steps = [serverStep('echo', { text: 'hello' })];
  expect((await portiaHere(RUN, { cwd: serverProject({ steps, mcp: { believe_annotations: [] } }) })).code).toBe(8);
  const mcp = { believe_annotations: [], effects: { 'mcp:fake:*': 'once', 'mcp:fake:echo': 'read' } };
  expect(await portiaHere(VALUE, { cwd: serverProject({ steps, mcp }) })).toMatchObject({ code: 0, stdout: 'hello\n' });
});

test('when the server crashes in a call that acts then a person is asked what happened', async () => {
  const cwd = serverProject({ modes: ['crash'], steps: [serverStep('pay', { amount: 5 })] });
  const crashed = await portiaHere([...RUN, '--approve', '*'], { cwd });
  expect(crashed.code).toBe(8);
  expect(printedQuestions(crashed.stderr).questions).toMatchObject([
    { argument_name: 'outcome', user_guidance: expect.stringContaining('it exited with code 3') },
  ]);
  const resumed = ['resume', 'last', '--answer', 'outcome=happened=receipt-7', '--format', 'value'];
  expect(await portiaHere(resumed, { cwd })).toMatchObject({ code: 0, stdout: 'receipt-7\n' });
  expect(linesOf(cwd, 'acted')).toEqual(['pay {"amount":5}']);
});

test('when a call takes longer than it may then one that reads fails, and one that acts is asked about', async () => {
  const mcp = { timeout_ms: 300 };
  const reading = serverProject({ modes: ['hang'], mcp, steps: [serverStep('echo', { text: 'hello' })] });
  const failed = await portiaHere(RUN, { cwd: reading });
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('it took longer than 0.3 s')]);
  const acting = serverProject({ modes: ['hang'], mcp, steps: [serverStep('pay', { amount: 5 })] });
  const asked = await portiaHere([...RUN, '--approve', '*'], { cwd: acting });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ argument_name: 'outcome' }]);
});

test('when the server cannot be used then the plan is not run: exit 3', async () => {
  const cwd = serverProject({ modes: ['exits-at-start'], steps: [serverStep('add', { a: 1, b: 2 })] });
  const { code, stderr } = await portiaHere(RUN, { cwd });
  expect(code).toBe(3);
  expect(printedError(stderr)).toMatchObject({
    code: 'unavailable',
    message: 'The MCP server fake cannot be used.',
    why: 'It exited with code 2: no configuration found.',
  });
});

test('when other commands need no tool of a server that cannot be used then they work, and say so', async () => {
  const cwd = serverProject({ modes: ['exits-at-start'] });
  const { code, stderr } = await portiaHere(['tools', 'list'], { cwd });
  expect(code).toBe(0);
  expect(stderr).toContain('The MCP server fake cannot be used. It exited with code 2');
});

test('when another server cannot be used then what is about one tool or server says nothing of it', async () => {
  const cwd = serverProject({ mcp: { enable: ['fake', 'unused'] }, steps: [serverStep('add', { a: 1, b: 2 })] });
  for (const command of [
    ['tools', 'describe', 'mcp:fake:add'],
    ['tools', 'call', 'mcp:fake:add', 'a=1', 'b=2'],
    ['tools', 'describe', 'calculator_tool'],
    ['mcp', 'show', 'fake'],
    ['check', 'plan.json'],
  ]) {
    expect(await portiaHere(command, { cwd })).toMatchObject({ code: 0, stderr: '' });
  }
  const shown = await portiaHere(['mcp', 'show', 'unused'], { cwd });
  expect([shown.code, JSON.parse(shown.stdout)]).toMatchObject([0, { name: 'unused', enabled: true, tools: [] }]);
  expect(shown.stderr).toContain('The MCP server unused cannot be used.');
});

test('when a plan calls a server that cannot be used, or a tool that nobody knows, then its check says so', async () => {
  const enable = ['fake', 'unused'];
  const broken = serverProject({ mcp: { enable }, modes: ['exits-at-start'], steps: [serverStep('add', {})] });
  const checked = await portiaHere(['check', 'plan.json'], { cwd: broken });
  expect([checked.code, checked.stderr]).toEqual([2, expect.stringContaining('The MCP server fake cannot be used.')]);
  expect(checked.stderr).not.toContain('unused');
  const unknown = serverProject({ mcp: { enable }, steps: [{ kind: 'tool', tool_id: 'mcp:fak:add', args: {} }] });
  const asked = await portiaHere(['check', 'plan.json'], { cwd: unknown });
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('The MCP server unused cannot be used.')]);
  expect(asked.stdout).toContain('mcp:fake:add');
});

test('when a tool of a server that cannot be used is called then it is said why: exit 3', async () => {
  const cwd = serverProject({ modes: ['exits-at-start'] });
  const { code, stderr } = await portiaHere(['tools', 'call', 'mcp:fake:add', 'a=1', 'b=2'], { cwd });
  expect([code, printedError(stderr)]).toMatchObject([3, { why: 'It exited with code 2: no configuration found.' }]);
});

test('when a variable of the server is not set then its tools are off, with the name of the variable', async () => {
  const cwd = serverProject({ steps: [serverStep('add', { a: 1, b: 2 })] });
  const file = join(cwd, '.mcp.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('${TOKEN:-}', '${TOKEN}'));
  const { code, stderr } = await portiaHere(RUN, { cwd });
  expect([code, printedError(stderr).why]).toEqual([2, expect.stringContaining('TOKEN is not set')]);
});

test('when a tool is another one than the run was started with then a resume shows that: exit 6', async () => {
  const cwd = serverProject({ steps: [serverStep('echo', { text: 'hello' })], mcp: { believe_annotations: [] } });
  expect((await portiaHere(RUN, { cwd })).code).toBe(8);
  changeServer(cwd, 'new-description');
  const refused = await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd });
  expect([refused.code, printedError(refused.stderr).code]).toEqual([6, 'stale']);
});

test('when a server lists another tool than before, in the middle of a run, then nothing is called: exit 6', async () => {
  const cwd = serverProject({ modes: ['changes-list'], steps: [serverStep('echo', { text: 'hello' })] });
  await portiaHere(['tools', 'list'], { cwd });
  writeFileSync(join(cwd, 'acted.changed'), '');
  const { code, stderr } = await portiaHere(RUN, { cwd });
  expect(stderr).toContain('The MCP server fake has other tools than before: echo has changed.');
  expect(code).toBe(6);
  const again = await portiaHere(['resume', 'last'], { cwd });
  expect([again.code, printedError(again.stderr).code]).toEqual([6, 'stale']);
  const accepted = ['resume', 'last', '--accept-changed', 'mcp:fake:echo', '--format', 'value'];
  expect(await portiaHere(accepted, { cwd })).toMatchObject({ code: 0, stdout: 'hello\n' });
});

test('when portia is killed in a call then the server ends with it, and a resume asks what happened', async () => {
  const cwd = serverProject({ modes: ['hang'], steps: [serverStep('pay', { amount: 5 })] });
  const running = startPortia([...RUN, '--approve', '*'], { cwd });
  const end = ended(running, '');
  while (!linesOf(cwd, 'acted').includes('hangs')) await new Promise((resolve) => setTimeout(resolve, 10));
  const server = Number(linesOf(cwd, 'started').at(-1));
  running.kill('SIGKILL');
  await end;
  await untilGroupIsGone(server);
  const resumed = await portiaHere(['resume', 'last'], { cwd });
  expect(resumed.code).toBe(8);
  expect(printedQuestions(resumed.stderr).questions).toMatchObject([{ argument_name: 'outcome' }]);
  expect(linesOf(cwd, 'acted').filter((line) => line.startsWith('pay'))).toHaveLength(1);
  expect(readEvents(cwd, onlyRun(cwd).id).filter(({ type }) => type === 'tool.started')).toHaveLength(1);
});
