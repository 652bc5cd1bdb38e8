import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';

import { Debugger } from '../support/debugger.js';
import { numberIn, untilGroupIsGone } from '../support/process-groups.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia, startPortia, TESTED_NODE } from '../support/portia.js';
import { makeToolProject } from '../support/tool-project.js';
import { spawn, spawnSync } from 'node:child_process';

/** A module that says in files when it is loaded, in which process it works, and how often it was called there. */
const TOOLS = `
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

appendFileSync('loaded', '.');
console.log('module \\u001b[31mloaded');
let calls = 0;
const args = z.object({ how: z.string().default('well') });
const make = (id, effect, more = {}) => defineTool({ id, effect, name: id, description: 'Does as it is told.', args, output: z.any(), ...more,
  async run({ environment }, { how }) {
    calls += 1;
    if (effect === 'once') appendFileSync('effects', how + '\\n');
    writeFileSync('pid', process.pid + '\\n');
    if (how === 'exit') process.exit(0);
    if (how === 'stray') { Promise.reject(new Error('floating')); await new Promise(() => {}); }
    if (how === 'loop') { for (;;); }
    if (how === 'flood') for (let line = 0; line < 4_000; line += 1) console.log('x'.repeat(500));
    if (how === 'token') return [process.env.DEPLOY_TOKEN ?? null, process.env.OTHER_TOKEN ?? null];
    console.log('called ' + how);
    return calls;
  } });
export const tools = [make('look', 'read', { env: ['DEPLOY_TOKEN'] }), make('act', 'once'), make('spare', 'read', { timeoutMs: 300 })];
`;

const step = (tool_id: string, how: string, output = '$r') => ({ kind: 'tool', tool_id, args: { how }, output });
const planOf = (...steps: object[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps });

const project = (...steps: object[]) => makeToolProject(TOOLS, { 'plan.json': planOf(...steps) });

