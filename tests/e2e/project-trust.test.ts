import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { printedError } from '../support/scenario.js';
import { makeProject, portia, UNTRUSTED } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';

const tool = (tool_id: string, args: object, output = '$result') => ({ kind: 'tool', tool_id, args, output });
const plan = (...steps: object[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps });

/** A module that leaves a trace when it is loaded. */
const GREET = `import { writeFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
writeFileSync(new URL('LOADED', import.meta.url), '');
export const greet = defineTool({ id: 'greet', name: 'Greeter', description: 'Greets.', effect: 'read',
  args: z.object({ name: z.string() }), run: async (_context, { name }) => 'Hello, ' + name + '!' });
`;

const OWN_TOOL = {
  'portia.json': { tools: { modules: ['./greet.mjs'] } },
  'greet.mjs': GREET,
  'greet.json': plan(tool('greet', { name: 'Ada' })),
  'add.json': plan(tool('calculator_tool', { math_question: '1 + 2' })),
};

/** A project that is not trusted, with the home folder of the user outside of it. */
function makeVisit(files: Record<string, string | object>) {
  const home = makeProject();
  const cwd = makeProject(files);
  return { cwd, env: { ...UNTRUSTED, HOME: home } };
}

const isLoaded = (cwd: string) => existsSync(join(cwd, 'LOADED'));

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
    const ended = await portia(args, { cwd, env: UNTRUSTED });
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
    const ended = await portia(args, { cwd, env: UNTRUSTED });
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

  test('when a run that needs a module is resumed where the project is not trusted then it exits with 6, and goes on later', async () => {
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
    ]) {
      const ended = await portiaHere(['plan', 'say hello'], {
        cwd: makeProject(files),
        env: { ...UNTRUSTED, OPENAI_API_KEY: 'sk-test-0123456789' },
      });
      expect(ended.code).toBe(6);
      expect(printedError(ended.stderr)).toMatchObject({ why: expect.stringContaining('https://models.example/v1') });
    }
  });

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

