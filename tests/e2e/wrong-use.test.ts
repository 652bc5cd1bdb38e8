import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { raw, startFaultServer } from '../models/fault-server.js';
import { addPlan, makeExampleProject } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { cleanEnvironment, ended, makeProject, portia, PORTIA, TESTED_NODE } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { printedError, printedQuestions, runPrinted } from '../support/scenario.js';

/** Arguments, what the message says, and what the fix says. */
const WRONG: [args: string[], message: RegExp, help: RegExp][] = [
  [['pln', 'x'], /^Unknown command 'pln'\.$/, /Did you mean plan\?\nportia plan x$/],
  [['shwo', 'last'], /^Unknown command 'shwo'\.$/, /Did you mean show\?\nportia show last$/],
  [['frobnicate'], /^Unknown command 'frobnicate'\.$/, /portia --help$/],
  [['add 1 + 2'], /^Unknown command/, /needs a command before it[^]*portia run 'add 1 \+ 2'$/],
  [['add', '1', '+', '2', '--yes'], /^Unknown command 'add'\.$/, /portia run 'add 1 \+ 2' --yes$/],
  [['--jsn', 'list'], /^Unknown option '--jsn'\.$/, /Did you mean --json\?/],
  [['list', '--limt', '3'], /^Unknown option '--limt'\.$/, /Did you mean --limit\?[^]*portia list --help/],
  [['run', 'add 1 + 2', '--yess'], /^Unknown option '--yess'\.$/, /Did you mean --yes\?[^]*portia run --help/],
  [['run-plan', 'plan.json', '--yes'], /^Unknown option '--yes'\.$/, /run-plan needs none[^]*--approve TOOL/],
  [['resume', 'last', '-y'], /^Unknown option '-y'\.$/, /resume needs none/],
  [['show', 'last', '--yes'], /^Unknown option '--yes'\.$/, /portia show does not ask for a yes/],
  [['run', '-five plus 3', '--yes'], /^Unknown option '-five plus 3'\.$/, /portia run --yes -- '-five plus 3'/],
  [['run', '-five plus 3'], /^Unknown option '-five plus 3'\.$/, /portia run -- '-five plus 3'/],
  [['plan', '--do it'], /^Unknown option '--do it'\.$/, /portia plan -- '--do it'/],
  [['run', 'add', '1', '+', '2'], /was given 4 words/, /put it in quotes[^]*portia run -- 'add 1 \+ 2'/],
  [['list', 'runs', 'plans'], /was given 2 words/, /portia list --help/],
  [['doctor', 'now'], /was given a word, and takes nothing/, /portia doctor --help/],
  [['show', 'plan.json', '--as', 'svg'], /--as svg is not a form that show knows/, /--as tree/],
  [['show', 'plan.json', '--as', 'tree', '--json'], /--as tree contradicts --json/, /--as json/],
  [['show', 'a', 'b'], /was given 2 words/, /portia show --help/],
  [['tools', 'list', 'calculator_tool'], /tools list does not take "calculator_tool"/, /portia tools \w+ --help/],
  [['tools', 'describe', 'calculator_tool', 'now'], /tools describe does not take "now"/, /portia tools \w+ --help/],
  [['tools', 'import'], /needs openapi, and a file or an address/, /portia tools import openapi FILE/],
  [['tools', 'import', 'postman', 'a.json'], /needs openapi/, /portia tools import openapi FILE/],
  [
    ['tools', 'import', 'openapi', 'a.json', 'b.json'],
    /tools import does not take "b.json"/,
    /portia tools \w+ --help/,
  ],
  [['tools', 'destroy'], /"destroy" is not an action of portia tools/, /portia tools list/],
  [['tools', 'describe'], /needs the id of a tool/, /portia tools list/],
  [['tools', 'call', 'calculator_tool', 'two'], /"two" is not an argument/, /NAME=text/],
  [['show'], /missing required argument 'id'/i, /portia show --help/],
  [['run-plan'], /missing required argument 'plan'/i, /portia run-plan --help/],
  [['rm'], /missing required argument 'id'/i, /portia rm --help/],
  [['list', '--limit'], /argument missing/, /portia list --help/],
  [['help', 'nonsense'], /no help on "nonsense"/, /Topics:[^]*portia help/],
  [['list', 'tools'], /nothing to list called "tools"/, /portia list runs/],
  [['list', '--limit', 'many'], /--limit many is not a number/, /--limit 20/],
  [['list', '--limit=-1'], /--limit -1 is not a number/, /--limit 20/],
  [['list', '--limit', '1.5'], /--limit 1\.5 is not a number/, /--limit 20/],
  [['list', '--state', 'DONE'], /no state "DONE"/, /NEED_CLARIFICATION/],
  [['list', 'plans', '--state', 'COMPLETE'], /--state is for runs/, /portia list plans/],
  [['list', '--json', '--format', 'ndjson'], /contradict/, /Leave out one/],
  [['run-plan', 'plan.json', '--max-tokens', '9007199254740993'], /not understood/, /at most 15 digits/],
  [['answer', 'last'], /No answer was given/, /portia answer last NAME=VALUE/],
  [['plan', ''], /request is empty/, /portia run/],
  [['plan', '   '], /request is empty/, /portia run/],
  [['run'], /request is empty/, /portia run/],
  [['plan', '@'], /./, /./],
  [['run-plan', 'plan.json', '--stub', 'calculator_tool'], /names no tool and value/, /TOOL=VALUE/],
  [['run-plan', 'plan.json', '-m', 'exec:'], /--model has a value that cannot be used/, /exec:\.\/my-model\.sh/],
  [
    ['run-plan', 'plan.json', '--execution-model', 'exec:  '],
    /--execution-model has a value/,
    /After exec: a program must follow\./,
  ],
  [['run-plan', 'plan.json', '--stub', '=3'], /names no tool and value/, /TOOL=VALUE/],
  [['run-plan', 'plan.json', '--events', '-'], /--events takes a file/, /--format ndjson/],
  [['plan', 'add 1 + 2', '--plan-input', ':city'], /has no name/, /--plan-input/],
  [['plan', 'add 1 + 2', '--events', 'events.ndjson'], /has no events/, /Leave out --events/],
];