describe('a plan', () => {
  test('when it calls no tool of one’s own then no module is loaded', async () => {
    const sum = { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '1 + 2' }, output: '$sum' };
    const cwd = project(sum);
    expect(await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd })).toMatchObject({ stdout: '3\n' });
    const planned = await portiaHere(['run', 'add 1 + 2', '--yes', '--format', 'value'], { cwd });
    expect(planned).toMatchObject({ stdout: '3\n' });
    expect(existsSync(join(cwd, 'loaded'))).toBe(false);
  });

  test('when it calls one then what that prints goes to standard error, with nothing that acts', async () => {
    const cwd = project(step('look', 'well'));
    const { code, stdout, stderr } = await portia(['run-plan', 'plan.json', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: 1 } } });
    expect(stderr).toContain('module \\u{1b}[31mloaded\n');
    expect(stderr).toContain('called well\n');
  });

  test('when a call prints more than can wait on the way then all of it comes, before portia ends', async () => {
    const { code, stderr } = await portiaHere(['run-plan', 'plan.json'], { cwd: project(step('look', 'flood')) });
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((line) => line === 'x'.repeat(500)).length).toBe(4_000);
  });

  test('when a call ends its process then it is tried again as the step says, and the reason is told', async () => {
    const cwd = project({ ...step('look', 'exit'), retries: 1 });
    const { code, stderr } = await portiaHere(['run-plan', 'plan.json', '--json'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('look: it ended its own process, with exit code 0');
    expect(readFileSync(join(cwd, 'loaded'), 'utf8')).toBe('..');
  });

  test('when a once call ends its process then a person is asked, and the call is made once', async () => {
    const cwd = project(step('act', 'stray'));
    const { code, stderr } = await portiaHere(['run-plan', 'plan.json', '--approve', 'act'], { cwd });
    expect(code).toBe(8);
    expect(stderr).toContain('act ended without saying whether it acted: an uncaught error');
    expect(stderr).toContain('floating');
    const { code: after } = await portiaHere(['resume', 'last', '--answer', 'outcome=happened=done'], { cwd });
    expect(after).toBe(0);
    expect(readFileSync(join(cwd, 'effects'), 'utf8')).toBe('stray\n');
  });

  test('when the time of an endless call is over then nothing of it is left', async () => {
    const cwd = project(step('spare', 'loop'));
    const { code, stderr } = await portiaHere(['run-plan', 'plan.json'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('it took longer than 0.3 s');
    await untilGroupIsGone(await numberIn(join(cwd, 'pid')));
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'when portia is ended by %s then the call ends with it',
    async (signal) => {
      const cwd = project(step('act', 'loop'));
      const child = startPortia(['run-plan', 'plan.json', '--approve', 'act'], { cwd });
      const end = ended(child, '');
      const group = await numberIn(join(cwd, 'pid'));
      child.kill(signal);
      await end;
      await untilGroupIsGone(group);
      const { code, stderr } = await portiaHere(['resume', 'last', '--approve', 'act'], { cwd });
      expect(code).toBe(8);
      expect(stderr).toContain('outcome');
      expect(readFileSync(join(cwd, 'effects'), 'utf8')).toBe('loop\n');
    },
  );

  test.each([
    ['ends their process', 'process.exit(7);', 'it ended its own process, with exit code 7'],
    ['keeps the others from working', 'for (;;);', 'it took longer than 1 s'],
  ])('when one of the calls that share a process %s then only its step fails', async (_what, bad, reason) => {
    const module = `
      import { appendFileSync, existsSync, readFileSync } from 'node:fs';
      import { defineTool } from 'portia';
      import * as z from 'zod';
      const until = async (name) => { while (!existsSync(name)) await new Promise((r) => setTimeout(r, 5)); };
      export const peek = defineTool({ id: 'peek', name: 'Peek', description: 'Looks.', effect: 'read', concurrent: true,
        timeoutMs: 1000, args: z.object({ how: z.string() }), run: async (_context, { how }) => {
          appendFileSync(how, process.pid + '\\n');
          if (how === 'bad') { await until('good'); ${bad} }
          if (readFileSync('good', 'utf8').split('\\n').length === 2) await until('never');
          return 'well';
        } });`;
    const cwd = makeToolProject(module, { 'plan.json': planOf(step('peek', 'good', '$good'), step('peek', 'bad')) });
    const { code, stdout, stderr } = await portiaHere(['run-plan', 'plan.json', '--json'], { cwd });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ outputs: { step_outputs: { $good: { value: 'well' } } } });
    expect(stderr).toContain(`peek: ${reason}`);
    // Each is made in the process that they share, then in one of its own.
    const processes = ['good', 'bad'].flatMap((name) => readFileSync(join(cwd, name), 'utf8').trim().split('\n'));
    expect([processes.length, new Set(processes).size]).toEqual([4, 3]);
  });

  test('when the settings say one host then one process makes all calls', async () => {
    const cwd = project(step('look', 'well', '$a'), step('look', 'well', '$b'), step('look', 'well', '$c'));
    const settings = { tools: { modules: ['./tools/*.mjs'], hosts: 1 } };
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify(settings));
    const { code, stdout } = await portiaHere(['run-plan', 'plan.json', '--json'], { cwd });
    expect(code).toBe(0);
    const { outputs } = JSON.parse(stdout) as { outputs: { step_outputs: Record<string, { value: number }> } };
    expect(
      Object.values(outputs.step_outputs)
        .map(({ value }) => value)
        .toSorted(),
    ).toEqual([1, 2, 3]);
    expect(readFileSync(join(cwd, 'loaded'), 'utf8')).toBe('.');
  });

  test('when a batch has a bad line then the others are done', async () => {
    const plan = { ...planOf(step('act', '{{ $how }}')), plan_inputs: [{ name: '$how' }] };
    const cwd = makeToolProject(TOOLS, {
      'plan.json': plan,
      'rows.ndjson': ['well', 'exit', 'stray', 'well'].map((how) => `${JSON.stringify({ how })}\n`).join(''),
    });
    const flags = ['--batch', 'rows.ndjson', '--approve', 'act', '--format', 'ndjson'];
    const { code, stdout } = await portiaHere(['run-plan', 'plan.json', ...flags], { cwd });
    expect(code).toBe(8);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { exit_code: number }).exit_code)).toEqual([0, 8, 8, 0]);
  });
});

