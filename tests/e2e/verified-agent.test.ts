import { describe, expect, test } from 'vitest';

import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { playModel } from '../support/scenario.js';

const step = { task: 'Compute the total.', tool_id: 'calculator_tool', output: '$total' };
const plan = (more: object = {}) =>
  JSON.stringify({ plan_context: { query: 'Compute' }, steps: [{ ...step, ...more }] });
const guess = { toolCalls: [{ name: 'calculator_tool', arguments: { math_question: '2 * 3' } }] };
const model = () =>
  playModel([
    { reply: guess },
    { reply: { json: { math_question: { reason: 'No numbers are given.', made_up: true } } } },
  ]);

async function runGuess() {
  const settings = JSON.stringify({ agent: 'verified' });
  const cwd = makeExampleProject({ 'plan.json': plan(), 'portia.json': settings });
  const { environment: env } = await model();
  return { cwd, env, run: await portiaHere(['run-plan', 'plan.json', '--no-prompt', '--json'], { cwd, env }) };
}

describe('an agent whose arguments are traced', () => {
  test('when the model guessed then a person is asked, sees why, and the answer is what the tool gets', async () => {
    const { cwd, env, run } = await runGuess();
    expect(run.code).toBe(8);
    const shown = await portiaHere(['show', 'last', '--as', 'tree'], { cwd, env });
    const said = shown.stdout.replace(/\s+/g, ' ');
    expect(said).toContain('The model wrote "2 * 3", which cannot be traced: No numbers are given.');
    expect(said).toContain('math_question: text');
    const resumed = await portiaHere(['resume', 'last', '--answer', 'math_question=4 * 5', '--format', 'value'], {
      cwd,
      env,
    });
    expect(resumed).toMatchObject({ code: 0, stdout: '20\n' });
  });

  test('when its calls are shown then the trace is told from the work', async () => {
    const { cwd, env } = await runGuess();
    const prompts = await portiaHere(['show', 'last', '--prompts', '--as', 'tree'], { cwd, env });
    expect(prompts.stdout).toMatch(/\(execution\)[^]*\(execution, verification\)[^]*The arguments:\n {2}<data>\n/);
    const trace = await portiaHere(['show', 'last', '--trace', '--as', 'tree'], { cwd, env });
    expect(trace.stdout).toMatch(/✔ model openai\S+\n[^]*✔ verification openai\S+\n/);
    const calls = JSON.parse((await portiaHere(['show', 'last', '--trace'], { cwd, env })).stdout) as object[];
    expect(calls).toMatchObject([{ kind: 'model' }, { purpose: 'verification' }, { kind: 'question' }]);
  });

  test('when it is estimated and checked then its second call is counted, as the step or the settings say', async () => {
    const { cwd, env } = await runGuess();
    const estimate = await portiaHere(['estimate', 'plan.json', '--json'], { cwd, env });
    expect(JSON.parse(estimate.stdout)).toMatchObject({ model_calls: { least: 1, most: 2 } });
    const alone = makeExampleProject({ 'plan.json': plan({ agent: 'verified' }), 'other.json': plan() });
    for (const [file, most] of [
      ['plan.json', 2],
      ['other.json', 1],
    ] as const) {
      const { stdout } = await portiaHere(['estimate', file, '--json'], { cwd: alone, env });
      expect(JSON.parse(stdout)).toMatchObject({ model_calls: { least: 1, most } });
    }
    const shown = await portiaHere(['check', 'plan.json', '--format', 'human'], { cwd: alone, env });
    expect(shown.stdout).toContain('at least 1 model call');
  });

  test('when agent is misspelt then the plan and the settings say what it can be', async () => {
    const cwd = makeExampleProject({ 'plan.json': plan({ agent: 'verifyed' }) });
    const checked = await portiaHere(['check', 'plan.json', '--format', 'human'], { cwd });
    expect(checked.code).toBe(2);
    expect(checked.stdout).toContain('must be one of: one-shot, verified, react');
    const wrong = makeExampleProject({ 'plan.json': plan(), 'portia.json': JSON.stringify({ agent: 'fast' }) });
    const error = expectError(await portiaHere(['run-plan', 'plan.json', '--json'], { cwd: wrong }), {
      code: 'invalid-settings',
      exit: 2,
    });
    expect(JSON.stringify(error)).toContain('one-shot');
  });
});
