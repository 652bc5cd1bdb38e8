import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { addPlan, makeExampleProject } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';

const BROKEN: [what: string, content: string | object, says: RegExp][] = [
  ['empty', '', /portia\.json/],
  ['truncated', '{"model": "open', /line 1/i],
  ['a list', [], /one JSON object/],
  ['null', 'null', /one JSON object/],
  ['with a trailing comma', '{"model": "openai/x",}', /comma/],
  ['with a comment', '{\n // the model\n "model": "x"}', /line 2[^]*no comments/i],
  ['with single quotes', "{'model': 'x'}", /double quotes/],
  ['with a key given twice', '{"model": "a", "model": "b"}', /given twice/],
  ['with __proto__', '{"__proto__": {"model": "x"}}', /__proto__/],
  ['with an unknown setting', { modle: 'x' }, /did you mean "model"/],
  ['with an unknown role', { models: { planing: 'x' } }, /did you mean "planning"/],
  ['with a wrong type', { model: 7 }, /model/],
  ['with a wrong planner', { planner: 'magic' }, /planner/],
  ['with a key in it', { openai_api_key: 'sk-canary-1234567890' }, /keys do not belong/],
  ['with a key for a name', { api_key_env: 'sk-canary-1234567890' }, /name of a variable/],
  ['with a base URL that is not a URL', { base_url: 'not a url' }, /base_url/],
  ['with a base URL of another kind', { base_url: 'file:///etc/passwd' }, /base_url/],
  ['with an unknown policy', { approvals: { x: 'perhaps' } }, /approvals/],
  ['with whom to trust', { trusted_origins: ['http://127.0.0.1:1'] }, /only the user/],
  ['nested 10,000 deep', `${'{"models":'.repeat(10_000)}1${'}'.repeat(10_000)}`, /deeper/],
];
const BROKEN_MODULES: typeof BROKEN = [
  ['with a tool module that is not there', { tools: { modules: ['./tools/none.ts'] } }, /none\.ts/],
  ['with a tool module that throws', { tools: { modules: ['./tools/throws.mjs'] } }, /throws\.mjs/],
  ['with a tool module outside', { tools: { modules: ['../../outside.mjs'] } }, /outside\.mjs/],
];
const OWN_STEP = { kind: 'tool', tool_id: 'own_tool', args: {}, output: '$own' };
const OWN_PLAN = { plan_context: { query: 'q', tool_ids: ['own_tool'] }, steps: [OWN_STEP] };

