import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Plan } from '../../src/domain/plan/plan.js';
import { compute, STEPS_OF_EVERY_KIND } from '../domain/plan-examples.js';
import { makeEditor, makeTypedEditor } from '../support/editor-script.js';
import { ADD_PLAN_ID, addPlan, completeRun, makeExampleProject } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, portia, startPortia, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { openPortia, planIds, readPlan } from '../support/scenario.js';

const NEW_SUM = "sed -i.bak 's/1 + 2/1 + 5/'";

/** A project whose copies for editors lie in `tmp`. */
function project(files: Record<string, string | object> = {}): { cwd: string; env: { TMPDIR: string } } {
  const cwd = makeExampleProject(files);
  mkdirSync(join(cwd, 'tmp'));
  return { cwd, env: { TMPDIR: join(cwd, 'tmp') } };
}

function edit({ cwd, env }: ReturnType<typeof project>, editor: string, args = ['plan.json']): Promise<Ended> {
  return portiaHere(['edit', ...args], { cwd, env: { ...env, EDITOR: editor } });
}

const copies = (cwd: string) => readdirSync(join(cwd, 'tmp'));
const planOf = ({ stdout }: Ended) => JSON.parse(stdout) as Plan;

describe('portia edit', () => {
  test('when an editor changes the copy then the result is another plan, and both are kept', async () => {
    const at = project();
    const result = await edit(at, NEW_SUM);
    expect(result.code).toBe(0);
    const plan = planOf(result);
    expect(plan).toMatchObject({ derived_from: ADD_PLAN_ID, metadata: { planner: 'hand' } });
    expect(plan.id).not.toBe(ADD_PLAN_ID);
    expect(planIds(at.cwd)).toEqual([ADD_PLAN_ID, plan.id]);
    expect(readPlan(at.cwd, plan.id)).toEqual(plan);
    expect(result.stderr).toContain(
      '~  1 ■ calculator_tool  → $result\n      args.math_question  - "1 + 2"  + "1 + 5"',
    );
    expect(result.stderr).toContain(`Next  portia run-plan ${plan.id}`);
    expect(copies(at.cwd)).toEqual([]);
    const ran = await portiaHere(['run-plan', plan.id, '--format', 'value'], { cwd: at.cwd });
    expect(ran.stdout).toBe('6\n');
  });

  test('when the plan is stored then what was made from its steps is made anew', async () => {
    const at = project({
      'compute.json': addPlan({ steps: [{ kind: 'compute', expression: '1 + 2', output: '$a' }] }),
    });
    await portiaHere(['run-plan', 'compute.json'], at);
    const plan = planOf(await edit(at, NEW_SUM, ['last']));
    expect(plan.steps).toMatchObject([{ task: 'Compute 1 + 5', expression: '1 + 5' }]);
  });

  test('when one step is edited then the steps of every kind around it stay as they are', async () => {
    const { plan: _stored, tool, ...others } = STEPS_OF_EVERY_KIND;
    const call = { ...tool, args: { search_query: '{{ $list[0] }}' } };
    const inner = { plan_context: { query: 'two' }, steps: [compute('1 + 1', '$two')] };
    const plan = { kind: 'plan', plan: inner, inputs: {}, output: '$inner' };
    const all = Object.entries({ ...others, tool: call, plan }).map(([kind, step]) => ({
      ...step,
      name: `The ${kind}`,
      retries: 1,
    }));
    const steps = [compute('1 + 2', '$sum'), ...all];
    const inputs = [{ name: '$list', description: 'Names.', default: ['Ada'], schema: { type: 'array' } }];
    const at = project({ 'every.json': addPlan({ steps, plan_inputs: inputs, summarize: true }) });
    const before = planOf(await portiaHere(['show', 'every.json', '--json'], at));
    const after = planOf(await edit(at, NEW_SUM, ['every.json']));
    expect(after.steps[0]).toMatchObject({ expression: '1 + 5' });
    for (const [index, step] of before.steps.entries()) if (index > 0) expect(after.steps[index]).toMatchObject(step);
    expect(after).toMatchObject({ plan_inputs: before.plan_inputs, summarize: true });
  });

  test('when VISUAL is set too then it is the editor', async () => {
    const { cwd, env } = project();
    const result = await portiaHere(['edit', 'plan.json'], { cwd, env: { ...env, VISUAL: NEW_SUM, EDITOR: 'false' } });
    expect(result.code).toBe(0);
  });

  test('when the copy is open then only this user can read it, and it is the plan in readable lines', async () => {
    const at = project();
    const editor = makeEditor(at.cwd, `ls -ld "$(dirname "$1")" "$1" > "${at.cwd}/seen"; cat "$1" > "${at.cwd}/copy"`);
    await edit(at, editor);
    expect(readFileSync(join(at.cwd, 'seen'), 'utf8')).toMatch(/^drwx------.*\n-rw-------.*\n$/);
    expect(JSON.parse(readFileSync(join(at.cwd, 'copy'), 'utf8'))).toMatchObject({ id: ADD_PLAN_ID });
    expect(readFileSync(join(at.cwd, 'copy'), 'utf8').split('\n').length).toBeGreaterThan(10);
  });

  test.each([
    ['does nothing', 'true'],
    ['changes only what is ours', `sed -i.bak -e 's/"hand"/"model"/' -e 's/000a1/000ff/' -e 's/2026/2027/'`],
    ['changes only the layout', 'sed -i.bak "s/^ *//"'],
  ])('when the editor %s then nothing is kept, and the plan is the answer', async (_what, editor) => {
    const at = project();
    const result = await edit(at, editor);
    expect(result.code).toBe(0);
    expect(planOf(result)).toMatchObject({ id: ADD_PLAN_ID });
    expect(result.stderr).toContain('Nothing was changed: plan.json stays as it is.');
    expect(existsSync(join(at.cwd, 'plans'))).toBe(false);
    expect(copies(at.cwd)).toEqual([]);
  });

  test('when the plan comes through a pipe then it is edited alike', async () => {
    const { cwd, env } = project();
    const input = JSON.stringify(addPlan());
    const result = await portiaHere(['edit', '-'], { cwd, env: { ...env, EDITOR: NEW_SUM }, input });
    expect(planOf(result)).toMatchObject({ derived_from: ADD_PLAN_ID });
  });

  test('when the editor writes to standard output then the answer is still the plan alone', async () => {
    const at = project();
    const EDITOR = makeEditor(at.cwd, `echo noise; ${NEW_SUM} "$1"`);
    const result = await portia(['edit', 'plan.json'], { cwd: at.cwd, env: { ...at.env, EDITOR } });
    expect(planOf(result).steps).toHaveLength(1);
    expect(result.stderr).toContain('noise');
  });

  test('when the edit brings a tool then it is listed, and a warning that is new is reported', async () => {
    const at = project();
    const editor = makeEditor(
      at.cwd,
      `sed -i.bak 's/"steps": \\[/&{"kind":"tool","tool_id":"list_tables","args":{},"output":"$t"},/' "$1"`,
    );
    const result = await edit(at, editor);
    expect(planOf(result).plan_context.tool_ids).toEqual(['calculator_tool', 'list_tables']);
    expect(result.stderr).toContain('Nothing uses $t.');
  });

  test('when a plan cannot be run as it is then it can be corrected', async () => {
    const broken = [{ kind: 'compute', expression: '1 +', output: '$a' }];
    const at = project({ 'broken.json': addPlan({ steps: broken }) });
    const plan = planOf(await edit(at, `sed -i.bak 's/1 +/1 + 2/'`, ['broken.json']));
    expect(plan).toMatchObject({ derived_from: ADD_PLAN_ID, steps: [{ expression: '1 + 2' }] });
    expect(planIds(at.cwd)).toEqual([plan.id]);
  });
});

