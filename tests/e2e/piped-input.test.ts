import { describe, expect, onTestFinished, test } from 'vitest';

import { addPlan, makeExampleProject } from '../support/example-project.js';
import { ended, portia, startPortia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, openPortia, playModel } from '../support/scenario.js';

const upper = { kind: 'compute', expression: '$uppercase($stdin)', output: '$out' };

/** A plan that takes what is piped in. */
const takesPiped = (input: object = {}) =>
  makeExampleProject({
    'upper.json': addPlan({ id: undefined, steps: [upper], plan_inputs: [{ name: '$stdin', ...input }] }),
    'rows.ndjson': '{"stdin":"row"}\n{}\n',
  });

const UPPER = ['run-plan', 'upper.json', '--format', 'value'];

/** Starts it with a standard input that stays open, and to which nobody writes. */
async function withSilentInput(args: string[], cwd: string) {
  const child = startPortia(args, { cwd });
  onTestFinished(() => void child.kill('SIGKILL'));
  const result = await ended(child);
  child.stdin?.destroy();
  return result;
}

describe('a plan with the input stdin', () => {
  test('when something is piped in then that is its value', async () => {
    const cwd = takesPiped();
    expect(await portia(UPPER, { cwd, input: 'two\nlines\n' })).toMatchObject({ code: 0, stdout: 'TWO\nLINES\n\n' });
    expect(onlyRun(cwd).plan_run_inputs).toMatchObject({ $stdin: { value: 'two\nlines\n' } });
  });

  test('when the input is given by a flag then standard input is left alone, even a silent one', async () => {
    const args = [...UPPER, '-i', 'stdin=flag'];
    expect(await withSilentInput(args, takesPiped())).toMatchObject({ code: 0, stdout: 'FLAG\n' });
  });

  test('when nothing is piped in then its default counts, or it is missing', async () => {
    expect(await portia(UPPER, { cwd: takesPiped({ default: 'x' }) })).toMatchObject({ code: 0, stdout: 'X\n' });
    const { message, fix } = expectError(await portia(['run-plan', 'upper.json'], { cwd: takesPiped() }), {
      code: 'missing-input',
      exit: 2,
    });
    expect(message).toBe('The plan needs its input stdin, and standard input was empty.');
    expect(fix).toContain('-i stdin=');
  });

  test('when standard input is open and silent then it is not waited for without end', async () => {
    const cwd = takesPiped({ default: 'x' });
    const result = await withSilentInput(['run-plan', 'upper.json'], cwd);
    const { fix } = expectError(result, { code: 'missing-input', exit: 2 });
    expect(fix).toContain('-i stdin=@-');
    expect(() => onlyRun(cwd)).toThrow('ENOENT');
  });

  test('when standard input has the plan, the answers or the batch then it is not the input, too', async () => {
    const plan = JSON.stringify(addPlan({ steps: [upper], plan_inputs: [{ name: 'stdin' }] }));
    for (const [args, input] of [
      [['run-plan', '-'], plan],
      [['run-plan', 'upper.json', '--answers', '-'], '{"x":1}'],
    ] as const) {
      expectError(await portia([...args], { cwd: takesPiped(), input }), { code: 'missing-input', exit: 2 });
    }
    const batch = await portia([...UPPER, '--batch', 'rows.ndjson'], { cwd: takesPiped(), input: 'piped' });
    expect(batch).toMatchObject({ code: 1, stdout: '"ROW"\nnull\n' });
  });

  test('when a person is there then it is asked for as every input', async () => {
    const terminal = openPortia(UPPER, { cwd: takesPiped({ description: 'the text' }) });
    await terminal.waitFor('stdin: the text');
    terminal.type('typed');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(terminal.screen()).toContain('TYPED');
  });
});

describe('a request beside what is piped in', () => {
  const steps = [
    {
      task: 'Write the text in capitals.',
      inputs: [{ name: '$stdin', description: 'the text' }],
      tool_id: null,
      output: '$capitals',
      condition: null,
      when: null,
    },
  ];
  const planning = { match: /"name":"stdin"|"name":"\$stdin"/, reply: { json: { steps, error: null } } };
  const request = ['run', 'write it in capitals', '--yes', '--format', 'value'];

  test.each(['stdin', '$stdin: the text'])('when %j is declared as an input then the plan takes it', async (flag) => {
    const cwd = makeExampleProject();
    const model = await playModel([planning, { match: /secret text/, reply: { text: 'SECRET TEXT' } }]);
    const args = [...request, '--plan-input', flag];
    const ran = await portia(args, { cwd, env: model.environment, input: 'secret text' });
    expect(ran).toMatchObject({ code: 0, stdout: 'SECRET TEXT\n' });
    // What is piped in is data: the planner sees that it exists, and not what it says.
    expect(JSON.stringify(model.requests[0])).not.toContain('secret text');
  });

  test('when no input is declared then standard input is never read', async () => {
    const cwd = makeExampleProject();
    const result = await withSilentInput(['run', 'add 1 + 2', '--yes', '--format', 'value'], cwd);
    expect(result).toMatchObject({ code: 0, stdout: '3\n' });
    expect(onlyRun(cwd).plan_run_inputs).toEqual({});
  });

  test('when the request itself is piped in then it is not the input, too', async () => {
    const cwd = makeExampleProject();
    const model = await playModel([planning]);
    const ran = await portia(['run', '--yes', '--plan-input', 'stdin'], {
      cwd,
      env: model.environment,
      input: 'do it',
    });
    expectError(ran, { code: 'missing-input', exit: 2 });
  });
});
