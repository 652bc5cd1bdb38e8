import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Problem } from '../../src/domain/errors.js';
import { ADD_PLAN_ID, addPlan, makeExampleProject } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

/** `severity rule line:column pointer` of every problem. */
function placesOf({ stdout }: Ended): string[] {
  const { problems } = JSON.parse(stdout) as { problems: Problem[] };
  return problems.map(
    (problem) => `${problem.severity} ${problem.rule} ${problem.line}:${problem.column} ${problem.pointer}`,
  );
}

const YAML = `plan_context: {query: q, tool_ids: []}
steps:
  # The total.
  - kind: tool
    tool_id: calculater_tool
    args: {math_question: 1 + 2}
    output: $total
  - kind: user_verify
    message: Send {{ $totl }}?
  - kind: exit
    message: Done.
  - kind: while
    when: $total > 3
    steps:
      - {kind: tool, tool_id: file_writer_tool, args: {filename: 7, content: x}, output: $file}
`;

const EXPECTED = [
  'error unknown-tool 5:14 /steps/0/tool_id',
  'note asks-a-person 8:5 /steps/1',
  'error unknown-reference 9:14 /steps/1/message',
  'warning unbounded-loop 12:5 /steps/3',
  'warning unreachable 12:5 /steps/3',
  'note acts 15:9 /steps/3/steps/0',
  'error type-clash 15:66 /steps/3/steps/0/args/filename',
];

