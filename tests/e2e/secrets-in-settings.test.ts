import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { allBytes } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const CANARY = 'canary-0f9e8d7c';

function expectHidden(cwd: string, { stdout, stderr }: Ended): void {
  expect(`${stdout}\n${stderr}`).not.toContain(CANARY);
  expect(allBytes(join(cwd, 'runs'))).not.toContain(CANARY);
}

const SEARCH = {
  plan_context: { query: 'q', tool_ids: ['search_tool'] },
  steps: [{ kind: 'tool', tool_id: 'search_tool', args: { search_query: 'x' }, output: '$r' }],
};

const plan = (tool_id: string) => ({
  plan_context: { query: 'q', tool_ids: [tool_id] },
  steps: [{ kind: 'tool', tool_id, args: {}, output: '$r' }],
});

/** A server that keeps what it is sent; on a port of its own, where nobody said that a key may go. */
async function listen(): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(JSON.stringify(request.headers));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"results":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen };
}

describe('addresses', () => {
  test.each([
    ['a password', { TAVILY_BASE_URL: `http://u:${CANARY}@127.0.0.1:1/` }, 'user name or password'],
    ['a key in its query', { TAVILY_BASE_URL: `http://127.0.0.1:1/?api_key=${CANARY}` }, 'api_key=…'],
  ])('when the address of the search service holds %s, then it is refused and never shown', async (_what, env, why) => {
    const cwd = makeProject({ 'plan.json': SEARCH, 'runs/empty': '' });
    for (const args of [
      ['run-plan', 'plan.json'],
      ['tools', 'list'],
      ['doctor'],
      ['tools', 'call', 'search_tool', 'search_query=x'],
    ]) {
      const ended = await portiaHere(args, { cwd, env: { TAVILY_API_KEY: 'tvly-abcdef', ...env } });
      expect(`${ended.stdout}${ended.stderr}`).toContain(why);
      expectHidden(cwd, ended);
    }
  });

  test.each([
    ['a flag', ['--base-url', `http://127.0.0.1:1/v1?api-key=${CANARY}`], {}, {}],
    ['a variable', [], { OPENAI_BASE_URL: `http://u:${CANARY}@127.0.0.1:1/v1` }, {}],
    ['the project', [], {}, { base_url: `http://127.0.0.1:1/v1?token=${CANARY}` }],
    [
      'the settings of a tool',
      [],
      {},
      { tools: { settings: { weather_tool: { base_url: `http://u:${CANARY}@h/` } } } },
    ],
  ])('when %s gives an address with a key, then it is refused and never shown', async (_by, flags, env, settings) => {
    const cwd = makeProject({ 'portia.json': settings, 'runs/empty': '' });
    const ended = await portiaHere(['plan', 'add 1 + 2', ...flags], { cwd, env });
    const { why, message } = expectError(ended, { code: 'invalid-settings', exit: 2 });
    expect(`${message} ${why}`).toMatch(/user name or password|a key in its query/);
    expectHidden(cwd, ended);
    const doctor = await portiaHere(['doctor', ...flags], { cwd, env });
    expect(`${doctor.stdout}${doctor.stderr}`).toMatch(/user name or password|a key in its query/);
    expectHidden(cwd, doctor);
  });

  test('when the query of a base URL has other parameters, then their values are shown nowhere', async () => {
    const cwd = makeProject({ 'runs/empty': '' });
    const base = `http://127.0.0.1:1/v1?api-version=2&x=${CANARY}`;
    const doctor = await portiaHere(['doctor', '--online', '--base-url', base], { cwd });
    expect(doctor.stdout).toContain('?api-version=2&x=…');
    expectHidden(cwd, doctor);
    expectHidden(cwd, await portiaHere(['plan', 'summarise the news', '--base-url', base], { cwd }));
  });

  test('when a key goes to another machine by http, then every command warns', async () => {
    const cwd = makeProject();
    const env = { OPENAI_API_KEY: 'sk-abcdef', OPENAI_BASE_URL: 'http://models.example/v1' };
    for (const args of [['list'], ['doctor'], ['tools', 'list']]) {
      const { stderr } = await portiaHere(args, { cwd, env });
      expect(stderr).toContain('OPENAI_API_KEY goes to http://models.example/v1 unencrypted');
    }
    const search = { TAVILY_API_KEY: 'tvly-abcdef', TAVILY_BASE_URL: 'http://search.example/' };
    expect((await portiaHere(['list'], { cwd, env: search })).stderr).toContain('TAVILY_API_KEY goes to http://search');
    const local = { ...env, OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };
    expect((await portiaHere(['list'], { cwd, env: local })).stderr).toBe('');
  });

  test('when a project names a port of this machine for the search, then the key of the shell does not go there', async () => {
    const { url, seen } = await listen();
    const cwd = makeProject({ 'portia.json': { tools: { settings: { search_tool: { base_url: url } } } } });
    const call = ['tools', 'call', 'search_tool', 'search_query=x'];
    const refused = await portiaHere(call, { cwd, env: { TAVILY_API_KEY: `tvly-${CANARY}` } });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`export TAVILY_BASE_URL=${url}`);
    expect(seen).toEqual([]);
    const env = { TAVILY_API_KEY: `tvly-${CANARY}`, TAVILY_BASE_URL: url };
    expect((await portiaHere(call, { cwd, env })).code).toBe(0);
    expect(seen).toHaveLength(1);
  });
});

