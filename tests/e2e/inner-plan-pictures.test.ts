import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeEditor } from '../support/editor-script.js';
import { addPlan } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { openPortia } from '../support/scenario.js';

const idOf = (letter: string) => `plan-00000000-0000-4000-8000-00000000000${letter}`;
const LEAF = idOf('c');
const LOOP = idOf('b');
const GONE = idOf('d');

const write = { kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'a.txt', content: 'x' }, output: '$file' };
const runs = (plan: unknown, inputs = {}) => ({ kind: 'plan', plan, inputs, output: '$ran' });
const inline = (query: string, steps: unknown[]) => ({ plan_context: { query, tool_ids: [] }, steps });

const LEAF_PLAN = addPlan({
  id: LEAF,
  plan_context: { query: 'write one', tool_ids: [] },
  plan_inputs: [{ name: 'city', default: 'London' }],
  steps: [write, { kind: 'llm', task: 'Think', inputs: [], output: '$thought' }],
});
const LOOP_PLAN = addPlan({
  id: LOOP,
  plan_context: { query: 'write all', tool_ids: [] },
  plan_inputs: [],
  steps: [{ kind: 'for_each', over: [1, 2], as: 'item', steps: [runs(LEAF)], output: '$all' }],
});

/** A plan that runs another, which runs a third in a loop; in a branch, it runs the third itself. */
const TOP = inline('top', [
  runs(LOOP),
  { kind: 'if', branches: [{ when: 'true', steps: [runs(LEAF, { city: 'Paris' })] }] },
  runs(inline('written here', [{ kind: 'tool', tool_id: 'send_mail', args: {}, output: '$sent' }])),
]);

function project(files: Record<string, object> = {}): string {
  return makeProject({
    [`plans/${LEAF}.json`]: LEAF_PLAN,
    [`plans/${LOOP}.json`]: LOOP_PLAN,
    'top.json': TOP,
    ...files,
  });
}

async function treeOf(file: string, cwd: string): Promise<string> {
  const { stdout } = await portiaHere(['show', file, '--as', 'tree'], { cwd });
  return stdout.replace(/^ {5,}/gm, '    ').replaceAll(/ {2,}/g, '  ');
}

describe('the picture of a plan', () => {
  test('when plans run plans then all of their steps are shown, each plan once, and all are counted', async () => {
    const tree = await treeOf('top.json', project());
    expect(tree.slice(tree.indexOf(' 1 '))).toBe(` 1 ▸ plan  write all
  runs ${LOOP}
  → $ran
  1.1 ▸ for each  $item in [1,2]  → $all
  1.1.1 ▸ plan  write one
  runs ${LEAF}
  by default city: "London"
  → $ran
  1.1.1.1 ■ file_writer_tool
  with filename: "a.txt"
  with content: "x"
  → $file
  1.1.1.2 ◆ llm  Think  → $thought
 2 ▸ if
  2.1 ▸ branch  when true
  2.1.1 ▸ plan  write one
  runs
  ${LEAF},
  whose steps are shown below 1.1.1
  with inputs city: "Paris"
  → $ran
 3 ▸ plan  written here
  runs a plan inside this one
  → $ran
  3.1 ■ send_mail  → $sent

  11 steps · 2 tools · at least 2 model calls · acts with file_writer_tool,
  portia check says what these do: send_mail
`);
  });

  test('when a plan inside is not here or runs itself then this is said', async () => {
    const cwd = project({ 'gone.json': inline('gone', [runs(GONE)]) });
    const tree = await treeOf('gone.json', cwd);
    expect(tree.slice(tree.indexOf(' 1 ')).replace(/\s+/g, ' ')).toBe(
      ` 1 ▸ plan runs ${GONE}, which is not in plans/: its steps are not known → $ran ` +
        `1 step · 0 tools · perhaps model calls · not counted: ${GONE} `,
    );
    const circle = addPlan({ id: GONE, steps: [runs(GONE)] });
    const other = project({ [`plans/${GONE}.json`]: circle });
    expect(await treeOf(GONE, other)).toMatch(/again, inside itself:\s+it\s+cannot\s+be\s+run/);
  });

  test('when a plan is checked then what the plans inside it come to is counted', async () => {
    const cwd = project({
      'sound.json': inline('sound', [runs(LOOP), { ...runs(inline('here', [write])), output: '$other' }]),
    });
    const { code, stdout } = await portiaHere(['check', 'sound.json', '--format', 'human'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('7 steps · 1 tool · at least 1 model call · acts with file_writer_tool');
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'acts: step 1 file_writer_tool (idempotent), step 2.1 file_writer_tool (idempotent)',
    );
    const { stdout: json } = await portiaHere(['check', 'sound.json', '--json'], { cwd });
    expect(JSON.parse(json)).toMatchObject({
      counts: { steps: 7, tools: ['file_writer_tool'], model_calls: 1, more_model_calls: true },
    });
    const broken = await portiaHere(['check', 'top.json', '--json'], { cwd });
    expect({ code: broken.code, counts: 'counts' in JSON.parse(broken.stdout) }).toEqual({ code: 2, counts: false });
  });

  test('when a person adds a plan at the question then its steps are shown before they are asked again', async () => {
    const cwd = project({ 'new.json': inline('new', [runs(LEAF)]) });
    const editor = makeEditor(cwd, `cp ${join(cwd, 'new.json')} "$1"`);
    const terminal = openPortia(['run', 'add 1 + 2'], { cwd, env: { EDITOR: editor } });
    await terminal.waitFor('Run this plan?');
    terminal.type('e');
    terminal.press('enter');
    await terminal.waitFor('acts with file_writer_tool');
    expect(terminal.screen()).toContain('1.2 ◆ llm');
    terminal.press('ctrl-c');
    await terminal.exit();
  });
});
