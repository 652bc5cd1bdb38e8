import { describe, expect, test } from 'vitest';

import { makeEditor, makeTypedEditor } from '../support/editor-script.js';
import { makeExampleProject } from '../support/example-project.js';
import { promptOf, type ScriptEntry } from '../support/model-server.js';
import { makeProject, portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, openPortia, planIds, playModel, readPlan } from '../support/scenario.js';
import type { TestTerminal } from '../support/terminal.js';

const QUERY = 'Invite Ann to a meeting tomorrow';
const HINT = 'only after 14:00';

const step = (task: string, output: string, inputs: object[] = []) => ({
  task,
  inputs,
  tool_id: null,
  output,
  condition: null,
  when: null,
});
const invitation = step('Write the invitation.', '$invitation', [{ name: '$hour', description: 'when' }]);
const planner = (json: object, match: RegExp): ScriptEntry => ({ match, reply: { json } });
const FIRST = planner({ steps: [step('Choose an hour.', '$hour'), invitation], error: null }, /^You are a planner/);
const SECOND = planner(
  { steps: [step('Choose an hour after 14:00.', '$hour'), { keep: 1 }], error: null },
  /## Change/,
);
const RUN: ScriptEntry[] = [
  { match: /Task: Choose an hour after 14:00/, reply: { text: '15:00' } },
  { match: /Task: Write the invitation[^]*15:00/, reply: { text: 'See you at 15:00.' } },
];

const ASKS = 'Run this plan?';

function enter(terminal: TestTerminal, text: string): void {
  terminal.type(text);
  terminal.press('enter');
}

/** Asks for a plan at a terminal, gives the hint at its question, and approves what comes of it. */
async function refineAndRun(cwd: string, env: Record<string, string>): Promise<void> {
  const terminal = openPortia(['run', QUERY], { cwd, env });
  await terminal.waitFor(ASKS);
  enter(terminal, 'r');
  await terminal.waitFor('What should be different?');
  enter(terminal, HINT);
  await terminal.waitFor('+ "Choose an hour after 14:00."');
  await terminal.waitFor('made from plan-');
  await terminal.waitFor(/Run this plan\?[^]*Run this plan\?/);
  enter(terminal, 'y');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
}