describe('variables', () => {
  test('when a tool or a setting names them then it has them, of the shell and of .env, and they are not shown', async () => {
    const cwd = makeToolProject(TOOLS, {
      'plan.json': planOf(step('look', 'token')),
      '.env': 'OTHER_TOKEN=other-secret\n',
    });
    const env = { DEPLOY_TOKEN: 'deploy-secret' };
    const before = await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd, env });
    expect(JSON.parse(before.stdout)).toEqual(['[DEPLOY_TOKEN]', null]);
    expect(before.stderr).toContain('A tool module reads the variable OTHER_TOKEN, which it is not given.');
    const settings = { tools: { modules: ['./tools/*.mjs'], settings: { look: { env: ['OTHER_TOKEN'] } } } };
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify(settings));
    const after = await portiaHere(['run-plan', 'plan.json', '--format', 'value'], { cwd, env });
    expect(JSON.parse(after.stdout)).toEqual(['[DEPLOY_TOKEN]', '[OTHER_TOKEN]']);
    expect(after.stderr).not.toContain('OTHER_TOKEN');
  });
});

describe('the sandbox', () => {
  const version = spawnSync(TESTED_NODE, ['--version'], { encoding: 'utf8' }).stdout;
  const hasModel = Number(/v(\d+)/.exec(version)?.[1]) >= 22;

  /** A tool that says what it could do, and what kept it from the rest. */
  const TRIES = `import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { defineTool } from 'portia';
import * as z from 'zod';
const DEEDS = {
  readsOwn: () => readFileSync('plan.json'),
  readsOthers: () => readFileSync('/etc/hosts'),
  writes: () => writeFileSync('out/a.txt', ''),
  startsProgram: () => execFileSync('true'),
  startsThread: () => new Worker('', { eval: true }),
  connects: () => new Promise((done, fail) => connect({ port: 9, host: '127.0.0.1' }).on('connect', done).on('error', fail)),
};
export const tool = defineTool({ id: 'try', name: 'Try', description: 'Tries.', effect: 'read', args: z.object({}), output: z.any(), ALLOW
  async run() {
    const done = {};
    for (const [name, deed] of Object.entries(DEEDS)) {
      try { await deed(); done[name] = true; } catch (error) { done[name] = error.code !== 'ERR_ACCESS_DENIED'; }
    }
    return done;
  } });
`;

  test.each([
    ['nothing', '', { readsOthers: false, writes: false, startsProgram: false }],
    [
      'more',
      `allow: { read: ['/etc'], write: ['out'], childProcesses: true },`,
      { readsOthers: true, writes: true, startsProgram: true },
    ],
  ])('when a tool asks for %s then Node lets it do that, where it can restrict it', async (_what, allow, may) => {
    const cwd = makeToolProject(TRIES.replace('ALLOW', allow), {
      'portia.json': { tools: { modules: ['./tools/*.mjs'], sandbox: 'permission' } },
      'plan.json': planOf(),
      'out/kept.txt': '',
    });
    const { code, stdout, stderr } = await portia(['tools', 'call', 'try', '--json'], { cwd });
    expect({ code, stderr: stderr.includes('"sandbox": "permission" needs Node 22') }).toEqual({
      code: 0,
      stderr: !hasModel,
    });
    const free = { readsOthers: true, writes: true, startsProgram: true, startsThread: true };
    const restricted = { ...may, startsThread: false };
    expect(JSON.parse(stdout)).toEqual({ readsOwn: true, connects: true, ...(hasModel ? restricted : free) });
  });
});

