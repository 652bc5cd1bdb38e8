import { expect, test } from 'vitest';

import { listFolder } from '../support/folder-listing.js';
import { makeProject } from '../support/portia.js';
import { portiaHere as portia } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { playModel, readRun } from '../support/scenario.js';

const PLAN = 'plan-00000000-0000-4000-8000-000000000001';
const RUN = 'prun-00000000-0000-4000-8000-000000000001';
const CLARIFICATION = 'clar-00000000-0000-4000-8000-0000000000aa';

const asked = (source: string) => ({
  ...{ id: CLARIFICATION, plan_run_id: RUN, category: 'User Verification', response: null, step: 0 },
  ...{ user_guidance: 'Send it?', resolved: false, source },
});

/** A project with a run as the Python SDK writes it, of two steps. */
function importedRun(run: { state: string; outputs: object; index?: number }, files: Record<string, object> = {}) {
  const { state, outputs, index = 0 } = run;
  return makeProject({
    [`plans/${PLAN}.json`]: {
      ...{ id: PLAN, plan_context: { query: 'q', tool_ids: ['llm_tool'] }, plan_inputs: [] },
      steps: [
        { task: 'Look at it', inputs: [], tool_id: null, output: '$first', condition: null },
        { task: 'Say it', inputs: [{ name: '$first' }], tool_id: 'llm_tool', output: '$said', condition: null },
      ],
    },
    [`runs/${RUN}.json`]: {
      ...{ id: RUN, plan_id: PLAN, current_step_index: index, state, end_user_id: 'ada', plan_run_inputs: {} },
      outputs: { clarifications: [], step_outputs: {}, final_output: null, ...outputs },
    },
    ...files,
  });
}

/** What its second engine leaves where the output of a step that asks will be. */
const questionAsOutput = {
  $first: { value: JSON.stringify({ id: CLARIFICATION, category: 'User Verification' }), summary: null },
};

test.each<[string, object]>([
  ['by a hook', { clarifications: [asked('User verification tool hook')] }],
  ['by a step', { clarifications: [asked('User verify step')], step_outputs: questionAsOutput }],
])('when a person says no to what was asked %s of an imported run then nothing is done', async (_by, outputs) => {
  const cwd = importedRun({ state: 'NEED_CLARIFICATION', outputs });
  const { code, stderr } = await portia(['resume', RUN, '--answer', 'verify=no', '-m', 'exec:exit 1'], { cwd });
  expect(stderr).toContain('Send it?');
  expect(code).toBe(9);
  expect(readRun(cwd, RUN)).toMatchObject({
    state: 'FAILED',
    error: { code: 'declined' },
    outputs: { step_outputs: {} },
  });
});

test('when the step of an imported run only asked then the answer is its output', async () => {
  const outputs = { clarifications: [asked('User verify step')], step_outputs: questionAsOutput };
  const cwd = importedRun({ state: 'NEED_CLARIFICATION', outputs });
  const server = await playModel([{ match: /Say it/, reply: { text: 'said' } }]);
  expect(
    await portia(['resume', RUN, '--answer', 'verify=yes', '-m', 'openai/gpt-4o'], { cwd, env: server.environment }),
  ).toMatchObject({ code: 0 });
  expect(readRun(cwd, RUN).outputs.step_outputs).toMatchObject({ $first: { value: true }, $said: { value: 'said' } });
});

test('when an imported run failed then its step is tried again, and what it failed with is not its output', async () => {
  const failure = { value: 'Tool x failed: boom', summary: null };
  const cwd = importedRun({ state: 'FAILED', outputs: { step_outputs: { $first: failure }, final_output: failure } });
  const shown = await portia(['show', RUN, '--json'], { cwd });
  expect(JSON.parse(shown.stdout)).toMatchObject({
    error: { message: 'Tool x failed: boom', step: '0' },
    outputs: { step_outputs: {}, final_output: null },
  });
  const server = await playModel([
    { match: /Look at it/, reply: { text: 'looked' } },
    { match: /looked/, reply: { text: 'said' } },
  ]);
  expect(await portia(['resume', RUN, '-m', 'openai/gpt-4o'], { cwd, env: server.environment })).toMatchObject({
    code: 0,
  });
  expect(readRun(cwd, RUN)).toMatchObject({ state: 'COMPLETE', steps: [{ path: '0', status: 'completed' }, {}] });
});

const big = { $first: { output_name: '$first', plan_run_id: RUN, summary: 'in short' } };