describe('places of problems', () => {
  test('when a YAML plan has problems then each has its line and column, in the order of the text', async () => {
    const cwd = makeExampleProject({ 'p.yaml': YAML });
    const checked = await portiaHere(['check', 'p.yaml'], { cwd });
    expect(checked.code).toBe(2);
    expect(placesOf(checked).sort()).toEqual([...EXPECTED].sort());
    expect(placesOf(await portiaHere(['check', '-'], { cwd, input: YAML }))).toEqual(placesOf(checked));
  });

  test('when a person looks then each has file:line:column, and a line sums up what a run asks and changes', async () => {
    const cwd = makeExampleProject({ 'p.yaml': YAML });
    const { stdout } = await portiaHere(['check', 'p.yaml', '--format', 'human'], { cwd });
    expect(stdout).toContain(
      'There is no tool calculater_tool. Did you mean calculator_tool?\n    p.yaml:5:14  step 1, tool_id  [unknown-tool]\n',
    );
    expect(stdout).toContain('asks a person: step 2; acts: step 4.1 file_writer_tool (idempotent)\n');
  });

  test('when a JSON plan has problems then they have places, also those of its shape', async () => {
    const text =
      '{ "plan_context": { "query": "q", "tool_ids": [] },\n  "steps": [\n    { "kind": "compute", "expression": "1 +", "output": "a" } ] }';
    const cwd = makeExampleProject({ 'p.json': text, 'shape.json': text.replace('"1 +"', '7') });
    expect(placesOf(await portiaHere(['check', 'p.json'], { cwd }))).toEqual([
      'error expression 3:40 /steps/0/expression',
    ]);
    expect(placesOf(await portiaHere(['check', 'shape.json'], { cwd }))).toEqual([
      'error shape 3:40 /steps/0/expression',
    ]);
    const { why } = expectError(await portiaHere(['run-plan', 'shape.json'], { cwd }), {
      code: 'invalid-plan',
      exit: 2,
    });
    expect(why).toMatch(/^Line 3, column 40, step 1, expression: must be a string/);
  });

  test('when the plan is kept and given by its id then its file is shown', async () => {
    const cwd = makeExampleProject();
    mkdirSync(join(cwd, 'plans'));
    const steps = [{ kind: 'compute', expression: '$nothing', output: 'a' }];
    writeFileSync(join(cwd, `plans/${ADD_PLAN_ID}.json`), JSON.stringify(addPlan({ steps }), null, 2));
    const { code, stdout } = await portiaHere(['check', ADD_PLAN_ID, '--format', 'human'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toContain(`${ADD_PLAN_ID}: 1 error`);
    expect(stdout).toContain(`plans/${ADD_PLAN_ID}.json:12:21  step 1, expression  [unknown-reference]`);
    expect(JSON.parse((await portiaHere(['check', ADD_PLAN_ID], { cwd })).stdout)).toMatchObject({ plan: ADD_PLAN_ID });
  });

  test('when there are only warnings and notes then it exits 0', async () => {
    const cwd = makeExampleProject({
      'p.yaml': YAML.replace('calculater', 'calculator').replace('totl', 'total').replace('filename: 7', 'filename: x'),
    });
    const checked = await portiaHere(['check', 'p.yaml'], { cwd });
    expect(checked.code).toBe(0);
    expect(placesOf(checked)).toHaveLength(EXPECTED.length - 3);
  });
});

describe('plans that run plans', () => {
  const inner = (id: string, steps: object[]) =>
    JSON.stringify(addPlan({ id, steps, plan_inputs: [{ name: 'n', default: 1 }] }));
  const other = ADD_PLAN_ID.replace('a1', 'b2');
  const run = (plan: string | object, inputs = {}) => ({ kind: 'plan', plan, inputs, output: '$p' });

  test('when inner plans are kept then they are judged, too', async () => {
    const cwd = makeExampleProject({
      [`plans/${other}.json`]: inner(other, [run(ADD_PLAN_ID)]),
      [`plans/${ADD_PLAN_ID}.json`]: inner(ADD_PLAN_ID, [run(other)]),
      'outer.json': addPlan({
        id: undefined,
        steps: [
          run(other, { m: 1 }),
          {
            ...run({
              plan_context: { query: 'q', tool_ids: [] },
              steps: [{ kind: 'compute', expression: '$no', output: 'a' }],
            }),
            output: '$q',
          },
        ],
      }),
    });
    const rules = placesOf(await portiaHere(['check', 'outer.json'], { cwd })).map((place) =>
      place.replace(/ \d+:\d+/, ''),
    );
    expect(rules).toEqual(
      expect.arrayContaining([
        'error plan-circle /steps/0/plan',
        'error unknown-input /steps/0/inputs/m',
        'error unknown-reference /steps/1/plan/steps/0/expression',
      ]),
    );
  });

  test('when the shape of a plan inside is wrong then the place inside is reported, and whatever else is wrong', async () => {
    const inside = { plan_context: { query: 'q', tool_ids: [] }, steps: [{ kind: 'tool', output: 'a' }] };
    const cwd = makeExampleProject({ 'outer.json': addPlan({ steps: [run(inside), run({ steps: [] })] }) });
    const { stdout } = await portiaHere(['check', 'outer.json'], { cwd });
    const { problems } = JSON.parse(stdout) as { problems: Problem[] };
    expect(problems.map(({ pointer, message }) => `${pointer} ${message}`)).toEqual([
      expect.stringMatching(/^\/steps\/0\/plan\/steps\/0\/tool_id .*is missing; must be a string/),
      expect.stringMatching(/^\/steps\/1\/plan\/plan_context .*is missing; must be an object/),
      '/steps/1/plan/steps The plan has no steps.',
      '/steps/1/output This step and step 1 both leave $p under the same condition.',
    ]);
  });

  test('when an inner plan is not there, or cannot be read, then that is reported', async () => {
    const cwd = makeExampleProject({
      [`plans/${other}.json`]: '{',
      'outer.json': addPlan({ id: undefined, steps: [run(other), { ...run(ADD_PLAN_ID), output: '$q' }] }),
    });
    const checked = await portiaHere(['check', 'outer.json'], { cwd });
    expect(placesOf(checked).filter((place) => place.includes('unknown-plan'))).toHaveLength(2);
    expect(checked.stderr).toMatch(new RegExp(`${other}\\.json\\s+cannot be read`));
  });
});

/** Plans that mean harm, as steps; the file is written as JSON, which is YAML, too. */
const HOSTILE: [what: string, plan: string, code: number, says: RegExp][] = [
  ['an output named constructor', planOf([{ kind: 'compute', expression: '1', output: 'constructor' }]), 0, /problems/],
  [
    'an output named __proto__',
    planOf([{ kind: 'compute', expression: '$__proto__', output: '__proto__' }]),
    2,
    /used-too-early/,
  ],
  ['a name __proto__', planOf([]).replace('"steps"', '"__proto__":{"x":1},"steps"'), 2, /__proto__/],
  ['a tool named constructor', planOf([{ kind: 'tool', tool_id: 'constructor', output: 'a' }]), 2, /unknown-tool/],
  [
    'an argument named constructor',
    planOf([{ kind: 'tool', tool_id: 'calculator_tool', args: { constructor: 1 }, output: 'a' }]),
    2,
    /unknown-argument/,
  ],
  ['depth 10,000', planOf([]).replace('[]}', `${'['.repeat(10_000)}${']'.repeat(10_000)}}`), 2, /nested deeper/],
  [
    'a template that contains itself',
    planOf([{ kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '{{ $a }}' }, output: '$a' }]),
    2,
    /used-too-early/,
  ],
  [
    'a template in a template',
    planOf([{ kind: 'exit', message: '{{ "{{ {{ {{ $a }} }} }}" }} {{ {{ 1 }} }}' }]),
    2,
    /expression/,
  ],
  [
    'an expression of brackets only',
    planOf([{ kind: 'compute', expression: '('.repeat(50_000), output: 'a' }]),
    2,
    /expression/,
  ],
  [
    'an expression that never ends',
    planOf([{ kind: 'compute', expression: '($f := function($x) { $f($x) }; $f(1))', output: 'a' }]),
    0,
    /problems/,
  ],
  [
    'a regular expression that looks around',
    planOf([{ kind: 'compute', expression: '$match("a", /(?=a)/)', output: 'a' }]),
    2,
    /regular expressions/,
  ],
];

function planOf(list: object[]): string {
  return JSON.stringify({ plan_context: { query: 'q', tool_ids: [] }, steps: list });
}

describe('hostile plans', () => {
  test.each(HOSTILE)('when there is %s then check says so, in JSON and in YAML', async (_what, plan, exit, says) => {
    const cwd = makeExampleProject({ 'p.json': plan, 'p.yaml': `--- # YAML\n${plan}` });
    const before = listFolder(cwd);
    for (const name of ['p.json', 'p.yaml']) {
      const { code, stdout, stderr } = await portiaHere(['check', name], { cwd });
      expect({ code, said: stdout + stderr }).toEqual({ code: exit, said: expect.stringMatching(says) });
      expect(stdout + stderr).not.toMatch(/ {4}at |internal/);
    }
    expect(listFolder(cwd)).toEqual(before);
  });

  test('when an expression never ends then the run ends by the limit, says so and exits 2', async () => {
    const [, plan = ''] = HOSTILE.find(([what]) => what.includes('never ends')) ?? [];
    const cwd = makeExampleProject({ 'p.yaml': `--- # YAML\n${plan}` });
    const { code, stdout, stderr } = await portiaHere(['run-plan', 'p.yaml'], { cwd });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'FAILED', error: { code: 'expression-endless', step: '0' } });
    expect(stderr).toMatch(/portia edit plan-\S+ {3}# correct the expression/);
    expect(stderr).toMatch(/takes longer than (450|900|1800|3600) ms; most likely it never ends/);
    expect(stdout + stderr).not.toMatch(/ {4}at |internal/);
  });

  test('when a plan has 2 MB and a problem in every step then all are reported', async () => {
    const list = Array.from({ length: 2_000 }, (_, index) => ({
      kind: 'compute',
      expression: `$count([${index}]) & "${'x'.repeat(900)}"`,
      output: `n${index}`,
    }));
    const cwd = makeExampleProject({ 'p.json': planOf(list).replaceAll('{"kind"', '\n{"kind"') });
    const checked = await portiaHere(['check', 'p.json'], { cwd });
    const places = placesOf(checked);
    expect(places).toHaveLength(1_999);
    expect(places.at(-1)).toMatch(/^warning unused 2000:\d+ \/steps\/1998\/output$/);
  });
});

