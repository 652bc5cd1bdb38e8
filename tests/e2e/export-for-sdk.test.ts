import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { STEPS_OF_EVERY_KIND } from '../domain/plan-examples.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { referencePlan, referenceRun } from '../support/reference-reader.js';
import { playModel } from '../support/scenario.js';
import { POEM, SDK_DONE, SDK_PAUSED, SDK_PLAN, sdkFiles, sdkProject } from '../support/sdk-folder.js';

const FOR_SDK = ['--for', 'python-sdk'];

const llm = (task: string, output: string, more: object = {}) => ({ task, tool_id: 'llm_tool', output, ...more });

const planFile = (fields: object) => ({ plan_context: { query: 'q', tool_ids: ['llm_tool'] }, ...fields });

async function exported(cwd: string, what: string): Promise<unknown> {
  const { code, stdout, stderr } = await portiaHere(['export', what, ...FOR_SDK], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** The file of the Python SDK with its large value written out and without the text of a question as an output. */
function original(name: string): { outputs: { step_outputs: object } } {
  return JSON.parse(String(sdkFiles()[`${name}.json`])) as { outputs: { step_outputs: object } };
}

describe('a plan', () => {
  test('when it was imported then what is exported is what was imported', async () => {
    const cwd = sdkProject();
    await portiaHere(['import', '.portia'], { cwd });
    const file = join(cwd, 'out.json');
    expect(await portia(['export', SDK_PLAN, ...FOR_SDK, '-o', file], { cwd })).toMatchObject({ code: 0, stdout: '' });
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    referencePlan.parse(document);
    expect(document).toEqual(original(SDK_PLAN));
  });

  test('when it is our own then its models accept it, and names are spelled as they were left', async () => {
    const cwd = makeProject({
      'plan.json': planFile({
        plan_inputs: [{ name: 'city', default: 'Oslo' }],
        steps: [
          llm('Look', '$seen', { inputs: [{ name: '$city' }], name: 'look', theirs: 7 }),
          {
            kind: 'llm',
            task: 'Say',
            inputs: [{ name: 'seen', description: 'All' }],
            output: '$said',
            condition: 'if $seen',
          },
        ],
      }),
    });
    const document = await exported(cwd, 'plan.json');
    referencePlan.parse(document);
    expect(document).toMatchObject({
      steps: [
        { inputs: [{ name: 'city', description: '' }], condition: null, name: 'look', theirs: 7 },
        { inputs: [{ name: '$seen', description: 'All' }], tool_id: 'llm_tool', condition: 'if $seen' },
      ],
      plan_inputs: [{ name: 'city', description: null, value: 'Oslo' }],
    });
  });

  const kinds = Object.entries(STEPS_OF_EVERY_KIND).filter(([kind]) => kind !== 'agent' && kind !== 'llm');

  test.each(kinds)('when a step is of the kind %s then it is refused by name, with its place', async (kind, step) => {
    const cwd = makeProject({
      'plan.json': planFile({ plan_inputs: [{ name: '$list' }], steps: [llm('Look', '$seen'), step] }),
    });
    const error = expectError(await portiaHere(['export', 'plan.json', ...FOR_SDK], { cwd }), {
      code: 'invalid-plan',
      exit: 2,
    });
    expect(error.why).toBe(`step 2, kind: is of the kind ${kind}, which plans of the Python SDK do not have in files`);
    const waits = kind.startsWith('wait');
    expect(error.fix).toMatch(
      waits ? /^The Python SDK cannot wait/ : /^There it is given in code: PlanBuilderV2\(\)\.\w+\(.*\)$/,
    );
  });

  test.each<[string, object]>([
    ['when', { when: '1 = 1' }],
    ['timeout_ms', { timeout_ms: 10 }],
    ['retries', { retries: 2 }],
    ['on_error', { on_error: [{ kind: 'exit', message: 'x' }] }],
    ['output_schema', { output_schema: { type: 'object' } }],
    ['model', { model: 'openai/gpt-4o' }],
    ['writes', { writes: ['*.md'] }],
    ['task', { task: 'Look at {{ $city }}' }],
  ])('when a step has %s then it is refused by name, with its place', async (key, more) => {
    const cwd = makeProject({
      'plan.json': planFile({
        plan_inputs: [{ name: '$city' }],
        steps: [llm('Look', '$seen'), llm('Say', '$said', more)],
      }),
    });
    const error = expectError(await portiaHere(['export', 'plan.json', ...FOR_SDK], { cwd }), {
      code: 'invalid-plan',
      exit: 2,
    });
    expect(error.why).toMatch(new RegExp(`^step 2, ${key}: `));
  });

  test('when it has several such parts then all are named at once', async () => {
    const cwd = makeProject({
      'plan.json': planFile({
        ...{ output_schema: { type: 'string' }, plan_inputs: [{ name: '$n', schema: { type: 'integer' } }] },
        steps: [llm('Look', '$seen'), llm('Look again', '$seen'), { kind: 'exit', message: 'x' }],
      }),
    });
    const error = expectError(await portiaHere(['export', 'plan.json', ...FOR_SDK], { cwd }), {
      code: 'invalid-plan',
      exit: 2,
    });
    expect(error.why?.split('\n').map((line) => line.split(':')[0])).toEqual([
      ...['output_schema', 'plan input 1, schema', 'step 2, output', 'step 3, kind'],
    ]);
  });
});

describe('a run', () => {
  test('when it was imported then what is exported is what was imported, with its large value', async () => {
    const cwd = sdkProject();
    await portiaHere(['import', '.portia'], { cwd });
    const done = await exported(cwd, SDK_DONE);
    referenceRun.parse(done);
    const { outputs, ...rest } = original(SDK_DONE);
    const values = { ...outputs.step_outputs, $poem: { value: POEM, summary: '' } };
    expect(done).toEqual({ ...rest, outputs: { ...outputs, step_outputs: values } });

    const { code, stdout, stderr } = await portiaHere(['export', SDK_PAUSED, ...FOR_SDK], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('has not ended') as string });
    const paused = original(SDK_PAUSED);
    expect(JSON.parse(stdout)).toEqual({ ...paused, outputs: { ...paused.outputs, step_outputs: {} } });
  });

  test('when it has questions of every category then each has the keys that it has there', async () => {
    const asked = (id: number, category: string, more: object) => ({
      ...{ id: `clar-00000000-0000-4000-8000-00000000000${id}`, plan_run_id: SDK_PAUSED, category, response: null },
      ...{ step: 0, user_guidance: 'Please', resolved: false, source: 'a tool', ...more },
    });
    const clarifications = [
      asked(1, 'Action', { action_url: 'https://example.com/', require_confirmation: true }),
      asked(2, 'Input', { argument_name: 'city' }),
      asked(3, 'Multiple Choice', { argument_name: 'n', options: [1, 'two', null] }),
      asked(4, 'Value Confirmation', { argument_name: 'sum', response: 7 }),
      asked(5, 'User Verification', {}),
      asked(6, 'Custom', { name: 'upload', data: { size: 1 } }),
      asked(7, 'User Verification', { response: true, resolved: true }),
      asked(8, 'Input', { argument_name: 'day', response: 'Monday', resolved: true }),
    ];
    const run = original(SDK_PAUSED);
    const changed = { ...run, outputs: { ...run.outputs, clarifications, step_outputs: {} } };
    const cwd = sdkProject({ [`${SDK_PAUSED}.json`]: changed });
    await portiaHere(['import', '.portia'], { cwd });
    const { stdout } = await portiaHere(['export', SDK_PAUSED, ...FOR_SDK], { cwd });
    const document: unknown = JSON.parse(stdout);
    referenceRun.parse(document);
    expect(document).toEqual(changed);
  });

  test('when it is our own, complete or failed, then its models accept it, and it comes back as it was', async () => {
    const cwd = makeProject({
      'plan.json': planFile({ steps: [llm('Look', '$seen'), llm('Say', '$said', { inputs: [{ name: '$seen' }] })] }),
    });
    const server = await playModel([
      { match: /Look/, reply: { text: 'a lake' } },
      { match: /Say/, reply: { text: 'A lake.' } },
    ]);
    const args = ['run-plan', 'plan.json', '-m', 'openai/gpt-4o'];
    expect((await portiaHere(args, { cwd, env: server.environment })).code).toBe(0);
    const document = await exported(cwd, 'last');
    referenceRun.parse(document);
    expect(document).toMatchObject({
      state: 'COMPLETE',
      outputs: { step_outputs: { $seen: { value: 'a lake' } }, final_output: { value: 'A lake.' } },
    });

    const failing = await portiaHere(['run-plan', 'plan.json', '-m', 'exec:exit 1', '--fields', 'id,state'], { cwd });
    const { id, state } = JSON.parse(failing.stdout) as { id: string; state: string };
    const run = JSON.parse((await portiaHere(['export', id, ...FOR_SDK], { cwd })).stdout) as { plan_id: string };
    expect(run).toMatchObject({ state });
    referenceRun.parse(run);

    const plan = await exported(cwd, run.plan_id);
    const there = makeProject({ [`sdk/${run.plan_id}.json`]: plan as object, [`sdk/${id}.json`]: run });
    expect(await portiaHere(['import', 'sdk'], { cwd: there })).toMatchObject({ code: 0 });
    const again = await portiaHere(['export', id, ...FOR_SDK], { cwd: there });
    expect(JSON.parse(again.stdout)).toEqual(run);
  });

  test('when its failed step left a message then that is its output, as there', async () => {
    const text = String(sdkFiles()[`${SDK_DONE}.json`])
      .replace('"COMPLETE"', '"FAILED"')
      .replaceAll('{\\"k\\": 1}', 'boom');
    const cwd = sdkProject({ [`${SDK_DONE}.json`]: text.replace('"A short review"', 'null') });
    await portiaHere(['import', '.portia'], { cwd });
    const { stdout } = await portiaHere(['export', SDK_DONE, ...FOR_SDK], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      state: 'FAILED',
      outputs: { step_outputs: { $review: { value: 'boom' } }, final_output: { value: 'boom', summary: null } },
    });
  });

  test('when its plan has steps that are not there then they are named', async () => {
    const cwd = makeProject();
    await portiaHere(['run', 'add 1 + 2', '--yes'], { cwd });
    const error = expectError(await portiaHere(['export', 'last', ...FOR_SDK], { cwd }), {
      code: 'invalid-plan',
      exit: 2,
    });
    expect(error.why).toContain('step 1, kind: is of the kind tool');
  });

  test('when its plan is not here then the run is refused', async () => {
    const cwd = sdkProject({ [`${SDK_PLAN}.json`]: null });
    await portiaHere(['import', '.portia'], { cwd });
    expectError(await portiaHere(['export', SDK_DONE, ...FOR_SDK], { cwd }), { code: 'plan-missing', exit: 2 });
  });

  test('when it is given by its file then the error says how it is given', async () => {
    const cwd = sdkProject();
    const file = `.portia/${SDK_DONE}.json`;
    expectError(await portiaHere(['export', file, ...FOR_SDK], { cwd }), { code: 'usage', exit: 2 });
  });

  test('when an input is a secret then no file can have it', async () => {
    const plan_inputs = [{ name: '$pin', schema: { type: 'string', format: 'password' } }];
    const plan = planFile({ plan_inputs, steps: [{ kind: 'user_verify', message: 'Shall I?' }] });
    const cwd = makeProject({ 'plan.json': plan, 'pin.txt': 'canary-0f9e8d7c' });
    expect(await portiaHere(['run-plan', 'plan.json', '-i', 'pin=@pin.txt'], { cwd })).toMatchObject({ code: 8 });
    const error = expectError(await portiaHere(['export', 'last', ...FOR_SDK], { cwd }), {
      code: 'invalid-plan',
      exit: 2,
    });
    expect(error.why).toContain('$pin is a secret');
  });
});

test('when --for names a program that nobody knows then the error says what it can be', async () => {
  const args = ['export', 'last', '--for', 'java-sdk'];
  const { fix } = expectError(await portiaHere(args, { cwd: makeProject() }), { code: 'usage', exit: 2 });
  expect(fix).toContain('--for python-sdk');
});
