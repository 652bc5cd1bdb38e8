import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Plan } from '../../src/domain/plan/plan.js';
import { addPlan, completeRun, makeExampleProject } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { promptOf } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, openPortia, playModel } from '../support/scenario.js';

const step = (tool_id: string | null = 'weather_tool') => ({
  task: 'Find the weather of the city.',
  inputs: [{ name: '$city', description: 'the city' }],
  tool_id,
  output: '$weather',
  condition: null,
  when: null,
});
const planned = (...steps: object[]) => ({ reply: { json: { steps, error: null } } });

describe('what the planner is told', () => {
  test('when flags narrow it down then its prompt and its plan have exactly that', async () => {
    const cwd = makeExampleProject({ 'example.json': addPlan() });
    const model = await playModel([planned(step())]);
    const flags = ['--tool', '*weather*', '-t', 'file_*', '--exclude-tool', 'file_writer_tool', '--end-user', 'ada'];
    const inputs = ['--plan-input', 'city:the city, as people call it', '--example', 'example.json'];
    const result = await portiaHere(['plan', 'how is it there?', ...flags, ...inputs], { cwd, env: model.environment });
    expect(result.code).toBe(0);
    const plan = JSON.parse(result.stdout) as Plan;
    expect(plan.plan_context.tool_ids).toEqual(['file_reader_tool', 'weather_tool']);
    expect(plan.plan_inputs).toEqual([{ name: 'city', description: 'the city, as people call it' }]);
    const prompt = model.requests.map(promptOf).join('');
    const today = new Date().toISOString().slice(0, 10);
    for (const told of [today, '\nweather_tool(', 'the city, as people call it', '"ada"', '"query":"add 1 + 2"']) {
      expect(prompt).toContain(told);
    }
    expect(prompt).not.toMatch(/file_writer_tool|\ncalculator_tool\b/);
  });

  test('when a value is given then its name is an input of the plan, once, and the value stays out of it', async () => {
    const cwd = makeExampleProject();
    const model = await playModel([
      planned({ ...step(null), task: 'Say hello to the city.' }),
      { match: /Input \$city[^]*Oslo/, reply: { text: 'Hello!' } },
    ]);
    const args = ['run', 'greet it', '--plan-input', '$city', '-i', 'city=Oslo', '--end-user', 'bob', '--yes'];
    const { code, stdout } = await portiaHere([...args, '--format', 'value'], { cwd, env: model.environment });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Hello!\n' });
    expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).not.toContain('Oslo');
    expect(onlyRun(cwd)).toMatchObject({ end_user_id: 'bob', plan_run_inputs: { $city: { value: 'Oslo' } } });
  });

  test('when something is known of the end user then the plan may build on it', async () => {
    const cwd = makeExampleProject();
    const model = await playModel([planned(step()), planned(step())]);
    const plan = ['plan', 'how is it there?', '--plan-input', 'city', '--end-user', '../ada'];
    expect((await portiaHere(plan, { cwd, env: model.environment })).code).toBe(0);
    const [file = ''] = readdirSync(join(cwd, 'users'));
    expect(file).toBe(`${createHash('sha256').update('../ada').digest('hex')}.json`);
    const path = join(cwd, 'users', file);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const user = JSON.parse(readFileSync(path, 'utf8')) as object;
    expect(user).toMatchObject({ external_id: '../ada', name: null, additional_data: {} });
    writeFileSync(path, JSON.stringify({ ...user, name: 'Ada', additional_data: { city: 'Bath' } }));
    expect((await portiaHere(plan, { cwd, env: model.environment })).code).toBe(0);
    expect(model.requests.slice(1).map(promptOf).join('')).toMatch(/"name":"Ada","city":"Bath"/);
    for (const wrong of ['{', '{"external_id":"bob"}', '{"external_id":"../ada","name":7}']) {
      writeFileSync(path, wrong);
      const failed = await portiaHere(plan, { cwd, env: model.environment });
      expect(expectError(failed, { code: 'unreadable', exit: 2 }).fix).toBeTruthy();
      expect(readFileSync(path, 'utf8')).toBe(wrong);
    }
  });

  test('when a request is planned then no file is looked into that planning does not need', async () => {
    const cwd = makeExampleProject();
    await completeRun(cwd);
    const kept = Object.keys(listFolder(cwd)).filter((name) => statSync(join(cwd, name)).isFile());
    const model = await playModel([planned(step(null))]);
    // Written before anything of portia is loaded, so that what it takes from node:fs is what reports.
    const report = `const fs = require('node:fs');
      for (const [object, names] of [[fs, ['openSync', 'readFileSync', 'open', 'readFile']], [fs.promises, ['open', 'readFile']]])
        for (const name of names) {
          const real = object[name];
          object[name] = (path, ...rest) => {
            if (String(path).startsWith(${JSON.stringify(`${cwd}/`)})) process.stderr.write('LOOKED ' + path + '\\n');
            return real(path, ...rest);
          };
        }`;
    writeFileSync(join(cwd, '.home/report.cjs'), report);
    const env = { ...model.environment, NODE_OPTIONS: `--require ${join(cwd, '.home/report.cjs')}` };
    const { code, stderr } = await portia(['plan', 'how is it there?', '--plan-input', 'city'], { cwd, env });
    expect(code).toBe(0);
    const looked = [...stderr.matchAll(/^LOOKED (.*)$/gm)].map(([, path = '']) => relative(cwd, path));
    expect(looked.filter((name) => name.startsWith('plans/'))).not.toEqual([]);
    expect(looked.filter((name) => kept.includes(name))).toEqual([]);
  });

  test('when an input is declared twice then no model is asked', async () => {
    const cwd = makeExampleProject();
    const model = await playModel([]);
    const args = ['plan', 'greet it', '--plan-input', 'city', '--plan-input', '$city'];
    expectError(await portiaHere(args, { cwd, env: model.environment }), { code: 'invalid-input', exit: 2 });
  });
});

