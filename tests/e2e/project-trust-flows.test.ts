import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { printedError } from '../support/scenario.js';
import { makeProject, portia, UNTRUSTED } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { isLoaded, makeVisit, OWN_TOOL, plan, tool, GREET } from './trust-project.js';

describe('what a project that is not trusted leaves to do', () => {
  test('when a plan with one of its tools is edited then that tool is not judged, and the plan is kept', async () => {
    const cwd = makeProject(OWN_TOOL);
    const env = { ...UNTRUSTED, EDITOR: "sed -i.bak 's/Ada/Eve/'" };
    const ended = await portiaHere(['edit', 'greet.json'], { cwd, env });
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
    const { stderr } = await portiaHere(['list'], { cwd, env: UNTRUSTED });
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

  test('when a stub stands for a tool then its run continues whether or not the project is trusted', async () => {
    const ask = { kind: 'user_input', message: 'Who?', output: '$who' };
    const stub = ['--stub', 'greet=Hi', '--format', 'value'];
    for (const [first, second] of [
      [UNTRUSTED, {}],
      [{}, UNTRUSTED],
    ]) {
      const cwd = makeProject({ ...OWN_TOOL, 'ask.json': plan(ask, tool('greet', { name: '{{ $who }}' })) });
      expect(await portiaHere(['run-plan', 'ask.json', ...stub], { cwd, env: { ...first } })).toMatchObject({
        code: 8,
      });
      const resume = ['resume', 'last', '--answer', 'who=Ada', ...stub];
      expect(await portiaHere(resume, { cwd, env: { ...second } })).toMatchObject({ code: 0, stdout: 'Hi\n' });
    }
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
    const ended = await portiaHere(['run-plan', 'greet.json', '--format', 'value'], { cwd, env });
    expect(ended).toMatchObject({ code: 0, stdout: 'Hello, Ada!\n' });
  });

  test('when a CI job with own tools is answered elsewhere then it resumes on a third machine, and acts once', async () => {
    const pay = `import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
import { file } from './where.mjs';
export const pay = defineTool({ id: 'pay', name: 'Pay', description: 'Pays.', effect: 'once',
  args: z.object({ amount: z.number() }), run: async (_context, { amount }) => appendFileSync(file, amount + ';') ?? 'paid' });
`;
    const first = makeProject({
      'portia.json': { tools: { modules: ['./pay.mjs'] } },
      'pay.mjs': pay,
      'where.mjs': "export const file = 'paid.txt';",
      'plan.json': plan(tool('pay', { amount: 3 })),
    });
    const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const env = { CI: '1', HOME: '/nonexistent', PORTIA_TRUST_PROJECT: '1', PORTIA_SIGNING_KEY: key };
    expect(await portia(['run-plan', 'plan.json'], { cwd: first, env })).toMatchObject({ code: 8 });
    const [second, third] = [makeProject(), makeProject()];
    cpSync(first, second, { recursive: true });
    expect(await portia(['answer', 'last', 'verify=yes'], { cwd: second, env })).toMatchObject({ code: 0 });
    cpSync(second, third, { recursive: true });
    const resume = ['resume', 'last', '--format', 'value'];
    expect(await portia(resume, { cwd: third, env })).toMatchObject({ code: 0, stdout: 'paid\n' });
    expect(await portia(resume, { cwd: third, env })).toMatchObject({ code: 0 });
    expect(readFileSync(join(third, 'paid.txt'), 'utf8')).toBe('3;');
  });

  test('when cron runs a plan of mine from elsewhere then what I trusted in my shell counts', async () => {
    const { cwd, env } = makeVisit(OWN_TOOL);
    await portiaHere(['trust', '--folder', '--yes'], { cwd, env });
    const job = ['run-plan', join(cwd, 'greet.json'), '-C', cwd, '--format', 'value'];
    expect(await portiaHere(job, { cwd: '/', env })).toMatchObject({ code: 0, stdout: 'Hello, Ada!\n' });
  });
});

test('when the user trusted a base URL in an older version then that holds, also for the key', async () => {
  const { cwd, env } = makeVisit({ 'portia.json': { base_url: 'https://models.example/v1', model: 'm' } });
  mkdirSync(join(env.HOME, '.config/portia'), { recursive: true });
  const settings = { trusted_origins: ['https://models.example'] };
  writeFileSync(join(env.HOME, '.config/portia/config.json'), JSON.stringify(settings));
  const doctor = await portiaHere(['doctor', '--json'], { cwd, env: { ...env, OPENAI_API_KEY: 'sk-test-0123456789' } });
  expect(doctor.stderr).not.toContain('not trusted');
  const { checks } = JSON.parse(doctor.stdout) as { checks: { id: string; what: string }[] };
  const { what = '' } = checks.find(({ id }) => id === 'model.planning') ?? {};
  expect(what).toContain('https://models.example/v1');
  expect(what).toContain('key OPENAI_API_KEY');
});

describe('a project that the shell trusts', () => {
  test.each([
    ['1', 0],
    ['0', 6],
    ['/', 6],
  ])('when PORTIA_TRUST_PROJECT is %s then the exit code is %i', async (value, code) => {
    const cwd = makeProject(OWN_TOOL);
    const ended = await portiaHere(['run-plan', 'greet.json'], { cwd, env: { PORTIA_TRUST_PROJECT: value } });
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
    const ended = await portiaHere(args, { cwd, env: { ...UNTRUSTED, ...env } });
    expect(ended.code).toBe(6);
  });

  test('when --no-project is given then nothing of the project is read', async () => {
    const cwd = makeProject({ ...OWN_TOOL, 'portia.json': '{ broken', '.env': 'PORTIA_MODEL=exec:false\n' });
    expect(await portiaHere(['list'], { cwd })).toMatchObject({ code: 2 });
    const ended = await portiaHere(['run', 'add 1 + 2', '--yes', '--no-project', '--format', 'value'], { cwd });
    expect(ended).toMatchObject({ code: 0, stdout: '3\n' });
  });
});