describe('what a project that is not trusted leaves to do', () => {
  test('when a plan with one of its tools is edited then that tool is not judged, and the plan is kept', async () => {
    const cwd = makeProject(OWN_TOOL);
    const env = { ...UNTRUSTED, EDITOR: "sed -i.bak 's/Ada/Eve/'" };
    const ended = await portia(['edit', 'greet.json'], { cwd, env });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Eve') });
    expect(isLoaded(cwd)).toBe(false);
  });

  test('when a batch needs a module then no line is begun: exit 6', async () => {
    const cwd = makeProject({ ...OWN_TOOL, 'lines.ndjson': '{}\n{}\n' });
    const ended = await portiaHere(['run-plan', 'greet.json', '--batch', 'lines.ndjson'], { cwd, env: UNTRUSTED });
    expect(ended).toMatchObject({ code: 6, stdout: '' });
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  test('when an inner plan needs a module then the outer one is not begun: exit 6', async () => {
    const inner = plan(tool('greet', { name: 'Ada' }));
    const outer = plan(tool('calculator_tool', { math_question: '1 + 2' }), {
      kind: 'plan',
      plan: inner,
      inputs: {},
      output: '$inner',
    });
    const cwd = makeProject({ ...OWN_TOOL, 'outer.json': outer });
    expect(await portiaHere(['run-plan', 'outer.json'], { cwd, env: UNTRUSTED })).toMatchObject({ code: 6 });
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  test('when a limit of cost needs the prices of the project then it exits with 6; without a limit they are not needed', async () => {
    const prices = { 'openai/gpt': { input: 1, output: 2 } };
    const cwd = makeProject({ 'portia.json': { prices }, 'add.json': OWN_TOOL['add.json'] });
    const limited = await portiaHere(['run-plan', 'add.json', '--max-cost', '1'], { cwd, env: UNTRUSTED });
    expect(limited.code).toBe(6);
    expect(printedError(limited.stderr)).toMatchObject({ message: expect.stringContaining('prices') });
    expect(await portiaHere(['run-plan', 'add.json'], { cwd, env: UNTRUSTED })).toMatchObject({ code: 0 });
  });

  test('when a step names a model of its own then the server of the project still needs trust', async () => {
    const step = { kind: 'llm', task: 'Say hi.', inputs: [], model: 'gpt-x', output: '$said' };
    const files = { 'portia.json': { base_url: 'https://models.example/v1' }, 'say.json': plan(step) };
    const { cwd, env } = makeVisit(files);
    const ended = await portiaHere(['run-plan', 'say.json'], {
      cwd,
      env: { ...env, OPENAI_API_KEY: 'sk-test-0123456' },
    });
    expect(ended.code).toBe(6);
  });

  test('when flags say all about the model then nothing of the project is needed', async () => {
    const { cwd, env } = makeVisit({
      'portia.json': { model: 'exec:touch LOADED', base_url: 'https://models.example/v1' },
    });
    const model = 'exec:cat > /dev/null; echo hi';
    const ended = await portiaHere(['tools', 'call', 'llm_tool', 'task=Say hi.', '--model', model], { cwd, env });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('hi') });
    expect(isLoaded(cwd)).toBe(false);
  });

  test('when the user switched a tool off then the project does not switch it on again', async () => {
    const { cwd, env } = makeVisit({ 'portia.json': { tools: { enable: ['calculator_tool'] } } });
    mkdirSync(join(env.HOME, '.config/portia'), { recursive: true });
    writeFileSync(
      join(env.HOME, '.config/portia/config.json'),
      JSON.stringify({ tools: { disable: ['calculator_tool'] } }),
    );
    const call = ['tools', 'call', 'calculator_tool', 'math_question=1+1'];
    expect(await portiaHere(call, { cwd, env })).toMatchObject({ code: 2 });
    expect(await portiaHere([...call, '--trust-project'], { cwd, env })).toMatchObject({ code: 0 });
  });

  test('when doctor looks at it then it says what is left out and what to do, and exits with 0', async () => {
    const cwd = makeProject(OWN_TOOL);
    const { code, stdout } = await portiaHere(['doctor', '--json'], { cwd, env: UNTRUSTED });
    expect(code).toBe(0);
    const { checks } = JSON.parse(stdout) as { checks: object[] };
    expect(checks).toContainEqual(
      expect.objectContaining({
        id: 'project.trust',
        status: 'warning',
        what: expect.stringContaining('1 tool module (./greet.mjs)'),
        fix: expect.stringContaining('portia trust'),
      }),
    );
  });

  test('when a program or address may hold a secret then the line shows neither arguments nor query', async () => {
    const cwd = makeProject({
      'portia.json': { model: 'exec:sh ./model.sh --key canary-argument' },
      '.env': 'TAVILY_BASE_URL=https://search.example/?token=canary-query\n',
    });
    for (const args of [['list'], ['doctor'], ['plan', 'x'], ['trust', '--json']]) {
      const { stdout, stderr } = await portiaHere(args, { cwd, env: UNTRUSTED });
      expect(stderr + stdout).not.toContain('canary-query');
      // What would be started is shown to whoever decides about it.
      if (args[0] !== 'trust') expect(stderr + stdout).not.toContain('canary-argument');
    }
  });

  test('when its name or settings hold control characters then they do not reach the terminal', async () => {
    const cwd = makeProject({ 'portia.json': { tools: { modules: ['./\u001b[2Jevil.mjs'] } } });
    const { stderr } = await portia(['list'], { cwd, env: UNTRUSTED });
    expect(stderr).toContain('not trusted');
    expect(stderr).not.toContain('\u001b[2J');
  });

  test('when a command is to be given again then it repeats what was said about the project', async () => {
    const ask = plan({ kind: 'user_input', message: 'Who?', output: '$who' });
    const cwd = makeProject({ ...OWN_TOOL, 'ask.json': ask });
    const trusting = await portiaHere(['run-plan', 'ask.json', '--trust-project'], { cwd, env: UNTRUSTED });
    expect(trusting.stderr).toMatch(/portia resume --trust-project prun-\S+/);
    const without = await portiaHere(['run-plan', 'ask.json', '--no-project'], { cwd, env: UNTRUSTED });
    expect(without.stderr).toMatch(/portia --no-project resume prun-\S+/);
  });
});

describe('the flows of a day', () => {
  test("when a colleague's repository is looked at then its content is trusted once, and asked about when it changes", async () => {
    const { cwd, env } = makeVisit(OWN_TOOL);
    expect(await portia(['check', 'greet.json'], { cwd, env })).toMatchObject({ code: 6 });
    expect(await portia(['trust', '--content', '--yes'], { cwd, env })).toMatchObject({ code: 0 });
    expect(await portia(['check', 'greet.json'], { cwd, env })).toMatchObject({ code: 0, stderr: '' });
    expect(await portia(['run-plan', 'greet.json'], { cwd, env })).toMatchObject({ code: 0 });
    writeFileSync(join(cwd, 'greet.mjs'), `${GREET}// pulled\n`);
    expect(await portia(['run-plan', 'greet.json'], { cwd, env })).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('has changed since you trusted it'),
    });
  });

  test('when a CI job runs a plan with own tools then it says so in its environment, and needs no home folder', async () => {
    const { cwd } = makeVisit(OWN_TOOL);
    const env = { CI: '1', HOME: '/nonexistent', PORTIA_TRUST_PROJECT: cwd };
    const ended = await portia(['run-plan', 'greet.json', '--format', 'value'], { cwd, env });
    expect(ended).toMatchObject({ code: 0, stdout: 'Hello, Ada!\n' });
  });

  test('when cron runs a plan of mine from elsewhere then what I trusted in my shell counts', async () => {
    const { cwd, env } = makeVisit(OWN_TOOL);
    await portia(['trust', '--folder', '--yes'], { cwd, env });
    const job = ['run-plan', join(cwd, 'greet.json'), '-C', cwd, '--format', 'value'];
    expect(await portia(job, { cwd: '/', env })).toMatchObject({ code: 0, stdout: 'Hello, Ada!\n' });
  });
});

