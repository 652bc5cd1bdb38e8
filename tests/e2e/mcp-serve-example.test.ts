import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';

import { FORMS, textOf } from '../support/mcp-server-here.js';
import { filesOf } from '../support/page-examples.js';
import { cleanEnvironment, makeProject, PORTIA, TESTED_NODE } from '../support/portia.js';

interface AgentSettings {
  mcpServers: { portia: { command: string; args: string[] } };
}

/** The project of the page about MCP, and what the page tells an agent to start. */
function makeRelease(): { cwd: string; args: string[] } {
  const files = filesOf('docs/mcp.md');
  const { mcpServers }: AgentSettings = JSON.parse(files['agent.json'] ?? '');
  const { command, args } = mcpServers.portia;
  expect(command).toBe('portia');
  const cwd = makeProject({ 'release.yaml': files['release.yaml'] ?? '', 'CHANGES.md': 'Nothing yet.\n' });
  return { cwd, args: args.map((word) => (word === '/path/to/project' ? cwd : word)) };
}

/**
 * A scripted coding agent: it finds the tool for its task, calls it, and shows forms to its person, who answers by
 * `person`. Without one it declines every form by itself.
 */
async function startAgent({ cwd, args }: { cwd: string; args: string[] }, person?: (message: string) => string) {
  const agent = new Client({ name: 'coding-agent', version: '1.0.0' }, { capabilities: FORMS });
  const shown: string[] = [];
  agent.setRequestHandler('elicitation/create', ({ params: { message } }) => {
    shown.push(message);
    return person === undefined ? { action: 'decline' } : { action: 'accept', content: { answer: person(message) } };
  });
  await agent.connect(
    new StdioClientTransport({
      command: TESTED_NODE,
      args: [PORTIA, ...args],
      cwd: '/',
      env: cleanEnvironment(cwd),
      stderr: 'pipe',
    }),
  );
  onTestFinished(async () => agent.close());
  const { tools } = await agent.listTools();
  const release = tools.find(({ description = '' }) => description.startsWith('Release a version'));
  expect(release?.inputSchema).toMatchObject({ required: ['version'] });
  const call = async (name: string, given: Record<string, unknown>) => agent.callTool({ name, arguments: given });
  return { shown, call, release: async () => call(release?.name ?? '', { version: '2.0.0' }) };
}

test('when a coding agent releases then its person is asked what changed and for the consent', async () => {
  const project = makeRelease();
  const person = (message: string) => (message.startsWith('What changed') ? 'It is faster.' : 'yes');
  const agent = await startAgent(project, person);
  const result = await agent.release();
  expect(result.structuredContent).toMatchObject({ state: 'COMPLETE' });
  expect(agent.shown).toEqual([
    'What changed for users?',
    expect.stringMatching(
      /file_writer_tool\n {2}filename: "CHANGES.md"\n.*\n {2}content: "# 2\.0\.0\\n\\nIt is faster\.\\n"\n.*\(a person, step 1\)$/,
    ),
  ]);
  expect(readFileSync(join(project.cwd, 'CHANGES.md'), 'utf8')).toBe('# 2.0.0\n\nIt is faster.\n');
});

test('when a coding agent declines by itself and says yes in the place of its person then nothing is written', async () => {
  const project = makeRelease();
  const agent = await startAgent(project);
  const waiting = await agent.release();
  const { run_id: run } = waiting.structuredContent as { run_id: string };
  expect(textOf(waiting)).toContain(`portia -C ${project.cwd} resume ${run} --answer changes=VALUE`);
  await agent.call('answer', { run, answers: { changes: 'It is faster.' } });
  const asking = await agent.call('resume', { run });
  expect(asking.structuredContent).toMatchObject({ state: 'NEED_CLARIFICATION' });
  const refused = await agent.call('answer', { run, answers: { verify: 'yes' } });
  expect(refused.isError).toBe(true);
  expect(textOf(refused)).toContain(`portia -C ${project.cwd} resume ${run} --answer verify=yes`);
  expect(readFileSync(join(project.cwd, 'CHANGES.md'), 'utf8')).toBe('Nothing yet.\n');
});
