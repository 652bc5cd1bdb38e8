import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { playModel, readPlan, readRun } from '../support/scenario.js';

const PLAN = 'plan-00000000-0000-4000-8000-000000000001';
const RUN = 'prun-00000000-0000-4000-8000-000000000001';

const step = (task: string, output: string, inputs: string[] = []) => ({
  ...{ task, inputs: inputs.map((name) => ({ name, description: '' })), tool_id: 'llm_tool', output, condition: null },
});

/** A folder of the Python SDK with a plan of two steps and perhaps a run of it. */
function folderWith(plan: object, run?: object): string {
  const written = {
    ...{ id: PLAN, plan_context: { query: 'q', tool_ids: ['llm_tool'] }, plan_inputs: [], ...plan },
  };
  return makeProject({
    [`sdk/${PLAN}.json`]: written,
    ...(run !== undefined && {
      [`sdk/${RUN}.json`]: {
        ...{
          id: RUN,
          plan_id: PLAN,
          current_step_index: 0,
          state: 'IN_PROGRESS',
          end_user_id: 'ada',
          plan_run_inputs: {},
        },
        ...run,
      },
    }),
  });
}

test('when a step leaves its output under no name then it loads, and its run continues with the value', async () => {
  const outputs = { clarifications: [], step_outputs: { '': { value: 'looked', summary: null } }, final_output: null };
  const steps = [step('Look at it', ''), step('Say it', '$said')];
  const cwd = folderWith({ steps }, { current_step_index: 1, outputs });
  const { code, stdout } = await portiaHere(['import', 'sdk'], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain('has no name; it is read as $step_0_output');
  expect(readPlan(cwd, PLAN).steps).toMatchObject([{ output: '$step_0_output' }, { output: '$said' }]);
  const server = await playModel([{ match: /Say it/, reply: { text: 'said' } }]);
  const resumed = await portiaHere(['resume', RUN, '-m', 'openai/gpt-4o'], { cwd, env: server.environment });
  expect(resumed.code).toBe(0);
  expect(readRun(cwd, RUN).outputs.step_outputs).toMatchObject({
    $step_0_output: { value: 'looked' },
    $said: { value: 'said' },
  });
});

test('when an output is called like an input then later steps get the input, as they do there', async () => {
  const plan_inputs = [{ name: '$city', description: 'A city', value: null }];
  const steps = [step('Name another city', '$city'), step('Greet it', '$greeting', ['$city'])];
  const cwd = folderWith({ steps, plan_inputs });
  expect(await portiaHere(['check', `sdk/${PLAN}.json`], { cwd })).toMatchObject({ code: 0 });
  const server = await playModel([
    { match: /Name another city/, reply: { text: 'Oslo' } },
    { match: /Greet it[^]*London/, reply: { text: 'Hello London' } },
  ]);
  const args = ['run-plan', `sdk/${PLAN}.json`, '-i', 'city=London', '-m', 'openai/gpt-4o', '--format', 'value'];
  expect(await portiaHere(args, { cwd, env: server.environment })).toMatchObject({ code: 0, stdout: 'Hello London\n' });
});

test('when a plan that a person wrote has such an output then it is refused as before', async () => {
  const cwd = makeProject({
    'plan.yaml':
      'plan_context: { query: q }\nplan_inputs: [{ name: $city }]\nsteps: [{ task: Name a city, output: $city }]\n',
    'empty.yaml': 'plan_context: { query: q }\nsteps: [{ task: Name a city, output: "" }]\n',
  });
  const { code, stdout } = await portiaHere(['check', 'plan.yaml'], { cwd });
  expect({ code, stdout }).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('which is a plan input') as string,
  });
  expect(await portiaHere(['check', 'empty.yaml'], { cwd })).toMatchObject({ code: 2 });
});

test.each(['Input', 'Multiple Choice', 'Value Confirmation'])(
  'when a question of category %s names no argument then it is answered as answer, and the step is told',
  async (category) => {
    const question = {
      ...{ id: 'clar-00000000-0000-4000-8000-0000000000aa', plan_run_id: RUN, category, response: null, step: 0 },
      ...{ user_guidance: 'Shall I?', resolved: false, source: 'my tool' },
    };
    const outputs = { clarifications: [question], step_outputs: {}, final_output: null };
    const cwd = folderWith({ steps: [step('Look at it', '$seen')] }, { state: 'NEED_CLARIFICATION', outputs });
    expect(await portiaHere(['import', 'sdk'], { cwd })).toMatchObject({ code: 0 });
    const server = await playModel([{ match: /answer = .*\(asked: Shall I\?\)/, reply: { text: 'seen' } }]);
    const args = ['resume', RUN, '--answer', 'answer=yes', '-m', 'openai/gpt-4o'];
    expect(await portiaHere(args, { cwd, env: server.environment })).toMatchObject({ code: 0 });
    expect(readRun(cwd, RUN).outputs.step_outputs).toMatchObject({ $seen: { value: 'seen' } });
  },
);