describe('what portia edit refuses', () => {
  test.each([
    ['shape', `sed -i.bak 's/"args"/"arguments"/; s/"tool_id"/"tool"/'`, /^Step 1, tool_id: tool_id is missing/m],
    ['tool', `sed -i.bak 's/"calculator_tool"/"no_such_tool"/'`, /^Step 1, tool_id: There is no tool no_such_tool/m],
    ['names', `sed -i.bak 's/"1 + 2"/"{{ $nothing }}"/'`, /^Step 1, args, math_question: Nothing defines \$nothing/m],
    ['JSON', `sed -i.bak 's/"steps": \\[/"steps": [,/'`, /It is not JSON\. Line \d+, column \d+/],
    ['text', `printf '\\377\\376' >`, /Cannot read/],
    ['a list', `echo '[]' >`, /not a list/],
  ])(
    'when the %s is broken then all of it is reported, nothing is kept in plans/, and the text is not lost',
    async (_what, editor, says) => {
      const at = project();
      const result = await edit(at, editor);
      const error = expectError(result, { code: 'invalid-plan', exit: 2 });
      expect(result.stdout).toBe('');
      expect(error.why).toMatch(says);
      const [, kept = ''] = /The edited text is kept in (\S+)\.$/m.exec(error.why ?? '') ?? [];
      expect(statSync(kept).mode & 0o777).toBe(0o600);
      expect(error.fix).toBe(`portia check ${kept}\nportia run-plan ${kept}   # once it is corrected`);
      expect(existsSync(join(at.cwd, 'plans'))).toBe(false);
    },
  );

  test('when several things are wrong then each is reported with its place', async () => {
    const result = await edit(project(), `sed -i.bak 's/"calculator_tool"/"no_such"/; s/"1 + 2"/"{{ $x + $y }}"/'`);
    const { why } = expectError(result, { code: 'invalid-plan', exit: 2 });
    for (const part of ['no_such', '$x', '$y']) expect(why).toContain(part);
  });

  test.each([
    ['empty', 'truncate -s 0', /empty/],
    ['gone', 'rm', /There is no file/],
  ])('when the copy is %s then there is nothing to keep', async (_what, editor, says) => {
    const at = project();
    const { why } = expectError(await edit(at, editor), { code: 'invalid-plan', exit: 2 });
    expect(why).toMatch(says);
    expect(copies(at.cwd)).toEqual([]);
  });

  test.each([
    ['fails', 'false', /false ended with exit code 1/],
    ['is missing', 'no-such-editor', /no program for: no-such-editor/],
    ['is killed', 'kill -9 $$ #', /was ended by SIGKILL|exit code 137/],
  ])('when the editor %s then nothing is changed', async (_what, editor, says) => {
    const at = project();
    const before = listFolder(at.cwd);
    const { why } = expectError(await edit(at, editor), { code: 'usage', exit: 2 });
    expect(why).toMatch(says);
    expect(listFolder(at.cwd)).toEqual(before);
  });

  test('when the editor fails after it wrote then what was written is not lost', async () => {
    const at = project();
    const { why, fix } = expectError(await edit(at, makeEditor(at.cwd, `${NEW_SUM} "$1"; exit 3`)), {
      code: 'usage',
      exit: 2,
    });
    expect(why).toContain('The edited text is kept in');
    const ran = await portiaHere([...(fix ?? '').split(' ').slice(1), '--format', 'value'], { cwd: at.cwd });
    expect(ran).toMatchObject({ code: 0, stdout: '6\n' });
  });

  test.each([[{}], [{ EDITOR: '' }], [{ VISUAL: ' ' }]])(
    'when %j names no editor then it says what to set',
    async (env) => {
      const { cwd } = project();
      const error = expectError(await portiaHere(['edit', 'plan.json'], { cwd, env }), { code: 'usage', exit: 2 });
      expect(error.why).toBe(
        'Neither VISUAL nor EDITOR is set. Nobody can type here either: standard input is not a terminal.',
      );
      expect(error.fix).toContain('export EDITOR=');
    },
  );

  test("when only the project's .env names an editor then it is not started", async () => {
    const at = project({ '.env': 'EDITOR="touch started"\n' });
    expectError(await portiaHere(['edit', 'plan.json'], at), { code: 'usage', exit: 2 });
    expect(existsSync(join(at.cwd, 'started'))).toBe(false);
  });

  test.each([
    ['an unknown id', 'plan-0000', 'not-found'],
    ['no such file', 'nothing.json', 'not-found'],
    ['a text', 'notes.md', 'unreadable'],
  ])('when %s is to be edited then the editor is not opened', async (_what, name, code) => {
    const at = project();
    expectError(await edit(at, 'touch started; true', [name]), { code, exit: 2 });
    expect(existsSync(join(at.cwd, 'started'))).toBe(false);
  });

  test('when a run is to be edited then it says that it is one', async () => {
    const at = project();
    const run = await completeRun(at.cwd);
    const { why } = expectError(await edit(at, 'true', [run]), { code: 'not-found', exit: 2 });
    expect(why).toBe('That is the id of a run.');
  });

  test('when it is told to stop while the editor is open then both end, and nothing is changed', async () => {
    const at = project();
    const editor = makeEditor(at.cwd, 'echo open >&2; exec cat');
    const child = startPortia(['edit', 'plan.json'], { cwd: at.cwd, env: { ...at.env, EDITOR: editor } });
    await new Promise((resolve) => child.stderr?.once('data', resolve));
    child.kill('SIGTERM');
    expectError(await ended(child), { code: 'interrupted', exit: 143 });
    expect(existsSync(join(at.cwd, 'plans'))).toBe(false);
    expect(copies(at.cwd)).toEqual([]);
  });
});

