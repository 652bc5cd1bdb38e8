import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { UNTRUSTED } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { openPortia, printedError } from '../support/scenario.js';

const SERVER = resolve('tests/doubles/mcp-server.mjs');
const START = ['--', process.execPath, SERVER];
const jsonOf = (cwd: string, file: string): unknown => JSON.parse(readFileSync(join(cwd, file), 'utf8'));
/** Each in an environment that trusts nothing but what the user does. */
const mcp = (cwd: string, ...words: string[]) => portiaHere(['mcp', ...words], { cwd, env: UNTRUSTED });

describe('portia mcp add', () => {
  test('when a program is added then both files name it, its tools are shown, and it can be called at once', async () => {
    const cwd = makeExampleProject({ 'portia.json': '{"planner":"offline"}' });
    const added = await mcp(cwd, 'add', 'fake', '-e', 'PLACE=${HOME}', ...START);
    expect(added.code).toBe(0);
    expect(JSON.parse(added.stdout)).toMatchObject({
      server: 'fake',
      tools: expect.arrayContaining([
        expect.objectContaining({ id: 'mcp:fake:echo', effect: 'once', says: 'only reads' }),
        { id: 'mcp:fake:pay', description: 'Pays.', effect: 'once' },
      ]) as unknown,
    });
    expect(jsonOf(cwd, '.mcp.json')).toEqual({
      mcpServers: { fake: { command: process.execPath, args: [SERVER], env: { PLACE: '${HOME}' } } },
    });
    expect(jsonOf(cwd, 'portia.json')).toEqual({ planner: 'offline', mcp: { enable: ['fake'] } });
    const call = ['tools', 'call', 'mcp:fake:echo', 'text=hi', '--approve', 'mcp:*', '--format', 'value'];
    expect(await portiaHere(call, { cwd, env: UNTRUSTED })).toMatchObject({ code: 0, stdout: 'hi\n' });
  });

  test('when --believe is given then its tools are what they say of themselves', async () => {
    const cwd = makeExampleProject();
    await mcp(cwd, 'add', 'fake', '--believe', ...START);
    const listed = await portiaHere(['tools', 'list', '--tool', 'mcp:*', '--json'], { cwd, env: UNTRUSTED });
    expect(JSON.parse(listed.stdout)).toContainEqual(expect.objectContaining({ id: 'mcp:fake:echo', effect: 'read' }));
  });

  test('when a person is there then they are asked once whether to believe it', async () => {
    const cwd = makeExampleProject();
    const terminal = openPortia(['mcp', 'add', 'fake', ...START], { cwd, env: UNTRUSTED });
    await terminal.waitFor('Believe what these tools say');
    terminal.type('y');
    terminal.press('enter');
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(jsonOf(cwd, 'portia.json')).toEqual({ mcp: { enable: ['fake'], believe_annotations: ['fake'] } });
  });

  test('when an address is added then its headers are kept as they were typed', async () => {
    const cwd = makeExampleProject();
    const added = await mcp(cwd, 'add', 'far', 'http://127.0.0.1:1/mcp', '-H', 'Authorization: Bearer ${TOKEN}');
    // It is named, and cannot be asked yet.
    expect(added.stderr).toContain('Added far to .mcp.json.');
    expect(expectError(added, { code: 'invalid-settings', exit: 2 }).why).toContain('TOKEN');
    expect(jsonOf(cwd, '.mcp.json')).toEqual({
      mcpServers: {
        far: { type: 'http', url: 'http://127.0.0.1:1/mcp', headers: { Authorization: 'Bearer ${TOKEN}' } },
      },
    });
  });

  test('when a secret is written out then that is told, and show does not print it', async () => {
    const cwd = makeExampleProject();
    const added = await mcp(cwd, 'add', 'fake', '-e', 'API_KEY=tulip-4711', ...START);
    expect(added.stderr).toContain('${API_KEY}');
    const shown = await mcp(cwd, 'show', 'fake');
    expect(JSON.parse(shown.stdout)).toMatchObject({ name: 'fake', enabled: true, env: ['API_KEY'] });
    expect(added.stderr + added.stdout + shown.stdout).not.toContain('tulip-4711');
  });

  test.each([
    ['--api-key', ['--', process.execPath, SERVER, '--api-key=tulip-4711']],
    ['--token', ['--', process.execPath, SERVER, '--token', 'tulip-4711']],
    ['an address', ['http://127.0.0.1:1/mcp?api_key=tulip-4711']],
  ])('when a secret is written out behind %s then that is told, and it is not printed', async (_where, words) => {
    const cwd = makeExampleProject();
    const added = await mcp(cwd, 'add', 'fake', ...words);
    expect(added.stderr).toMatch(/\$\{(?:API_KEY|TOKEN)\}/);
    const shown = await Promise.all([mcp(cwd, 'show', 'fake'), mcp(cwd, 'list')]);
    expect(JSON.stringify([added, ...shown])).not.toContain('tulip-4711');
  });

  test('when a command stands behind -- without a name before it then nothing is added', async () => {
    const cwd = makeExampleProject();
    const refused = await mcp(cwd, 'add', '-e', 'PLACE=here', '--', 'node', 'notes.mjs');
    const { message, fix } = expectError(refused, { code: 'usage', exit: 2 });
    expect([message, fix]).toEqual([
      'There is no name before --.',
      'portia mcp add -e PLACE=here NAME -- node notes.mjs',
    ]);
    expect(existsSync(join(cwd, '.mcp.json'))).toBe(false);
  });

  test('when the address is not one of the web then it is not taken for a program', async () => {
    const cwd = makeExampleProject();
    const refused = await mcp(cwd, 'add', 'far', 'ws://127.0.0.1:1/mcp');
    expect(expectError(refused, { code: 'usage', exit: 2 }).why).toContain('begins with https:// or http://');
    expect(existsSync(join(cwd, '.mcp.json'))).toBe(false);
  });

  test('when a word is longer than any file name then it is a word as others', async () => {
    const cwd = makeExampleProject();
    const added = await mcp(cwd, 'add', 'fake', ...START, `--config=${'x'.repeat(5_000)}`);
    expect(added.code).toBe(0);
    expect((await mcp(cwd, 'list')).code).toBe(0);
  });

  test.each([
    [['npx', '-y', 'some-server', '.'], /newest.*npx -y some-server@VERSION \./s],
    [['npx', '-y', '@scope/some-server@1.2.3'], /fake is @scope\/some-server, version 1\.2\.3\./],
    [['uvx', 'some-server@latest'], /newest.*uvx some-server@VERSION/s],
    [['pipx', 'run', 'some-server'], /newest.*pipx run some-server==VERSION/s],
  ])('when %j is added then the version of its package is told', async (words, told) => {
    const cwd = makeExampleProject();
    const env = { ...UNTRUSTED, PATH: '' };
    const added = await portiaHere(['mcp', 'add', 'fake', '--', ...words], { cwd, env });
    expect(added.code).toBe(3);
    expect(added.stderr.replaceAll(/\s+/g, ' ')).toMatch(told);
  });

  describe('of a package without a version', () => {
    /** Programs that stand for npx, which starts the server, and for those that ask a registry. */
    function projectWithRunners() {
      const script = (line: string) => `#!/bin/sh\n${line}\n`;
      const cwd = makeExampleProject({
        'bin/npx': script(`echo "$@" >> fetched; exec ${process.execPath} ${SERVER}`),
        'bin/npm': script('test "$1 $3" = "view version" && echo 2.5.0'),
        'bin/uv': script('read name; echo "$name==0.4.1"'),
        'bin/uvx': script(`exec ${process.execPath} ${SERVER}`),
      });
      for (const name of ['npx', 'npm', 'uv', 'uvx']) chmodSync(join(cwd, 'bin', name), 0o755);
      return { cwd, env: { ...UNTRUSTED, PATH: `${join(cwd, 'bin')}:/usr/bin:/bin` } };
    }

    test.each([
      [['npx', '-y', 'some-server', '.'], /which is 2\.5\.0 now\. Name a version: npx -y some-server@2\.5\.0 \./],
      [['uvx', 'some-server'], /which is 0\.4\.1 now\. Name a version: uvx some-server@0\.4\.1/],
    ])('when %j is added then the newest one is named, and is not chosen for anybody', async (words, told) => {
      const { cwd, env } = projectWithRunners();
      const added = await portiaHere(['mcp', 'add', 'fake', '--', ...words], { cwd, env });
      expect(added.code).toBe(0);
      expect(added.stderr.replaceAll(/\s+/g, ' ')).toMatch(told);
      expect(jsonOf(cwd, '.mcp.json')).toEqual({ mcpServers: { fake: { command: words[0], args: words.slice(1) } } });
    });

    test('when a person says yes by one key then it is always that one, from the first start', async () => {
      const { cwd, env } = projectWithRunners();
      const terminal = openPortia(['mcp', 'add', 'fake', '--', 'npx', '-y', 'some-server'], { cwd, env });
      await terminal.waitFor('Always use 2.5.0, the newest now?');
      terminal.press('enter');
      await terminal.waitFor('Believe what these tools say');
      terminal.type('n');
      terminal.press('enter');
      expect(await terminal.exit()).toMatchObject({ code: 0 });
      expect(terminal.screen()).toContain('fake is some-server, version 2.5.0.');
      const entry = { command: 'npx', args: ['-y', 'some-server@2.5.0'] };
      expect(jsonOf(cwd, '.mcp.json')).toEqual({ mcpServers: { fake: entry } });
      expect(readFileSync(join(cwd, 'fetched'), 'utf8')).toBe('-y some-server@2.5.0\n');
    });
  });

  test.each([
    [['fake'], /The server fake has no command and no address/],
    [['two words', ...START], /cannot be the name of a server/],
    [['fake', '-e', 'NAME', ...START], /has no =/],
    [['fake', '-H', 'a: b', ...START], /--header is only for a server with an address/],
    [['fake', 'https://example.com/mcp', '-e', 'A=b'], /--env is only for a program/],
    [['fake', 'https://example.com/mcp', 'more'], /follows the address/],
    [['fake', 'ftp://example.com', '--transport', 'http'], /must be an address/],
  ])('when %j is added then it is refused, and nothing is written', async (words, message) => {
    const cwd = makeExampleProject();
    const refused = await mcp(cwd, 'add', ...words);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(message);
    expect(() => readFileSync(join(cwd, '.mcp.json'))).toThrow('ENOENT');
  });
});