describe('a project that the shell trusts', () => {
  test.each([
    ['1', 0],
    ['0', 6],
    ['/', 6],
  ])('when PORTIA_TRUST_PROJECT is %s then the exit code is %i', async (value, code) => {
    const cwd = makeProject(OWN_TOOL);
    const ended = await portia(['run-plan', 'greet.json'], { cwd, env: { PORTIA_TRUST_PROJECT: value } });
    expect(ended.code).toBe(code);
  });

  test('when PORTIA_TRUST_PROJECT is the root, also by a link, then that project is trusted', async () => {
    const cwd = makeProject(OWN_TOOL);
    symlinkSync(cwd, join(cwd, '.home/link'));
    for (const root of [cwd, join(cwd, '.home/link')]) {
      const ended = await portiaHere(['run-plan', 'greet.json'], { cwd, env: { PORTIA_TRUST_PROJECT: root } });
      expect(ended.code).toBe(0);
    }
  });

  test('when PORTIA_TRUST_PROJECT is neither 1 nor a path then it is refused', async () => {
    const cwd = makeProject(OWN_TOOL);
    expect(await portiaHere(['list'], { cwd, env: { PORTIA_TRUST_PROJECT: 'maybe' } })).toMatchObject({ code: 2 });
  });

  test.each(['.env', 'CI', '--yes'])('when only %s says yes then the project is not trusted', async (what) => {
    const cwd = makeProject({ ...OWN_TOOL, '.env': what === '.env' ? 'PORTIA_TRUST_PROJECT=1\n' : '' });
    const env = { ...UNTRUSTED, ...(what === 'CI' && { CI: '1' }) };
    if (what === '.env') Reflect.deleteProperty(env, 'PORTIA_TRUST_PROJECT');
    const args =
      what === '--yes' ? ['tools', 'call', 'greet', 'name=Ada', '--approve', '*'] : ['run-plan', 'greet.json'];
    const ended = await portia(args, { cwd, env: { ...UNTRUSTED, ...env } });
    expect(ended.code).toBe(6);
  });

  test('when --no-project is given then nothing of the project is read', async () => {
    const cwd = makeProject({ ...OWN_TOOL, 'portia.json': '{ broken', '.env': 'PORTIA_MODEL=exec:false\n' });
    expect(await portiaHere(['list'], { cwd })).toMatchObject({ code: 2 });
    const ended = await portiaHere(['run', 'add 1 + 2', '--yes', '--no-project', '--format', 'value'], { cwd });
    expect(ended).toMatchObject({ code: 0, stdout: '3\n' });
  });
});