describe('a JSON Schema that no value could be held to', () => {
  const broken = { type: 'nonsense' };
  const ask = { kind: 'user_input', message: 'How many?', schema: { $ref: '#/$defs/none' }, output: 'n' };
  const inner = { plan_context: { query: 'q', tool_ids: [] }, steps: [ask] };
  const plan = addPlan({
    id: undefined,
    plan_inputs: [{ name: 'city', schema: broken, default: 'Oslo' }],
    steps: [
      { kind: 'for_each', over: '[$city]', as: 'one', steps: [ask] },
      { kind: 'llm', task: 'Say {{ $city }}', inputs: [], output_schema: broken, output: 'said' },
      { kind: 'plan', plan: inner, inputs: {}, output: 'all' },
    ],
    output_schema: { type: 'object', properties: 3 },
  });

  test('when a plan has it anywhere then check tells each place, and the plan is not begun', async () => {
    const cwd = makeExampleProject({ 'p.json': plan });
    const checked = await portiaHere(['check', 'p.json'], { cwd });
    const { problems } = JSON.parse(checked.stdout) as { problems: Problem[] };
    expect(problems.filter(({ severity }) => severity === 'error').map(({ pointer }) => pointer)).toEqual([
      '/steps/0/steps/0/schema',
      '/steps/1/output_schema',
      '/steps/2/plan/steps/0/schema',
      '/plan_inputs/0/schema',
      '/output_schema',
    ]);
    expect(checked.code).toBe(2);
    const before = listFolder(cwd);
    const { why } = expectError(await portiaHere(['run-plan', 'p.json'], { cwd }), { code: 'invalid-plan', exit: 2 });
    expect(why).toContain('Step 1.1, schema: The JSON Schema cannot be used');
    expect(listFolder(cwd)).toEqual(before);
  });
});