describe('a request without a plan', () => {
  test('when the model says so then it is told at once, in its words', async () => {
    const cwd = makeExampleProject();
    const model = await playModel([{ reply: { json: { steps: [], error: 'No tool sends letters.' } } }]);
    const result = await portiaHere(['plan', 'send a letter'], { cwd, env: model.environment });
    expect(expectError(result, { code: 'no-plan', exit: 5 }).why).toBe('No tool sends letters.');
  });

  test('when no plan is valid then each attempt is told what was wrong, and nothing is stored', async () => {
    const cwd = makeExampleProject();
    const model = await playModel([
      planned(step('pigeon_tool')),
      { match: /pigeon_tool/, ...planned(step()) },
      { match: /\$city/, ...planned({ ...step(null), inputs: [] }, { ...step(null), inputs: [] }) },
    ]);
    const result = await portiaHere(['run', 'send a letter', '--yes'], { cwd, env: model.environment });
    const { message, why } = expectError(result, { code: 'no-plan', exit: 5 });
    expect(message).toMatch(/3 attempts/);
    expect(why).toMatch(/\$weather/);
    expect(readdirSync(cwd)).not.toContain('plans');
  });
});

describe('without a model', () => {
  test('when flags are given that only a model needs then it is said that they change nothing', async () => {
    const cwd = makeExampleProject({ 'example.json': addPlan() });
    const flags = ['--cached', '--examples', 'liked', '--example', 'example.json'];
    const ended = await portiaHere(['plan', 'add 1 + 2', ...flags], { cwd });
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('Without a model these change nothing: --cached, --examples liked, --example. ');
    expect((await portiaHere(['plan', 'add 1 + 2'], { cwd })).stderr).not.toContain('change nothing');
  });
});

