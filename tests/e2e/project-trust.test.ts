import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { printedError } from '../support/scenario.js';
import { makeProject, portia, UNTRUSTED } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { isLoaded, makeVisit, OWN_TOOL, plan, tool } from './trust-project.js';

describe('a project that is not trusted', () => {
  test.each([
    [['doctor']],
    [['tools', 'list']],
    [['list']],
    [['check', 'add.json']],
    [['diff', 'add.json', 'greet.json']],
    [['show', 'greet.json']],
    [['eval', '1 + 2']],
    [['plan', 'add 1 + 2']],
    [['run', 'add 1 + 2', '--yes']],
    [['run-plan', 'add.json']],
    [['run-plan', 'greet.json', '--stub', 'greet=Hi']],
  ])('when %j is given then it works without the tool modules, and says so in one line', async (args) => {
    const cwd = makeProject(OWN_TOOL);
    const ended = await portiaHere(args, { cwd, env: UNTRUSTED });
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        'not trusted. Left out: 1 tool module (./greet.mjs). To see it and decide: portia trust',
      ),
    });
    expect(isLoaded(cwd)).toBe(false);
  });

  test.each([
    [['run-plan', 'greet.json']],
    [['tools', 'call', 'greet', 'name=Ada']],
    [['tools', 'describe', 'greet']],
    [['plan', 'say hello', '--model', 'exec:false']],
    [['refine', 'add.json', 'more', '--model', 'exec:false']],
  ])('when %j needs a module then it exits with 6 and says what to do', async (args) => {
    const cwd = makeProject(OWN_TOOL);
    const ended = await portiaHere(args, { cwd, env: UNTRUSTED });
    expect(ended).toMatchObject({ code: 6 });
    expect(printedError(ended.stderr)).toMatchObject({
      code: 'project-untrusted',
      exit_code: 6,
      fix: expect.stringMatching(/^portia trust /),
    });
    expect(isLoaded(cwd)).toBe(false);
  });

  test('when a plan is checked that calls a tool which may come from a module then that is not checked: exit 6', async () => {
    const cwd = makeProject(OWN_TOOL);
    const ended = await portiaHere(['check', 'greet.json'], { cwd, env: UNTRUSTED });
    expect(ended.code).toBe(6);
    const { problems } = JSON.parse(ended.stdout) as { problems: object[] };
    expect(problems).toMatchObject([{ severity: 'warning', rule: 'not-checked', pointer: '/steps/0/tool_id' }]);
    const worse = plan(tool('greet', {}), { kind: 'compute', expression: '1 +', output: '$x' });
    writeFileSync(join(cwd, 'worse.json'), JSON.stringify(worse));
    expect(await portiaHere(['check', 'worse.json'], { cwd, env: UNTRUSTED })).toMatchObject({ code: 2 });
  });

  test('when a run that needs a module is resumed where the project is not trusted then it exits with 6, and continues later', async () => {
    const ask = { kind: 'user_input', message: 'Who?', output: '$who' };
    const cwd = makeProject({ ...OWN_TOOL, 'ask.json': plan(ask, tool('greet', { name: '{{ $who }}' })) });
    expect(await portia(['run-plan', 'ask.json'], { cwd })).toMatchObject({ code: 8 });
    const answer = ['resume', 'last', '--answer', 'who=Ada', '--format', 'value'];
    expect(await portia(answer, { cwd, env: UNTRUSTED })).toMatchObject({ code: 6 });
    expect(await portia([...answer, '--trust-project'], { cwd, env: UNTRUSTED })).toMatchObject({
      code: 0,
      stdout: 'Hello, Ada!\n',
    });
  });

  test.each([
    ['portia.json', { 'portia.json': { model: 'exec:touch LOADED' } }],
    ['portia.json, of one role', { 'portia.json': { models: { planning: 'exec:touch LOADED' } } }],
    ['.env', { '.env': "PORTIA_MODEL='exec:touch LOADED'\n" }],
  ])(
    'when %s names a program as the model then it is not started, and no other model is asked instead',
    async (_where, files) => {
      const cwd = makeProject(files);
      const env = { ...UNTRUSTED, OPENAI_API_KEY: 'sk-test-0123456789' };
      for (const args of [
        ['plan', 'say hello'],
        ['run', 'add 1 + 2', '--yes'],
      ]) {
        const ended = await portiaHere(args, { cwd, env });
        expect({ code: ended.code, error: printedError(ended.stderr) }).toMatchObject({
          code: 6,
          error: { code: 'project-untrusted', why: expect.stringContaining('1 program (exec:touch)') },
        });
      }
      expect(isLoaded(cwd)).toBe(false);
      expect(
        await portiaHere(['run', 'add 1 + 2', '--yes', '--planner', 'offline', '--format', 'value'], { cwd, env }),
      ).toMatchObject({
        code: 0,
        stdout: '3\n',
      });
    },
  );

  test('when it allows calls then the user is asked as before, and what it denies stays denied', async () => {
    const write = plan(tool('file_writer_tool', { filename: 'Makefile', content: 'EVIL' }));
    const cwd = makeProject({ Makefile: 'mine', 'write.json': write, 'portia.json': { approvals: { '*': 'allow' } } });
    expect(await portiaHere(['run-plan', 'write.json'], { cwd, env: UNTRUSTED })).toMatchObject({ code: 8 });
    expect(readFileSync(join(cwd, 'Makefile'), 'utf8')).toBe('mine');
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ approvals: { '*': 'deny' } }));
    const denied = await portiaHere(['run-plan', 'write.json', '--approve', '*'], { cwd, env: UNTRUSTED });
    expect(denied.code).toBe(9);
    expect(denied.stderr).not.toContain('not trusted');
  });

  test.each([
    ['a path', '../outside'],
    ['a link in the project', './link'],
  ])('when it opens a folder outside by %s then that stays closed', async (_what, path) => {
    const cwd = makeProject({ '.home/secret/diary.txt': 'canary', 'project/portia.json': { allow_paths: [path] } });
    symlinkSync('../.home/secret', join(cwd, 'project/link'));
    symlinkSync('.home/secret', join(cwd, 'outside'));
    const call = ['tools', 'call', 'file_reader_tool', `filename=${join(cwd, 'outside/diary.txt')}`, '-C', 'project'];
    const ended = await portiaHere(call, { cwd, env: UNTRUSTED });
    expect(ended.code).toBe(1);
    expect(ended.stdout).not.toContain('canary');
  });

  test.each([
    ['storage_dir of portia.json', { 'portia.json': { storage_dir: '~/elsewhere' } }],
    ['PORTIA_STORAGE_DIR in .env', { '.env': 'PORTIA_STORAGE_DIR=../elsewhere\n' }],
  ])('when %s is outside then runs are kept in the project', async (_what, files) => {
    const { cwd, env } = makeVisit(files);
    expect(await portiaHere(['run', 'add 1 + 2', '--yes'], { cwd, env })).toMatchObject({ code: 0 });
    expect(existsSync(join(cwd, 'runs'))).toBe(true);
    expect(existsSync(join(env.HOME, 'elsewhere'))).toBe(false);
    expect(existsSync(join(cwd, '../elsewhere'))).toBe(false);
  });

  test('when its storage is inside of it then that counts', async () => {
    const cwd = makeProject({ 'portia.json': { storage_dir: './state' } });
    const ended = await portiaHere(['run', 'add 1 + 2', '--yes'], { cwd, env: UNTRUSTED });
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).not.toContain('trust');
    expect(existsSync(join(cwd, 'state/runs'))).toBe(true);
  });

  test('when it sends prompts to a server elsewhere then nothing is sent, there or to another one', async () => {
    for (const files of [
      { 'portia.json': { base_url: 'https://models.example/v1', model: 'gpt' } },
      { '.env': 'OPENAI_BASE_URL=https://models.example/v1\n' },
      { 'portia.json': { base_url: ' ht\ttps://models.example/v1', model: 'gpt' } },
      { '.env': 'OPENAI_BASE_URL="ht\ttps://models.example/v1"\n' },
      { '.env': 'OLLAMA_BASE_URL="ht\ttps://models.example/v1"\nPORTIA_MODEL=ollama/x\n' },
    ]) {
      const ended = await portiaHere(['plan', 'say hello'], {
        cwd: makeProject(files),
        env: { ...UNTRUSTED, OPENAI_API_KEY: 'sk-test-0123456789' },
      });
      expect(ended.code).toBe(6);
      expect(printedError(ended.stderr)).toMatchObject({
        why: expect.stringMatching(/ht\s?tps:\/\/models.example\/v1/),
      });
    }
  });

  test.each(['https://search.example', ' https://search.example', 'ht\ttps://search.example'])(
    'when it names the server %j for a search then nothing is sent there, also with a key of the project',
    async (server) => {
      const cwd = makeProject({
        'portia.json': { tools: { settings: { search_tool: { base_url: server } } } },
        '.env': 'TAVILY_API_KEY=tvly-0123456789\n',
      });
      const { stdout, stderr } = await portiaHere(['tools', 'describe', 'search_tool'], { cwd, env: UNTRUSTED });
      expect(stderr).toContain('Left out: 1 server');
      expect(stdout).not.toContain('search.example');
      const doctor = await portiaHere(['doctor'], { cwd, env: UNTRUSTED });
      expect(doctor.stdout).toContain('1 server');
    },
  );

  test('when it names a variable or a file of the user as the key then that is not taken', async () => {
    const modelsOf = async (settings: object) => {
      const { cwd, env } = makeVisit({ 'portia.json': settings });
      writeFileSync(join(env.HOME, 'token'), 'canary-token');
      symlinkSync(join(env.HOME, 'token'), join(cwd, 'token'));
      const keys = { AWS_SECRET_ACCESS_KEY: 'canary-aws-secret', OPENAI_API_KEY: 'sk-test-0123456789' };
      const { stdout } = await portiaHere(['doctor', '--json'], { cwd, env: { ...env, ...keys } });
      return (JSON.parse(stdout) as { checks: { id: string; what: string }[] }).checks
        .filter(({ id }) => id.startsWith('model.'))
        .map(({ what }) => what)
        .join('\n');
    };
    for (const settings of [
      { model: 'openrouter/x', api_key_env: 'AWS_SECRET_ACCESS_KEY' },
      { model: 'openrouter/x', api_key_env: 'OPENAI_API_KEY' },
      { model: 'openai/x', api_key_file: '~/token' },
      { model: 'openai/x', api_key_file: './token' },
    ]) {
      expect(await modelsOf(settings)).toContain('is named by the project, and this project is not trusted');
    }
    expect(await modelsOf({ model: 'openai/x', api_key_env: 'OPENAI_API_KEY' })).toContain('key OPENAI_API_KEY is set');
  });
});
