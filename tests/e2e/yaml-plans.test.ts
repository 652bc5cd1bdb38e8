import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';

import { addPlan, completeRun, makeExampleProject } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, planIds, playModel, readPlan, readRun } from '../support/scenario.js';

const HEAD = 'plan_context: {query: Add, tool_ids: []}\n';
const ADD = `# What a person may say about it.
${HEAD}steps:
  - kind: tool
    tool_id: calculator_tool   # exact
    args: {math_question: 1 + 2}
    output: $result
`;

describe('a plan in YAML', () => {
  test.each(['process.yaml', 'process.yml', 'process.txt', '-'])(
    'when it is given as %s then it runs',
    async (name) => {
      const cwd = makeExampleProject(name === '-' ? {} : { [name]: ADD });
      const input = name === '-' ? ADD : '';
      const file = name === '-' ? name : `./${name}`;
      expect(await portiaHere(['run-plan', file, '--format', 'value'], { cwd, input })).toMatchObject({
        code: 0,
        stdout: '3\n',
      });
      const [id = ''] = planIds(cwd);
      expect(readPlan(cwd, id).steps[0]).toMatchObject({ tool_id: 'calculator_tool', output: '$result' });
      expect(await portiaHere(['check', file], { cwd, input })).toMatchObject({ code: 0 });
      expect(JSON.parse((await portiaHere(['show', file], { cwd, input })).stdout)).toMatchObject({ id });
    },
  );

  test('when the same plan is JSON then it has the same id', async () => {
    const plan = addPlan({
      id: undefined,
      metadata: undefined,
      note: 'a: b #c',
      steps: [{ kind: 'compute', expression: '1', output: 'x', when: 'true' }],
    });
    const cwd = makeExampleProject({ 'a.json': plan, 'a.yaml': stringify(JSON.parse(JSON.stringify(plan))) });
    const ids = await Promise.all(
      ['a.json', 'a.yaml'].map(
        async (name) => (JSON.parse((await portiaHere(['show', name], { cwd })).stdout) as { id: string }).id,
      ),
    );
    expect(ids[0]).toBe(ids[1]);
  });

  test('when it is an example for the planner then the model sees it', async () => {
    const model = await playModel([{ reply: { json: { steps: [], error: 'no' } } }]);
    const cwd = makeExampleProject({ 'process.yaml': ADD });
    expect(
      await portiaHere(['plan', 'add 3 and 4', '--planner', 'model', '--example', 'process.yaml'], {
        cwd,
        env: model.environment,
      }),
    ).toMatchObject({ code: 5 });
    expect(JSON.stringify(model.requests)).toContain('1 + 2');
  });

  test('when a run is YAML then it is shown', async () => {
    const cwd = makeExampleProject();
    const id = await completeRun(cwd);
    const input = stringify(readRun(cwd, id));
    expect(JSON.parse((await portiaHere(['show', '-'], { cwd, input })).stdout)).toEqual(onlyRun(cwd));
  });

  test('when it begins as JSON does, or is called .json, then it is JSON', async () => {
    const cwd = makeExampleProject({ 'flow.yaml': '{steps: []}', 'block.json': ADD });
    for (const [name, place] of [
      ['flow.yaml', 'Line 1, column 2'],
      ['block.json', 'Line 1, column 1'],
    ] as const) {
      const { why } = expectError(await portiaHere(['check', name], { cwd }), { code: 'unreadable', exit: 2 });
      expect(why).toContain(`It is not JSON. ${place}`);
    }
  });

  test('when it has 5 MB then it runs', async () => {
    const step = (index: number) =>
      `  - {kind: compute, expression: "${index}", output: $n${index}, when: "${index === 0}", name: ${'x'.repeat(4_900)}}\n`;
    const cwd = makeExampleProject({
      'huge.yaml': `${HEAD}steps:\n${Array.from({ length: 1_000 }, (_, index) => step(index)).join('')}`,
    });
    expect(await portiaHere(['run-plan', 'huge.yaml', '--format', 'value', '-q'], { cwd })).toMatchObject({
      code: 0,
      stdout: '0\n',
    });
  });
});