describe('wrong use', () => {
  test.each(WRONG)(
    'when portia %j is typed then it says what is wrong, helps, and touches nothing',
    async (args, message, help) => {
      const cwd = makeExampleProject();
      const before = listFolder(cwd);
      const result = await portiaHere(args, { cwd });
      expect(result.stdout).toBe('');
      const { stderr } = result;
      const code = (JSON.parse(stderr) as { error: { code: string } }).error.code;
      const error = expectError(result, { code, exit: 2 });
      expect(error.message).toMatch(message);
      expect(`${error.why}\n${error.fix}`).toMatch(help);
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test('when a request that begins with a dash stands behind -- then it is a request', async () => {
    const cwd = makeExampleProject();
    const refused = await portiaHere(['run', '-2 + 5', '--yes'], { cwd });
    const { fix } = expectError(refused, { code: 'usage', exit: 2 });
    expect(fix).toContain("portia run --yes -- '-2 + 5'");
    const calculated = await portiaHere(['run', '--yes', '--format', 'value', '--', '-2 + 5'], { cwd });
    expect(calculated).toMatchObject({ code: 0, stdout: '3\n' });
  });

  test('when the words of a request are not quoted then the printed command is the quoted request', async () => {
    const cwd = makeExampleProject();
    const { fix } = expectError(await portiaHere(['plan', 'add', '1', '+', '2'], { cwd }), { code: 'usage', exit: 2 });
    expect(await runPrinted(fix ?? '', { cwd })).toMatchObject({ code: 0 });
  });

  test('when a run is not approved then the printed command runs it with everything that was said', async () => {
    const cwd = makeExampleProject();
    const asked = [
      'run',
      'read weather.txt',
      '--stub',
      "file_reader_tool=it's sunny",
      '--deny',
      'calculator_*',
      '--summarize',
    ];
    const { fix } = expectError(await portia(asked, { cwd }), { code: 'approval-needed', exit: 8 });
    expect(fix).toMatch(/^portia run-plan plan-\S+ --deny 'calculator_\*' --stub .* --summarize$/);
    const pasted = await runPrinted((fix ?? '').replace(' --summarize', ' --format value'), { cwd });
    expect(pasted).toMatchObject({ code: 0, stdout: "it's sunny\n" });
  });
});

describe('the form of an error', () => {
  test.each([
    [[], {}, true],
    [['--format', 'json'], {}, true],
    [['--json'], {}, true],
    [['--format=ndjson'], {}, true],
    [[], { PORTIA_FORMAT: 'human' }, false],
    [['--format', 'human'], {}, false],
    [['--format', 'value'], {}, false],
    [['--format', 'json', '--', 'x', '--format', 'human'], {}, true],
    [['--format', 'xml'], {}, true],
  ])('when the flags are %j and the variables %j then it is JSON: %s', async (flags, env, isJson) => {
    const cwd = makeExampleProject();
    const { stdout, stderr } = await portiaHere(['show', 'nothing', ...flags], { cwd, env });
    expect(stdout).toBe('');
    if (isJson) expect(JSON.parse(stderr)).toMatchObject({ error: { exit_code: 2 } });
    else expect(stderr).toMatch(/^✖ .*\n(?:.*\n)* {2}Fix {2}\S/);
  });

  test.each(['xml', ''])('when --format is %j then the formats are named', async (format) => {
    const cwd = makeExampleProject();
    const { why } = expectError(await portiaHere(['list', '--format', format], { cwd }), {
      code: 'invalid-settings',
      exit: 2,
    });
    expect(why).toContain('human, json, ndjson, value');
  });
});

describe('a folder that is not there', () => {
  test.each([['nowhere'], ['plan.json'], ['../../nowhere/at/all']])(
    'when -C is %s then it is refused and not made',
    async (folder) => {
      const cwd = makeExampleProject();
      const before = listFolder(cwd);
      const result = await portiaHere(['-C', folder, 'run', 'add 1 + 2', '--yes'], { cwd });
      expectError(result, { code: 'not-found', exit: 2 });
      expect(result.stdout).toBe('');
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test('when the folder that the shell is in was deleted then it says so, and help still works', async () => {
    const cwd = makeExampleProject();
    mkdirSync(join(cwd, 'gone'));
    const type = (line: string) => {
      const script = `cd gone && rmdir ../gone && exec "${TESTED_NODE}" "${PORTIA}" ${line}`;
      return ended(spawn('/bin/sh', ['-c', script], { cwd, env: cleanEnvironment(cwd), stdio: 'pipe' }), '');
    };
    expectError(await type('list'), { code: 'not-found', exit: 2 });
    mkdirSync(join(cwd, 'gone'));
    expect(await type('--help')).toMatchObject({ code: 0, stderr: '' });
    expect(() => rmdirSync(join(cwd, 'gone'))).toThrow('ENOENT');
  });
});

describe('without a model', () => {
  test('when a newcomer asks for more than the offline planner knows then every way on is named', async () => {
    const cwd = makeExampleProject();
    const before = listFolder(cwd);
    const { why, fix } = expectError(await portiaHere(['run', 'summarise the news'], { cwd }), {
      code: 'no-model',
      exit: 4,
    });
    expect(why).toContain('OPENAI_API_KEY is not set');
    expect(why).toContain('only simple requests work');
    for (const way of ['export OPENAI_API_KEY=', 'export OPENAI_BASE_URL=', 'portia help offline'])
      expect(fix).toContain(way);
    expect(listFolder(cwd)).toEqual(before);
  });

  test.each([
    [['-m', 'openai/gpt-4.1-mini'], {}, 'OPENAI_API_KEY'],
    [['-m', 'gpt-4.1-mini'], {}, 'OPENAI_API_KEY'],
    [['-m', 'anthropic/claude'], {}, 'ANTHROPIC_API_KEY'],
    [['--planning-model', 'mistral/x'], {}, 'MISTRAL_API_KEY'],
    [[], { PORTIA_MODEL: 'groq/x' }, 'GROQ_API_KEY'],
    [[], { PORTIA_LLM_PROVIDER: 'anthropic', ANTHROPIC_API_KEY: 'x' }, 'PORTIA_MODEL=anthropic/'],
    [['--planner', 'model'], {}, 'OPENAI_API_KEY'],
    [['--base-url', 'http://127.0.0.1:9/v1', '--api-key-env', 'NOT_SET'], {}, 'NOT_SET'],
    [['--base-url', 'http://127.0.0.1:9/v1', '--api-key-file', 'nothing.key'], {}, 'nothing.key'],
  ])(
    'when a model is asked for with %j %j and its key is missing then it exits 4 and says what to set',
    async (flags, env, says) => {
      const cwd = makeExampleProject();
      const before = listFolder(cwd);
      const { why, fix } = expectError(await portiaHere(['run', 'add 1 + 2', '--yes', ...flags], { cwd, env }), {
        code: 'no-model',
        exit: 4,
      });
      expect(`${why}\n${fix}`).toContain(says);
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test.each([
    ['a page', raw('<html>Welcome to nginx</html>', 'text/html'), 'no-model', 4, 1],
    ['404', raw('<html>', 'text/html', 404), 'no-model', 4, 1],
    // Behind the page a gateway may hide that a server does not take JSON Schemas: plainer ways are tried.
    ['400', raw('<html>', 'text/html', 400), 'invalid-settings', 2, 3],
  ] as const)(
    'when what listens answers with %s then it is not asked again and again, and the way to look is named',
    async (_what, handler, code, exit, requests) => {
      const cwd = makeExampleProject();
      const server = await startFaultServer(handler);
      onTestFinished(() => server.close());
      const result = await portiaHere(['plan', 'summarise the news', '--base-url', server.baseUrl], { cwd });
      expect(expectError(result, { code, exit }).fix).toContain(`curl ${server.baseUrl}/models`);
      expect(server.seen).toHaveLength(requests);
    },
  );

  test('when no server listens then it exits 3 and may be tried again', async () => {
    const cwd = makeExampleProject();
    const before = listFolder(cwd);
    const result = await portiaHere(['plan', 'summarise the news', '--base-url', 'http://127.0.0.1:9/v1'], { cwd });
    expect(expectError(result, { code: 'unavailable', exit: 3 }).retryable).toBe(true);
    expect(listFolder(cwd)).toEqual(before);
  });
});

describe('the printed way on', () => {
  const ask = { kind: 'user_input', message: 'How many?', output: '$guests' };
  const count = {
    kind: 'tool',
    tool_id: 'calculator_tool',
    args: { math_question: '{{ $guests }} + 1' },
    output: '$sum',
  };

  test('when a run was started with flags that it continues with then they are in it, and it works as it is pasted', async () => {
    const cwd = makeExampleProject({ 'ask.json': addPlan({ steps: [ask, count] }) });
    const folder = join(makeProject(), "it's");
    mkdirSync(folder);
    const flags = ['--stub', 'calculator_tool=7', '--allow-path', folder, '-m', 'openai/gpt-5'];
    const { code, stderr } = await portiaHere(['run-plan', 'ask.json', ...flags], { cwd });
    expect(code).toBe(8);
    const { next, questions } = printedQuestions(stderr);
    const quoted = `'${folder.replace("'", String.raw`'\''`)}'`;
    const again = `portia resume --stub calculator_tool=7 --allow-path ${quoted} --model openai/gpt-5 `;
    expect(next).toContain(again);
    const command = (questions[0]?.commands[0] ?? '').replace('VALUE', '3');
    expect(command).toContain(again);
    expect(await runPrinted(`${command} --format value`, { cwd })).toMatchObject({ code: 0, stdout: '7\n' });
  });

  test('when a model was named then the run continues with it', async () => {
    const cwd = makeExampleProject({ 'ask.json': addPlan({ steps: [{ task: 'Say it.', output: '$said' }] }) });
    const model = `exec:sh ${join(cwd, 'say.sh')}`;
    const { code, stderr } = await portiaHere(['run-plan', 'ask.json', '-m', model], { cwd });
    expect(code).toBe(3);
    writeFileSync(join(cwd, 'say.sh'), 'cat > /dev/null; echo hello');
    const fix = String(printedError(stderr)['fix']);
    const command = fix.split('\n').find((line) => line.startsWith('portia resume')) ?? '';
    expect(await runPrinted(`${command} --format value`, { cwd })).toMatchObject({ code: 0, stdout: 'hello\n' });
  });
});

describe('a tool whose service is away', () => {
  const settings = { weather_tool: { geocoding_base_url: 'http://127.0.0.1:9' } };
  const files = { 'portia.json': { tools: { settings } } };

  test('when it is called then it exits 3 and may be tried again', async () => {
    const cwd = makeExampleProject(files);
    const result = await portiaHere(['tools', 'call', 'weather_tool', 'city=Rome'], { cwd });
    expect(expectError(result, { code: 'unavailable', exit: 3 }).retryable).toBe(true);
  });

  test('when a run needs it then the run waits, is listed as under way, and says how it continues', async () => {
    const cwd = makeExampleProject(files);
    const result = await portiaHere(['run-plan', 'city.json', '-i', 'city=Rome', '--json'], { cwd });
    const { fix } = expectError({ ...result, stdout: '' }, { code: 'unavailable', exit: 3 });
    expect(fix).toMatch(/^portia resume prun-/m);
    expect(JSON.parse(result.stdout)).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' } });
    const listed = await portiaHere(['list', '--state', 'IN_PROGRESS'], { cwd });
    expect(JSON.parse(listed.stdout)).toHaveLength(1);
  });
});
