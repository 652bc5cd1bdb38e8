import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, inject, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { linesOf, TOLD_SERVERS, toldProject } from '../support/server-project.js';

const { told: ENTRY } = TOLD_SERVERS.mcpServers;

/** A tool with everything that a server can say of it. */
const PAY = {
  name: 'pay',
  title: 'Pay',
  description: 'Pays once.',
  inputSchema: {
    type: 'object',
    properties: { to: { type: 'string', description: 'Who gets it' } },
    required: ['to'],
  },
  outputSchema: { type: 'object', properties: { paid: { type: 'boolean' } } },
  annotations: { title: 'Pay', readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
};
const TOLD = {
  serverInfo: { name: 'told', version: '1.0.0' },
  instructions: 'Ask before you pay.',
  tools: [PAY, { ...PAY, name: 'other' }],
  replies: { other: {} },
};

const MCP = { enable: ['told'], effects: { 'mcp:told:other': 'read' } };
const to = (more: object) => ({ inputSchema: { ...PAY.inputSchema, properties: { to: { type: 'string', ...more } } } });
const pay = (more: object) => ({ 'told.json': { ...TOLD, tools: [{ ...PAY, ...more }, TOLD.tools[1]] } });
const entry = (more: object) => ({ '.mcp.json': { mcpServers: { told: { ...ENTRY, ...more } } } });
const mcp = (more: object) => ({ 'portia.json': { mcp: { ...MCP, ...more } } });

/** What a run that waits for a yes to `pay` must not survive, by what is changed. */
const FLIPS: Record<string, Record<string, object>> = {
  'its description': pay({ description: 'Pays twice.' }),
  'a zero-width space in its description': pay({ description: 'Pays\u200b once.' }),
  'a letter of another alphabet in its description': pay({ description: 'P\u0430ys once.' }),
  'a space at the end of its description': pay({ description: 'Pays once. ' }),
  'no description': pay({ description: undefined }),
  'its title': pay({ title: 'Pays' }),
  'no title': pay({ title: undefined }),
  'the title in its annotations': pay({ annotations: { ...PAY.annotations, title: 'Pays' } }),
  'that it only reads': pay({ annotations: { ...PAY.annotations, readOnlyHint: true } }),
  'that it destroys nothing': pay({ annotations: { ...PAY.annotations, destructiveHint: false } }),
  'that it may be called again': pay({ annotations: { ...PAY.annotations, idempotentHint: true } }),
  'that it sends nothing': pay({ annotations: { ...PAY.annotations, openWorldHint: false } }),
  'no annotations': pay({ annotations: undefined }),
  'the type of an argument': pay(to({ type: ['string', 'null'] })),
  'the description of an argument': pay(to({ description: 'Who does not get it' })),
  'the values of an argument': pay(to({ enum: ['Ada', 'Bob'] })),
  'the default of an argument': pay(to({ default: 'Bob' })),
  'one more argument': pay({ inputSchema: { ...PAY.inputSchema, properties: { to: {}, cc: {} } } }),
  'what is required': pay({ inputSchema: { ...PAY.inputSchema, required: [] } }),
  'other arguments': pay({ inputSchema: { ...PAY.inputSchema, additionalProperties: false } }),
  'the schema of its results': pay({ outputSchema: { type: 'object' } }),
  'no schema of its results': pay({ outputSchema: undefined }),
  'something that only other programs know': pay({ _meta: { a: 1 } }),
  'the version of the server': { 'told.json': { ...TOLD, serverInfo: { name: 'told', version: '1.0.1' } } },
  'the name of the server': { 'told.json': { ...TOLD, serverInfo: { name: 'tald', version: '1.0.0' } } },
  'its program': entry({ command: 'node' }),
  'its words': entry({ args: [...ENTRY.args, 'more'] }),
  'a variable': entry({ env: { ...ENTRY.env, MORE: '1' } }),
  'its folder': entry({ cwd: '.' }),
  'what its calls do': mcp({ effects: { ...MCP.effects, 'mcp:told:pay': 'idempotent' } }),
};

const FILES = { 'told.json': TOLD, ...entry({}), ...mcp({}) };

function write(cwd: string, files: Record<string, object>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), JSON.stringify(content));
}

/** All of them with the binary; a part where they must take little time. */
const flipsIn = (flips: [string, Record<string, object>][], distance: number) =>
  inject('onlyBinary') ? flips : flips.filter((_flip, index) => index % distance === 0);

const waiting = () =>
  toldProject({
    told: TOLD,
    mcp: MCP,
    steps: [{ kind: 'tool', tool_id: 'mcp:told:pay', args: { to: 'Ada' }, output: '$result' }],
  });

const RUN = ['run-plan', 'plan.json'];

describe('a tool of an MCP server', () => {
  test('when anything of it changes while a run waits then the run does not continue, and does when it is back', async () => {
    const cwd = waiting();
    expect((await portiaHere(RUN, { cwd })).code).toBe(8);
    expect((await portiaHere(['answer', 'last', 'verify=yes'], { cwd })).code).toBe(0);
    const unseen: string[] = [];
    for (const [what, changed] of flipsIn(Object.entries(FLIPS), 6)) {
      write(cwd, changed);
      const { code, stderr } = await portiaHere(['resume', 'last'], { cwd });
      if (code !== 6 || !stderr.includes('mcp:told:pay')) unseen.push(`${what}: ${code} ${stderr}`);
      write(cwd, FILES);
    }
    expect({ unseen, acted: linesOf(cwd, 'acted') }).toEqual({ unseen: [], acted: [] });
    expect(await portiaHere(['resume', 'last'], { cwd })).toMatchObject({ code: 0 });
    expect(linesOf(cwd, 'acted')).toHaveLength(1);
  });

  test('when anything of it changes between the list and the run then it is not called, and is with another yes', async () => {
    const unseen: string[] = [];
    const ofTheServer = Object.entries(FLIPS).filter(([, files]) => 'told.json' in files);
    for (const [what, changed] of flipsIn(ofTheServer, 12)) {
      const cwd = waiting();
      expect((await portiaHere(['check', 'plan.json'], { cwd })).code).toBe(0);
      write(cwd, changed);
      const { code, stderr } = await portiaHere([...RUN, '--approve', '*'], { cwd });
      if (code !== 6 || existsSync(join(cwd, 'acted'))) unseen.push(`${what}: ${code} ${stderr}`);
      const again = ['resume', 'last', '--accept-changed', 'mcp:told:pay', '--approve', '*'];
      const accepted = await portiaHere(again, { cwd });
      if (accepted.code !== 0 || linesOf(cwd, 'acted').length !== 1) unseen.push(`${what}: ${accepted.stderr}`);
    }
    expect(unseen).toEqual([]);
  });
});

test('when only the instructions of a server change then nothing is asked: no model reads them', async () => {
  const cwd = waiting();
  expect((await portiaHere(RUN, { cwd })).code).toBe(8);
  write(cwd, { 'told.json': { ...TOLD, instructions: 'Pay twice.' } });
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd })).code).toBe(0);
});

test('when another version of a server is started than before then that is told', async () => {
  const cwd = waiting();
  await portiaHere(['mcp', 'test', 'told'], { cwd });
  write(cwd, { 'told.json': { ...TOLD, serverInfo: { name: 'told', version: '2.0.0' } } });
  const { stderr } = await portiaHere(['mcp', 'test', 'told'], { cwd });
  expect(stderr).toContain('The MCP server told says that it is told 2.0.0, and was told 1.0.0.');
});