test('when a value of an imported run lies beside it then the next step gets the value', async () => {
  const beside = { [`runs/${RUN}/$first.json`]: { value: 'all the words', summary: 'in short' } };
  const cwd = importedRun({ state: 'IN_PROGRESS', index: 1, outputs: { step_outputs: big } }, beside);
  const server = await playModel([{ match: /all the words/, reply: { text: 'said' } }]);
  expect(await portia(['resume', RUN, '-m', 'openai/gpt-4o'], { cwd, env: server.environment })).toMatchObject({
    code: 0,
  });
});

test('when that value is not there then it is asked for, and its summary does not stand for it', async () => {
  const cwd = importedRun({ state: 'IN_PROGRESS', index: 1, outputs: { step_outputs: big } });
  const { code, stderr } = await portia(['resume', RUN, '-m', 'exec:echo x'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toMatch(/The value of \$first is not here/);
  expect(stderr).toContain('$first.json');
});

const complete = { state: 'COMPLETE', index: 1, outputs: { step_outputs: big } };

test('when a value of a run that is only shown lies beside it then it is shown, and nothing is written', async () => {
  const beside = { [`runs/${RUN}/$first.json`]: { value: { words: ['all'] }, summary: 'in short' } };
  const cwd = importedRun(complete, beside);
  const before = listFolder(cwd);
  const shown = await portia(['show', RUN, '--output-of', '$first'], { cwd });
  expect(JSON.parse(shown.stdout)).toEqual({ words: ['all'] });
  expect(await portia(['eval', '$first.words[0]', '--run', RUN], { cwd })).toMatchObject({ code: 0, stdout: 'all\n' });
  expect(listFolder(cwd)).toEqual(before);
});

test('when that value is not there then its summary is not shown for it', async () => {
  const cwd = importedRun(complete);
  const { why } = expectError(await portia(['show', RUN, '--output-of', '$first'], { cwd }), {
    code: 'unreadable',
    exit: 2,
  });
  expect(why).toContain('holds only a summary of it');
  expect((await portia(['show', RUN, '--as', 'tree'], { cwd })).stdout).toContain('in short');
});

test.each<[string, unknown]>([
  ['false as a text', 'false'],
  ['nothing', null],
])('when the answer to what an imported run asked is %s then it is a no', async (_what, response) => {
  const answered = { ...asked('User verification tool hook'), response, resolved: true };
  const cwd = importedRun({ state: 'READY_TO_RESUME', outputs: { clarifications: [answered] } });
  const refused = await portia(['resume', RUN, '-m', 'exec:exit 1'], { cwd });
  expect(refused.code).toBe(6);
  const [, digest = ''] = /--accept-recorded ([0-9a-f]+)/.exec(refused.stderr) ?? [];
  expect(await portia(['resume', RUN, '--accept-recorded', digest, '-m', 'exec:exit 1'], { cwd })).toMatchObject({
    code: 9,
  });
});

test('when an imported run does not hold an input that its steps need then it is not continued without it', async () => {
  const plan = {
    ...{ id: PLAN, plan_context: { query: 'q', tool_ids: [] }, plan_inputs: [{ name: '$city' }, { name: '$unused' }] },
    steps: [{ task: 'Look at it', inputs: [{ name: '$city' }], tool_id: null, output: '$first', condition: null }],
  };
  const cwd = importedRun({ state: 'IN_PROGRESS', outputs: {} }, { [`plans/${PLAN}.json`]: plan });
  const error = expectError(await portia(['resume', RUN, '-m', 'exec:exit 1'], { cwd }), {
    code: 'missing-input',
    exit: 2,
  });
  expect(error.message).toContain('does not hold its input city.');
  expect(error.fix).toContain(`portia run-plan ${PLAN} -i city=VALUE`);
});

test('when a step that is left has an expression that is refused by now then it fails and says so', async () => {
  const plan = {
    ...{ id: PLAN, plan_context: { query: 'q', tool_ids: [] }, plan_inputs: [] },
    steps: [{ kind: 'compute', expression: '{"a": 1}["a"]', output: '$first' }],
  };
  const cwd = importedRun({ state: 'IN_PROGRESS', outputs: {} }, { [`plans/${PLAN}.json`]: plan });
  const { stderr } = await portia(['resume', RUN], { cwd });
  expect(stderr).toContain('a filter takes a condition or an index, not a text; did you mean .a?');
  expect(readRun(cwd, RUN)).toMatchObject({ state: 'FAILED', error: { code: 'expression-failed' } });
});

test('when an imported run does not hold what a finished step left then it is not continued without it', async () => {
  const cwd = importedRun({ state: 'IN_PROGRESS', index: 99_999_999, outputs: {} });
  const { code, stderr } = await portia(['resume', RUN, '-m', 'exec:exit 1'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain('The value of $first is not here.');
});