describe('portia edit at a terminal', () => {
  const open = (at: ReturnType<typeof project>, args: string[] = []) =>
    openPortia(['edit', 'plan.json', ...args], { cwd: at.cwd, env: { ...at.env, EDITOR: makeTypedEditor(at.cwd) } });
  const enter = (terminal: ReturnType<typeof open>, text: string) => {
    terminal.type(text);
    terminal.press('enter');
  };

  test('when the person says yes to the difference then the plan is kept and shown', async () => {
    const at = project();
    const terminal = open(at);
    await terminal.waitFor('sed>');
    enter(terminal, 's/1 + 2/1 + 5/');
    await terminal.waitFor('+ "1 + 5"');
    await terminal.waitFor('Keep this as a new plan?');
    enter(terminal, 'y');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen()).toContain(`made from ${ADD_PLAN_ID}`);
    expect(planIds(at.cwd)).toHaveLength(2);
  });

  test('when the person says no then nothing is kept in plans/, and the text is not lost', async () => {
    const at = project();
    const terminal = open(at);
    await terminal.waitFor('sed>');
    enter(terminal, 's/1 + 2/1 + 5/');
    await terminal.waitFor('Keep this as a new plan?');
    enter(terminal, 'n');
    expect(await terminal.exit()).toEqual({ code: 9, signal: 0 });
    expect(existsSync(join(at.cwd, 'plans'))).toBe(false);
    expect(copies(at.cwd)).toHaveLength(1);
  });

  test('when it is to be edited again then the editor opens what was typed', async () => {
    const at = project();
    const terminal = open(at);
    await terminal.waitFor('sed>');
    enter(terminal, 's/1 + 2/1 + 5/');
    await terminal.waitFor('Keep this as a new plan?');
    enter(terminal, 'e');
    await terminal.waitFor(/sed>[^]*sed>$/);
    enter(terminal, 's/1 + 5/1 + 50/');
    await terminal.waitFor('+ "1 + 50"');
    enter(terminal, 'y');
    expect((await terminal.exit()).code).toBe(0);
    expect(JSON.stringify(readPlan(at.cwd, planIds(at.cwd)[1] ?? ''))).toContain('1 + 50');
  });

  test('when the plan is broken then all of it is reported, and it can be mended at once', async () => {
    const at = project();
    const terminal = open(at, ['--yes']);
    await terminal.waitFor('sed>');
    enter(terminal, 's/calculator_tool/wrong_tool/');
    await terminal.waitFor('There is no tool wrong_tool');
    await terminal.waitFor('Edit again?');
    enter(terminal, 'e');
    await terminal.waitFor(/Edit again[^]*sed>$/);
    enter(terminal, 's/wrong_tool/calculator_tool/; s/1 + 2/1 + 7/');
    expect((await terminal.exit()).code).toBe(0);
    expect(planIds(at.cwd)).toHaveLength(2);
    expect(copies(at.cwd)).toEqual([]);
  });

  test('when the person gives up then it exits 2 and names the file with the text', async () => {
    const at = project();
    const terminal = open(at);
    await terminal.waitFor('sed>');
    enter(terminal, 's/calculator_tool/wrong_tool/');
    await terminal.waitFor('Edit again?');
    enter(terminal, 'g');
    expect((await terminal.exit()).code).toBe(2);
    expect(terminal.screen()).toContain('The edited text is kept in');
    expect(copies(at.cwd)).toHaveLength(1);
  });

  test('when the person breaks off at the question then it exits 130 and the text is not lost', async () => {
    const at = project();
    const terminal = open(at);
    await terminal.waitFor('sed>');
    enter(terminal, 's/1 + 2/1 + 5/');
    await terminal.waitFor('Keep this as a new plan?');
    terminal.press('ctrl-c');
    expect((await terminal.exit()).code).toBe(130);
    expect(existsSync(join(at.cwd, 'plans'))).toBe(false);
    expect(copies(at.cwd)).toHaveLength(1);
  });

  test('when there is no editor then it says so', async () => {
    const at = project();
    const terminal = openPortia(['edit', 'plan.json'], at);
    expect((await terminal.exit()).code).toBe(2);
    expect(terminal.screen()).toContain('Neither VISUAL nor EDITOR is set.\n');
  });
});