describe('the servers that a project names', () => {
  const project = (settings: object = { mcp: { enable: ['fake'] } }) =>
    makeExampleProject({
      '.mcp.json': JSON.stringify({
        other: 1,
        mcpServers: {
          fake: { command: process.execPath, args: [SERVER], note: 'kept' },
          rest: { url: 'https://x.example' },
        },
      }),
      'portia.json': JSON.stringify(settings),
    });

  test('when they are listed then those that are not enabled are told apart', async () => {
    const { stdout } = await mcp(project(), 'list');
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'fake', transport: 'stdio', enabled: true },
      { name: 'rest', transport: 'http', what: 'https://x.example', enabled: false },
    ]);
  });

  test('when the project of a stranger names one then testing it needs trust', async () => {
    const cwd = project();
    expectError(await mcp(cwd, 'test', 'fake'), { code: 'project-untrusted', exit: 6 });
    await portiaHere(['trust', '--folder', '--yes'], { cwd, env: UNTRUSTED });
    expect((await mcp(cwd, 'test', 'fake')).code).toBe(0);
    expect(JSON.parse((await mcp(cwd, 'show', 'fake')).stdout)).toMatchObject({
      tools: expect.arrayContaining([expect.objectContaining({ id: 'mcp:fake:echo' })]) as unknown,
    });
  });

  test('when one is removed then the rest of both files stays', async () => {
    const cwd = project({ planner: 'offline', mcp: { enable: ['fake', 'rest'], believe_annotations: ['fake'] } });
    expect((await mcp(cwd, 'remove', 'fake')).code).toBe(0);
    expect(jsonOf(cwd, '.mcp.json')).toEqual({ other: 1, mcpServers: { rest: { url: 'https://x.example' } } });
    expect(jsonOf(cwd, 'portia.json')).toEqual({ planner: 'offline', mcp: { enable: ['rest'] } });
  });

  test.each([
    [['show', 'fak'], 'not-found', /portia mcp show fake/],
    [['remove', 'none'], 'not-found', /portia mcp list/],
    [['test', 'rest'], 'usage', /mcp.enable/],
    [['test'], 'usage', /portia mcp list/],
    [['list', 'more'], 'usage', /--help/],
  ] as const)('when %j is asked then it is refused with the cure', async (words, code, fix) => {
    expect(expectError(await mcp(project(), ...words), { code, exit: 2 }).fix).toMatch(fix);
  });

  test('when a file names its servers as VS Code does then each command says which key portia reads', async () => {
    const cwd = makeExampleProject({ '.mcp.json': '{"servers":{"fake":{"command":"node"}}}' });
    const listed = await mcp(cwd, 'list');
    expect([listed.code, listed.stderr]).toEqual([0, expect.stringContaining('rename that key')]);
    expect(expectError(await mcp(cwd, 'test', 'fake'), { code: 'not-found', exit: 2 }).why).toContain('"mcpServers"');
    writeFileSync(join(cwd, 'portia.json'), '{"mcp":{"enable":["fake"]}}');
    expect((await portiaHere(['tools', 'list'], { cwd })).stderr).toContain('"mcpServers"');
  });

  test('when an entry cannot be used then the list says why', async () => {
    const cwd = makeExampleProject({ '.mcp.json': '{"mcpServers":{"far":{"serverUrl":"https://x.example"}}}' });
    const listed = await mcp(cwd, 'list');
    expect(JSON.parse(listed.stdout)).toEqual([
      { name: 'far', what: expect.stringContaining('must have either "command"'), enabled: false },
    ]);
  });

  test.each([
    ['${env:PLACE}', { PLACE: 'here' }, 'here'],
    ['${env:PLACE:-there}', {}, 'there'],
    ['${workspaceFolder}/a', {}, '/a'],
    ['${userHome}/b', {}, '/b'],
  ])('when an editor wrote %s into an entry then that is filled in', async (written, variables, found) => {
    const entry = { type: 'local', command: process.execPath, args: [SERVER], env: { PLACE: written } };
    const cwd = makeExampleProject({
      '.mcp.json': JSON.stringify({ mcpServers: { fake: entry } }),
      'portia.json': '{"mcp":{"enable":["fake"]}}',
    });
    const call = ['tools', 'call', 'mcp:fake:environment', '--approve', '*', '--format', 'value'];
    const { stdout } = await portiaHere(call, { cwd, env: variables });
    expect((JSON.parse(stdout) as Record<string, string>)['PLACE']?.endsWith(found)).toBe(true);
  });

  test.each([
    [{ command: 'npx', args: ['${input:key}'] }, 2, /\$\{input:key\} .* only an editor asks for/],
    [{ command: 'node server.mjs' }, 3, /what follows a program belongs in "args"/],
  ])('when the entry is %j then it is said what is wrong with it', async (entry, code, why) => {
    const cwd = makeExampleProject({
      '.mcp.json': JSON.stringify({ mcpServers: { fake: entry } }),
      'portia.json': '{"mcp":{"enable":["fake"]}}',
    });
    const tested = await portiaHere(['mcp', 'test', 'fake'], { cwd });
    expect([tested.code, printedError(tested.stderr).why]).toEqual([code, expect.stringMatching(why)]);
  });

  test('when the file is broken then its place is told', async () => {
    const cwd = makeExampleProject();
    writeFileSync(join(cwd, '.mcp.json'), '{"mcpServers": []}');
    expectError(await mcp(cwd, 'list'), { code: 'invalid-settings', exit: 2 });
  });
});