describe('a program that uses the library', () => {
  const library = JSON.stringify(pathToFileURL(resolve('dist/index.js')).href);
  const run = `import { Portia } from ${library};
    const portia = new Portia({ trustProject: true, store: 'memory:' });
    const run = await portia.runPlan(${JSON.stringify(planOf(step('look', 'well')))});
    console.log(run.state);`;

  test.each([
    ['ends without a word', ''],
    ['closes it', 'await portia.close();'],
    [
      'closes it and calls again',
      `await portia.close(); await portia.runPlan(${JSON.stringify(planOf(step('look', 'well')))}); await portia.close();`,
    ],
  ])('when it %s then it ends, and so do the processes of tools', async (_how, end) => {
    const cwd = project();
    writeFileSync(join(cwd, 'program.mjs'), `${run} ${end}`);
    rmSync(join(cwd, 'plan.json'));
    const child = spawn(TESTED_NODE, ['program.mjs'], { cwd, stdio: 'pipe' });
    expect(await ended(child, '')).toMatchObject({ code: 0, stdout: 'COMPLETE\n' });
    await untilGroupIsGone(await numberIn(join(cwd, 'pid')));
  });

  test('when it runs a plan that calls its own tools only then no module is loaded', async () => {
    const cwd = project();
    const program = `import { defineTool, Portia } from ${library};
      import * as z from ${JSON.stringify(pathToFileURL(resolve('node_modules/zod/index.js')).href)};
      const own = defineTool({ id: 'own', name: 'Own', description: 'Is in code.', effect: 'read', args: z.object({}), run: () => 'own' });
      const portia = new Portia({ trustProject: true, store: 'memory:', tools: [own] });
      const run = await portia.runPlan(${JSON.stringify(planOf({ kind: 'tool', tool_id: 'own', args: {}, output: '$r' }))});
      console.log(run.outputs.final_output.value);
      await portia.close();`;
    writeFileSync(join(cwd, 'program.mjs'), program);
    rmSync(join(cwd, 'plan.json'));
    const child = spawn(TESTED_NODE, ['program.mjs'], { cwd, stdio: 'pipe' });
    expect(await ended(child, '')).toMatchObject({ code: 0, stdout: 'own\n' });
    expect(existsSync(join(cwd, 'loaded'))).toBe(false);
  });
});

test('when --inspect-tools is given then a debugger is waited for, and can stop in a tool for any time', async () => {
  const cwd = makeProject({ 'portia.json': { tools: { modules: ['./tools.mjs'] } }, 'tools.mjs': TOOLS });
  const child = startPortia(['tools', 'call', 'spare', 'how=well', '--inspect-tools', '--json'], { cwd });
  onTestFinished(() => void child.kill('SIGKILL'));
  const end = ended(child, '');
  let said = '';
  child.stderr?.on('data', (text: string) => (said += text));
  while (!/Debugger listening on ws:\S+\n/.test(said)) await once(child.stderr ?? child, 'data');
  expect(existsSync(join(cwd, 'loaded'))).toBe(false);
  const [, address = ''] = /Debugger listening on (ws:\/\/127\.0\.0\.1:\S+)\n/.exec(said) ?? [];
  const inspector = await Debugger.connect(address);
  await inspector.send('Debugger.enable');
  const lineNumber = TOOLS.slice(0, TOOLS.indexOf('calls += 1')).split('\n').length - 1;
  await inspector.send('Debugger.setBreakpointByUrl', { lineNumber, urlRegex: 'tools\\.mjs$' });
  await inspector.send('Runtime.runIfWaitingForDebugger');
  const { callFrames } = (await inspector.event('Debugger.paused')) as { callFrames: { callFrameId: string }[] };
  const [frame] = callFrames;
  const value = await inspector.send('Debugger.evaluateOnCallFrame', { ...frame, expression: 'how' });
  expect(value).toMatchObject({ result: { value: 'well' } });
  // Longer than the call may take without a debugger.
  await wait(400);
  await inspector.send('Debugger.resume');
  expect(await end).toMatchObject({ code: 0, stdout: '1\n' });
  inspector.close();
});