describe('variables', () => {
  const TOOL = `
    import { defineTool } from 'portia';
    import * as z from 'zod';
    export const t = defineTool({ id: 't', name: 'T', description: 'Reads.', effect: 'read', args: z.object({}), env: ['DB_URL_OF_MINE', 'FAIL'],
      run: async ({ environment }) => {
        const password = environment.variable('DB_URL_OF_MINE');
        if (environment.variable('FAIL')) throw new Error('cannot connect to postgres://app:' + password + '@db');
        return { kind: 'output', value: { said: Buffer.from(password).toString('base64'), password } };
      } });`;

  test.each([
    ['returns it', {}, 0],
    ['fails with it', { FAIL: 'yes' }, 1],
  ])('when a tool asked for a variable and %s, then it is redacted whatever its name', async (_what, env, code) => {
    const cwd = makeProject({
      'portia.json': { tools: { modules: ['./tools/*.mjs'] } },
      'tools/t.mjs': TOOL,
      '.env': `DB_URL_OF_MINE=${CANARY}\n`,
      'plan.json': plan('t'),
    });
    const ended = await portia(['run-plan', 'plan.json', '-v'], { cwd, env });
    expect(ended.code).toBe(code);
    expect(`${ended.stdout}${ended.stderr}`).toContain('[DB_URL_OF_MINE]');
    expectHidden(cwd, ended);
    expect(allBytes(join(cwd, 'runs'))).not.toContain(Buffer.from(CANARY).toString('base64'));
  });
});

describe('programs as models', () => {
  const SAYS_ALL = '#!/bin/sh\nenv\nenv >env.txt\n';

  function project(files: Record<string, string | object> = {}): string {
    const step = { kind: 'llm', task: 'Say it.', inputs: [], output: '$said' };
    const cwd = makeProject({
      'model.sh': SAYS_ALL,
      'plan.json': { plan_context: { query: 'q', tool_ids: [] }, steps: [step] },
      ...files,
    });
    chmodSync(join(cwd, 'model.sh'), 0o755);
    return cwd;
  }
  const model = ['run-plan', 'plan.json', '--model', 'exec:./model.sh', '--format', 'value'];
  const env = { DB_PASSWORD: 'hunter22', AWS_SECRET: 'x', LC_ALL: 'C', OPENAI_API_KEY: 'sk-abcdefgh' };
  const namesIn = (text: string) =>
    text
      .split('\n')
      .flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? [])
      .filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD', 'PORTIA_GUEST'].includes(name))
      .sort();

  test('when a program is the model, then it gets the variables that every program needs and no others', async () => {
    const { stdout } = await portiaHere(model, { cwd: project(), env });
    expect(namesIn(stdout)).toEqual(['HOME', 'LC_ALL', 'PATH']);
  });

  test('when the user names variables, by flag or in the own settings, then it gets those, too', async () => {
    const cwd = project({ 'config/config.json': { exec_env: ['AWS_SECRET'] } });
    const more = { ...env, PORTIA_CONFIG_DIR: join(cwd, 'config') };
    const { stdout } = await portiaHere([...model, '--exec-env', 'DB_PASSWORD'], { cwd, env: more });
    expect(namesIn(stdout)).toEqual(['AWS_SECRET', 'DB_PASSWORD', 'HOME', 'LC_ALL', 'PATH']);
  });

  test('when a project names variables for programs, then it is refused', async () => {
    const cwd = project({ 'portia.json': { exec_env: ['DB_PASSWORD'] } });
    const { why } = expectError(await portiaHere(['list'], { cwd, env }), { code: 'invalid-settings', exit: 2 });
    expect(why).toContain("only the user's own settings");
  });

  test('when the program fails, then the error says which variables it got and how to give more', async () => {
    const failing = ['run-plan', 'plan.json', '--model', 'exec:exit 7'];
    const { stdout } = await portiaHere(failing, { cwd: project(), env });
    expect((JSON.parse(stdout) as { error: { fix: string } }).error.fix).toMatch(
      /PATH, HOME, LANG.*LC_\*.*--exec-env NAME/,
    );
  });

  test('when doctor shows a program, then its name without its arguments', async () => {
    const cwd = project();
    const { stdout } = await portiaHere(['doctor', '--model', `exec:KEY=${CANARY} ./model.sh --key ${CANARY}`], {
      cwd,
    });
    expect(stdout).toContain('the program model.sh');
    expect(stdout).not.toContain(CANARY);
  });
});