/** What is wrong with a YAML file, and where and why it says that it cannot be read. */
const BAD: [what: string, content: string, says: RegExp, fix: RegExp][] = [
  ['empty', '# nothing\n', /It is not YAML. Line 1, column 1: nothing but comments/, /./],
  ['a text', 'hello', /Line 1, column 1: there is only a text/, /Write names and values/],
  ['indented by a tab', `${HEAD}steps:\n\t- kind: exit`, /Line 3, column 1: tabs/, /spaces/],
  ['of two documents', `${ADD}---\n${ADD}`, /Line 8, column 1: a second document/, /files of their own/],
  [
    'with a key given twice',
    `${ADD}steps: []\n`,
    /Line 8, column 1: the name "steps" is given twice/,
    /remove one of the two/,
  ],
  ['with a number as a name', `${ADD}7: x\n`, /Line 8, column 1: a name is a text, not the number 7/, /"7"/],
  ['with __proto__', `${ADD}__proto__: {polluted: true}\n`, /Line 8, column 1: the name "__proto__"/, /./],
  ['with a merge key', `${ADD}<<: {a: 1}\n`, /Line 8, column 1: merge keys/, /names out/],
  ['with a tag', `${ADD}x: !!js/function 'process.exit()'\n`, /Line 8, column 4: unresolved tag/, /tag/],
  ['with NaN', `${ADD}x: .nan\n`, /Line 8, column 4: this is not a number/, /quotes/],
  ['with an alias of itself', `${ADD}x: &x [*x]\n`, /Line 8, column 8: \*x contains itself/, /./],
  [
    'a billion laughs',
    `a0: &a0 [lol]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`).join('\n')}`,
    /Line 5, column \d+: aliases repeat/,
    /fewer/,
  ],
  [
    'of depth 10,000',
    `${HEAD}steps: ${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    /Line 2, column \d+: nested deeper/,
    /./,
  ],
  ['of depth 10,000 in blocks', `${HEAD}steps:\n${'- '.repeat(10_000)}a`, /Line 3, column \d+: nested deeper/, /./],
  ['truncated', ADD.slice(0, ADD.indexOf('+ 2}')), /Line 6, column \d+/, /./],
];

describe('a bad plan in YAML', () => {
  test.each(BAD)('when it is %s then run-plan and check say where, and exit 2', async (_what, content, says, fix) => {
    const cwd = makeExampleProject({ 'bad.yaml': content });
    const before = listFolder(cwd);
    for (const [command, input] of [
      ['run-plan', 'bad.yaml'],
      ['check', '-'],
    ] as const) {
      const error = expectError(await portiaHere([command, input], { cwd, input: content }), {
        code: 'unreadable',
        exit: 2,
      });
      expect(error.why).toMatch(says);
      expect(error.fix).toMatch(fix);
    }
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when its shape is wrong then every problem has its line and column', async () => {
    const cwd = makeExampleProject({
      'bad.yaml': `${HEAD}steps:\n  - kind: tool\n    tool_id: 7\n    args: {}\n  - kind: magic\n`,
    });
    const { why } = expectError(await portiaHere(['run-plan', 'bad.yaml'], { cwd }), { code: 'invalid-plan', exit: 2 });
    expect(why).toMatch(/^Line 4, column 14, step 1, tool_id: must be a string/);
    expect(why).toMatch(/Line 6, column 11, step 2, kind: must be one of/);
  });

  test('when it has 1 GB then it is refused before it is read', async () => {
    const cwd = makeExampleProject();
    execFileSync('truncate', ['-s', '1G', join(cwd, 'huge.yaml')]);
    for (const command of ['run-plan', 'check', 'show'])
      expect(
        expectError(await portiaHere([command, 'huge.yaml'], { cwd }), { code: 'unreadable', exit: 2 }).why,
      ).toContain('bytes');
  });
});