describe('a plan is refined at its question', () => {
  test('when a hint is given then the next plan keeps what it does not touch, is asked about, and is what runs', async () => {
    const cwd = makeProject();
    const model = await playModel([FIRST, SECOND, ...RUN]);
    await refineAndRun(cwd, model.environment);
    const [first = '', second = '', ...others] = planIds(cwd);
    expect(others).toEqual([]);
    expect(readPlan(cwd, first)).not.toHaveProperty('derived_from');
    expect(readPlan(cwd, second)).toMatchObject({ derived_from: first, steps: [{}, { output: '$invitation' }] });
    expect(readPlan(cwd, second).steps[1]).toEqual(readPlan(cwd, first).steps[1]);
    const planning = model.requests.map(promptOf).filter((prompt) => prompt.startsWith('You are a planner'));
    expect(planning.map((prompt) => prompt.includes(HINT))).toEqual([false, true]);
    expect(onlyRun(cwd)).toMatchObject({
      plan_id: second,
      state: 'COMPLETE',
      outputs: { final_output: { value: 'See you at 15:00.' } },
    });
  });

  test('when the refined plan was approved then --cached takes it for the request, without a model', async () => {
    const cwd = makeProject();
    const model = await playModel([FIRST, SECOND, ...RUN]);
    await refineAndRun(cwd, model.environment);
    const [, second = ''] = planIds(cwd);
    const asked = model.requests.length;
    const again = await portia(['plan', QUERY, '--cached'], { cwd, env: model.environment });
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ id: second, metadata: { cached: true } });
    expect(again.stderr).toContain(`Using ${second}, which you made or approved`);
    expect(model.requests).toHaveLength(asked);
  });

  test('when nobody can be asked then it exits 8 and the plan is saved', async () => {
    const cwd = makeProject();
    const model = await playModel([FIRST]);
    const result = await portia(['run', QUERY], { cwd, env: { ...model.environment, CI: 'true' } });
    expectError(result, { code: 'approval-needed', exit: 8 });
    expect(planIds(cwd)).toHaveLength(1);
  });

  test('when the hint is left empty or the model cannot then the plan stays and is asked about again', async () => {
    const cwd = makeProject();
    const model = await playModel([FIRST, planner({ steps: [], error: 'Ann is away.' }, /## Change/)]);
    const terminal = openPortia(['run', QUERY], { cwd, env: model.environment });
    await terminal.waitFor(ASKS);
    enter(terminal, 'r');
    await terminal.waitFor('What should be different?');
    enter(terminal, '');
    await terminal.waitFor(/different\?[^]*Run this plan\?/);
    enter(terminal, 'r');
    await terminal.waitFor(/different\?[^]*different\?/);
    enter(terminal, HINT);
    await terminal.waitFor('Ann is away.');
    await terminal.waitFor(/Ann is away[^]*Run this plan\?/);
    enter(terminal, 'l');
    expect((await terminal.exit()).code).toBe(8);
    expect(terminal.screen()).toContain(`portia run-plan ${planIds(cwd)[0]}`);
    expect(planIds(cwd)).toHaveLength(1);
  });

  test('when Ctrl-C is pressed at the hint then it exits 130 and the plan is saved', async () => {
    const cwd = makeProject();
    const model = await playModel([FIRST]);
    const terminal = openPortia(['run', QUERY], { cwd, env: model.environment });
    await terminal.waitFor(ASKS);
    enter(terminal, 'r');
    await terminal.waitFor('What should be different?');
    terminal.press('ctrl-c');
    expect((await terminal.exit()).code).toBe(130);
    expect(terminal.screen()).toContain(`portia run-plan ${planIds(cwd)[0]}`);
  });
});

describe('the question about a plan', () => {
  const open = (cwd: string) => openPortia(['run', 'add 1 + 2'], { cwd, env: { EDITOR: makeTypedEditor(cwd) } });

  test('when the plan is asked about then every key is explained, refining only with a model', async () => {
    const model = await playModel([FIRST]);
    for (const { env, hasModel } of [
      { env: model.environment, hasModel: true },
      { env: {}, hasModel: false },
    ]) {
      const terminal = openPortia(['run', hasModel ? QUERY : 'add 1 + 2'], { cwd: makeProject(), env });
      await terminal.waitFor(ASKS);
      for (const text of [
        'y Run it',
        'n No, do not run it',
        'v View everything',
        'e Edit it first',
        'l Leave it for later',
      ])
        expect(terminal.screen()).toContain(text);
      expect(terminal.screen().includes('r Refine it')).toBe(hasModel);
      terminal.press('ctrl-c');
      expect((await terminal.exit()).code).toBe(130);
    }
  });

  test('when it is edited then the edited plan is shown, asked about, and runs', async () => {
    const cwd = makeExampleProject();
    const terminal = open(cwd);
    await terminal.waitFor(ASKS);
    enter(terminal, 'e');
    await terminal.waitFor('sed>');
    enter(terminal, 's/1 + 2/1 + 5/');
    await terminal.waitFor('+ "1 + 5"');
    await terminal.waitFor(/made from plan-[^]*Run this plan\?/);
    enter(terminal, 'y');
    expect((await terminal.exit()).code).toBe(0);
    const [first = '', second = ''] = planIds(cwd);
    expect(readPlan(cwd, second).derived_from).toBe(first);
    expect(onlyRun(cwd)).toMatchObject({ plan_id: second, outputs: { final_output: { value: 6 } } });
  });

  test('when the editor fails or changes nothing then the plan stays and is asked about again', async () => {
    const cwd = makeExampleProject();
    const terminal = open(cwd);
    await terminal.waitFor(ASKS);
    enter(terminal, 'e');
    await terminal.waitFor('sed>');
    enter(terminal, 'q');
    await terminal.waitFor(/The editor failed[^]*Run this plan\?/);
    enter(terminal, 'e');
    await terminal.waitFor(/The editor failed[^]*sed>/);
    enter(terminal, 's/x/x/');
    await terminal.waitFor(/Nothing was changed[^]*Run this plan\?/);
    enter(terminal, 'y');
    expect((await terminal.exit()).code).toBe(0);
    expect(planIds(cwd)).toHaveLength(1);
    expect(onlyRun(cwd).outputs.final_output).toMatchObject({ value: 3 });
  });

  test('when it is told to stop while the editor is open then it exits 143 and the plan is saved', async () => {
    const cwd = makeExampleProject();
    const env = { EDITOR: makeEditor(cwd, 'echo open; exec cat') };
    const terminal = openPortia(['run', 'add 1 + 2'], { cwd, env });
    await terminal.waitFor(ASKS);
    enter(terminal, 'e');
    await terminal.waitFor(/^open$/m);
    terminal.kill('SIGTERM');
    expect((await terminal.exit()).code).toBe(143);
    expect(terminal.screen()).toContain(`portia run-plan ${planIds(cwd)[0]}`);
  });

  test.each([
    ['n', 9, 'declined'],
    ['l', 8, 'approval-needed'],
  ])('when %s is pressed then it exits %d, and the saved plan can be run', async (key, code, name) => {
    const cwd = makeExampleProject();
    const terminal = open(cwd);
    await terminal.waitFor(ASKS);
    enter(terminal, key);
    expect((await terminal.exit()).code).toBe(code);
    expect(terminal.screen()).toContain(`[${name}]`);
    expect(terminal.screen()).toContain(`portia run-plan ${planIds(cwd)[0]}`);
    expect(await portia(['run-plan', 'last', '--format', 'value'], { cwd })).toMatchObject({ code: 0, stdout: '3\n' });
  });
});