describe('a broken portia.json', () => {
  test.each([
    ...BROKEN.map((row) => [...row, ['run', 'add 1 + 2', '--yes']] satisfies [...typeof row, string[]]),
    // Only what may use a module loads it.
    ...BROKEN_MODULES.map((row) => [...row, ['run-plan', 'own.json']] satisfies [...typeof row, string[]]),
  ])(
    'when it is %s then a run says what is wrong, exits 2, and changes nothing',
    async (_what, content, says, args) => {
      const tool = 'throw new Error("broken");';
      const cwd = makeExampleProject({ 'portia.json': content, 'tools/throws.mjs': tool, 'own.json': OWN_PLAN });
      const before = listFolder(cwd);
      const result = await portiaHere(args, { cwd });
      const { code } = (JSON.parse(result.stderr) as { error: { code: string } }).error;
      expect(['invalid-settings', 'unreadable', 'not-found']).toContain(code);
      const { message, why, fix } = expectError(result, { code, exit: 2 });
      expect(`${message}\n${why}\n${fix}`).toMatch(says);
      expect(result.stdout + result.stderr).not.toContain('sk-canary');
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test('when a folder, a pipe or a link to nowhere stands in its place then it is said', async () => {
    const make = [
      (path: string) => mkdirSync(path),
      (path: string) => execFileSync('mkfifo', [path]),
      (path: string) => symlinkSync('nowhere.json', path),
    ];
    for (const place of make) {
      const cwd = makeExampleProject();
      place(join(cwd, 'portia.json'));
      expectError(await portiaHere(['list'], { cwd }), { code: 'invalid-settings', exit: 2 });
    }
  });

  test('when it is broken then help still works', async () => {
    const cwd = makeExampleProject({ 'portia.json': '{' });
    for (const args of [['--help'], ['help', 'answers'], ['run', '--help'], ['--version']])
      expect(await portiaHere(args, { cwd })).toMatchObject({ code: 0, stderr: '' });
  });
});

/** Flags that cannot be read, the error's code and what is said. */
const FLAGS: [flags: string[], code: string, says: RegExp][] = [
  [['--base-url', 'not a url'], 'invalid-settings', /base-url/],
  [['--base-url', 'ftp://example.com'], 'invalid-settings', /base-url/],
  [['--planner', 'magic'], 'invalid-settings', /auto, model, offline/],
  [['--model', ''], 'invalid-settings', /model/],
  [['--schema', '{"type":'], 'invalid-input', /Line 1, column/],
  [['--schema', '[]'], 'not-found', /\[\]/],
  [['--schema', 'number.json'], 'invalid-input', /must be a JSON object/],
  [['--schema', 'nothing.json'], 'not-found', /nothing\.json/],
  [['--schema', '{"type":"nonsense"}'], 'invalid-input', /type/],
  [['--schema', '{"type":"object","properties":{"a":{"$ref":"#/nowhere"}}}'], 'invalid-input', /nowhere|ref/],
  [['--example', 'nothing.json'], 'not-found', /nothing\.json/],
  [['--tool', 'no_such_*'], 'not-found', /no_such_/],
  [['-i', 'city'], 'usage', /city/],
  [['-i', 'n:=x'], 'invalid-input', /JSON/],
  [['-i', 'n=@nothing.txt'], 'not-found', /nothing\.txt/],
  [['--inputs', 'nothing.json'], 'not-found', /nothing\.json/],
  [['--inputs', 'number.json'], 'invalid-input', /object/],
  [['--stub', 'calculator_tool=@nothing.json'], 'not-found', /nothing\.json/],
];

describe('a flag that cannot be read', () => {
  test.each(FLAGS)('when it is %j then run says so, exits 2, and nothing is changed', async (flags, code, says) => {
    const cwd = makeExampleProject({ 'number.json': '7' });
    const before = listFolder(cwd);
    const result = await portiaHere(['run', 'add 1 + 2', '--yes', ...flags], { cwd });
    const { message, why, fix } = expectError(result, { code, exit: 2 });
    expect(`${message}\n${why}\n${fix}`).toMatch(says);
    expect(listFolder(cwd)).toEqual(before);
  });

  test.each([[['-i', 'town=London']], [[]], [['--inputs', 'inputs.json']]])(
    'when the inputs %j do not fit the plan then what is wrong is reported as flags',
    async (flags) => {
      const cwd = makeExampleProject({ 'inputs.json': { town: 'London' } });
      const before = listFolder(cwd);
      const result = await portiaHere(['run-plan', 'city.json', '--stub', 'weather_tool=sunny', ...flags], { cwd });
      const code =
        flags.length === 0
          ? 'missing-input'
          : (JSON.parse(result.stderr.split('\n').at(-2) ?? '') as { error: { code: string } }).error.code;
      expect(['missing-input', 'invalid-input']).toContain(code);
      const { fix } = expectError(result, { code, exit: 2 });
      expect(fix).toContain(code === 'missing-input' ? '-i city=' : 'Leave town out.');
      expect(listFolder(cwd)).toEqual(before);
    },
  );

  test('when standard input is wanted twice then it is refused', async () => {
    const cwd = makeExampleProject();
    const result = await portiaHere(['run-plan', '-', '--inputs', '-'], { cwd, input: JSON.stringify(addPlan()) });
    expectError(result, { code: 'usage', exit: 2 });
  });

  test('when a request has 1 MB then it is refused, and told where data belongs', async () => {
    const cwd = makeExampleProject();
    const before = listFolder(cwd);
    const { fix } = expectError(await portiaHere(['run', '--yes'], { cwd, input: `add ${'1 + '.repeat(260_000)}1` }), {
      code: 'usage',
      exit: 2,
    });
    expect(fix).toContain('-i text=@big.txt');
    expect(listFolder(cwd)).toEqual(before);
  });

  test.each([Buffer.from([0xff, 0xfe, 0x00]), Buffer.alloc(3)])(
    'when a request is not a text (%j) then it is refused',
    async (bytes) => {
      const cwd = makeExampleProject({ 'query.bin': '' });
      execFileSync(
        '/bin/sh',
        ['-c', `printf '${[...bytes].map((byte) => `\\${byte.toString(8)}`).join('')}' > query.bin`],
        { cwd },
      );
      expect(await portiaHere(['run', '@query.bin', '--yes'], { cwd })).toMatchObject({
        stdout: '',
        code: expect.toSatisfy((code) => code === 2 || code === 4),
      });
    },
  );
});