describe('a tool that is off', () => {
  const planning = async (request: string, model: Awaited<ReturnType<typeof playModel>>, settings: object = {}) =>
    portiaHere(['plan', request], {
      cwd: makeExampleProject({ '.home/.config/portia/config.json': settings }),
      env: model.environment,
    });

  test('when the request names it then what it lacks is told, and no model is paid', async () => {
    const model = await playModel([]);
    const settings = { examples: 'liked', models: { embeddings: 'openai/small' } };
    const refused = await planning('find cats with search_tool', model, settings);
    const { message, why, fix } = expectError(refused, { code: 'no-plan', exit: 5 });
    expect(message).toBe('The request needs search_tool, which is off.');
    expect(why).toContain('TAVILY_API_KEY is not set');
    expect(fix).toContain('export TAVILY_API_KEY=');
  });

  test.each([
    ['Search the web for the price of gold', 'search_tool', 'TAVILY_API_KEY'],
    ['Read notes.md, then send an email to Ada', 'send_email_tool', 'SMTP'],
    ['Research the web for gold prices', 'search_tool', 'TAVILY_API_KEY'],
    ['email ada@example.com the total', 'send_email_tool', 'SMTP'],
    ['Schicke die Summe an ada@example.com', 'send_email_tool', 'SMTP'],
  ])(
    'when %j cannot be done without it then no model is paid, and it is said how to go on',
    async (request, id, lack) => {
      const refused = await planning(request, await playModel([]));
      const { message, why, fix } = expectError(refused, { code: 'no-plan', exit: 5 });
      expect(message).toBe(`The request needs ${id}, which is off.`);
      expect(`${why} ${fix}`).toContain(lack);
      expect(fix).toContain(`To plan without it: --exclude-tool ${id}`);
    },
  );

  test('when the person leaves it out then the model plans without it', async () => {
    const model = await playModel([{ reply: { json: { steps: [], error: 'No tool searches.' } } }]);
    const cwd = makeExampleProject();
    const args = ['plan', 'Search the web for the weather', '--exclude-tool', 'search_tool'];
    const ended = await portiaHere(args, { cwd, env: model.environment });
    expect(ended.stderr).not.toContain('is off');
    expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).not.toContain('search_tool');
  });

  test.each(['add 1 + 2', 'Delete the temporary files', 'Search notes.md for the word budget'])(
    'when %j means nothing of it then nobody is told that a tool is off',
    async (request) => {
      const ended = await planning(request, await playModel([{ reply: { json: { steps: [], error: 'no' } } }]));
      expect(ended.stderr).not.toContain('is off');
    },
  );

  test.each([
    ['says yes', 'y', 'No tool searches.'],
    ['only presses Enter', '', 'To plan without it: --exclude-tool search_tool'],
  ])('when a person at a terminal %s then that decides whether a model is paid', async (_how, typed, said) => {
    const model = await playModel(typed === 'y' ? [{ reply: { json: { steps: [], error: said } } }] : []);
    const cwd = makeExampleProject();
    const terminal = openPortia(['plan', 'Search the web for cats'], { cwd, env: model.environment });
    await terminal.waitFor(/Plan without it\? \(y\/N\)/);
    terminal.type(`${typed}\r`);
    expect(await terminal.exit()).toMatchObject({ code: 5 });
    expect(terminal.screen()).toContain(said);
  });

  test('when a plan uses it all the same then the model and the person are told what it lacks', async () => {
    const searching = { ...step('search_tool'), task: 'Search.', inputs: [] };
    const model = await playModel([planned(searching), planned(searching), planned(searching)]);
    const refused = await planning('what is it', model);
    const { why, fix } = expectError(refused, { code: 'no-plan', exit: 5 });
    expect(why).toMatch(/^Step 1, tool_id: search_tool is off: TAVILY_API_KEY is not set/);
    expect(fix).toContain('export TAVILY_API_KEY=');
    expect(promptOf(model.requests[1] ?? { model: '', messages: [] })).toContain('search_tool is off: TAVILY_API_KEY');
  });

  test('when the request may mean it then the person is told before the model, which is told, too', async () => {
    const model = await playModel([{ reply: { json: { steps: [], error: 'search_tool is off: TAVILY_API_KEY' } } }]);
    const refused = await planning('compare what searches of the web say about cats', model);
    expect(refused.stderr).toMatch(/search_tool is off: TAVILY_API_KEY is not set[^]*Planning with/);
    expect(expectError(refused, { code: 'no-plan', exit: 5 }).why).toBe('search_tool is off: TAVILY_API_KEY');
    expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).toMatch(
      /## Tools that are off\n[^]*search_tool: TAVILY_API_KEY is not set/,
    );
  });
});
