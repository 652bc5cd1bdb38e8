import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeToolProject } from '../support/tool-project.js';
import { onlyRun, openPortia, printedError, printedQuestions, readRun } from '../support/scenario.js';
import { enter, KINDS, orderProject, parse, pause, resultOf } from './order-project.js';

describe.each(KINDS)('a $category question of a tool', (kind) => {
  test('when a person is there then it is asked and answered in the same command', async () => {
    const cwd = orderProject(kind.name);
    const terminal = openPortia(['run-plan', 'order.json'], { cwd });
    await terminal.waitFor(kind.asks);
    // The prompt itself: what is typed before it is drawn would be lost.
    await terminal.waitFor(/^\? /m);
    kind.answer(terminal);
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    const run = onlyRun(cwd);
    expect(resultOf(run)).toEqual({ answers: [kind.response], args: kind.args });
    expect(run.outputs.clarifications).toMatchObject([
      { category: kind.category, source: 'Order', resolved: true, response: kind.response, channel: 'prompt', step: 0 },
    ]);
  });

  test('when nobody is there then it is printed, and --answer answers it in another process', async () => {
    const cwd = orderProject(kind.name);
    const paused = await pause(cwd);
    expect(paused.code).toBe(8);
    const { run_id: id, questions } = printedQuestions(paused.stderr);
    expect(questions).toMatchObject([{ category: kind.category, selector: kind.selector, resolved: false }]);
    expect(JSON.stringify(questions[0]?.['commands'])).toContain(`portia resume ${id} --answer`);
    const resumed = await portiaHere(['resume', id, '--answer', kind.flag], { cwd });
    expect(resumed.code).toBe(0);
    expect(resultOf(parse(resumed))).toEqual({ answers: [kind.response], args: kind.args });
  });

  test('when the answer does not fit then it is refused with what is allowed, and it stays open', async () => {
    const cwd = orderProject(kind.name);
    await pause(cwd);
    const before = onlyRun(cwd);
    for (const command of [
      ['resume', before.id, '--answer', kind.wrong],
      ['answer', before.id, kind.wrong],
    ]) {
      const refused = await portiaHere(command, { cwd });
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      const error = printedError(refused.stderr);
      expect(error).toMatchObject({ code: 'answer-refused', exit_code: 2 });
      expect(error['fix']).toContain(`Allowed: ${kind.allowed}`);
    }
    expect(readRun(cwd, before.id)).toEqual(before);
  });
});

describe('answers that say no, or something else', () => {
  test.each([
    { name: 'confirmation', flag: 'amount=no' },
    { name: 'verification', flag: 'verify=no' },
  ])('when a $name is answered $flag then the run ends there with exit 9, for good', async ({ name, flag }) => {
    const cwd = orderProject(name);
    await pause(cwd);
    const ended = await portiaHere(['resume', 'last', '--answer', flag], { cwd });
    expect(ended.code).toBe(9);
    expect(parse(ended)).toMatchObject({ state: 'FAILED', error: { code: 'declined', step: '0' } });
    expect(printedError(ended.stderr)).toMatchObject({ code: 'declined', exit_code: 9, resumable: false });
    expect(await portiaHere(['resume', 'last'], { cwd })).toMatchObject({ code: 9, stdout: ended.stdout });
  });

  test('when a tool confirms an argument without saying its value then it is the one that it was called with', async () => {
    const cwd = orderProject('unsaid');
    const plan = JSON.parse(readFileSync(join(cwd, 'order.json'), 'utf8')) as { steps: { args: object }[] };
    Object.assign(plan.steps[0]?.args ?? {}, { amount: 7 });
    writeFileSync(join(cwd, 'order.json'), JSON.stringify(plan));
    await pause(cwd);
    expect(onlyRun(cwd).outputs.clarifications).toMatchObject([{ argument_name: 'amount', value: 7 }]);
    const { id } = onlyRun(cwd);
    expect((await portiaHere(['resume', id, '--answer', 'amount=plenty'], { cwd })).code).toBe(2);
    const ended = await portiaHere(['resume', id, '--answer', 'amount=yes'], { cwd });
    expect(resultOf(parse(ended))).toEqual({ answers: [true], args: { amount: 7 } });
  });

  test('when a value is confirmed with another one then the tool gets that one', async () => {
    const cwd = orderProject('confirmation');
    await pause(cwd);
    const ended = await portiaHere(['resume', 'last', '--answer', 'amount:=250.5'], { cwd });
    expect(resultOf(parse(ended))).toEqual({ answers: [250.5], args: { amount: 250.5 } });
  });

  test('when another value is typed at the terminal then the tool gets that one', async () => {
    const cwd = orderProject('confirmation');
    const terminal = openPortia(['run-plan', 'order.json'], { cwd });
    await terminal.waitFor('Use this amount?');
    enter('o')(terminal);
    await terminal.waitFor('amount (empty leaves it for later)');
    enter('plenty')(terminal);
    await terminal.waitFor('Allowed: yes, no, or another value (a number)');
    for (const _letter of 'plenty') terminal.press('backspace');
    enter('250.5')(terminal);
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(resultOf(onlyRun(cwd))).toEqual({ answers: [250.5], args: { amount: 250.5 } });
  });

  test('when Enter alone is pressed at a verification then nothing is answered, and a no must be said', async () => {
    const cwd = orderProject('verification');
    const terminal = openPortia(['run-plan', 'order.json'], { cwd });
    await terminal.waitFor('Is the address right?');
    expect(terminal.screen()).toContain('n No, end the run');
    terminal.press('enter');
    await terminal.waitFor('Type one of these letters: y, n, l.');
    enter('n')(terminal);
    expect(await terminal.exit()).toEqual({ code: 9, signal: 0 });
    expect(onlyRun(cwd).error?.code).toBe('declined');
  });
});

describe('questions that the tool words badly', () => {
  test('when a Custom question has no data then any JSON answers it', async () => {
    const cwd = orderProject('bare');
    await pause(cwd);
    const resumed = await portiaHere(['resume', 'last', '--answer', 'note:=[1,2]'], { cwd });
    expect(resultOf(parse(resumed))).toEqual({ answers: [[1, 2]], args: {} });
  });

  test.each(['broken', 'nameless'])(
    'when a question is %s then the step fails with the reason, and nothing is asked',
    async (name) => {
      const cwd = orderProject(name);
      const ran = await pause(cwd);
      expect(ran.code).toBe(1);
      expect(parse(ran)).toMatchObject({ state: 'FAILED', outputs: { clarifications: [] } });
      expect(printedError(ran.stderr)['message']).toContain('order_tool asked a malformed question');
    },
  );
});

test('when a tool of a module keeps something beside its question then it has it again with the answer', async () => {
  const module = `import { defineTool } from 'portia';
    import * as z from 'zod';
    export const once = defineTool({ id: 'pages', name: 'Pages', description: 'Asks.', effect: 'read',
      args: z.object({ page: z.string().optional() }),
      run: ({ kept, answers }, { page = 'none' }) => kept !== undefined
        ? { kept, page, answer: answers[0].response }
        : { kind: 'clarifications', kept: { at: 3 },
            clarifications: [{ category: 'Input', user_guidance: 'Which?', argument_name: 'page' }] } });`;
  const steps = [{ kind: 'tool', tool_id: 'pages', args: {}, output: '$read' }];
  const plan = { plan_context: { query: 'q' }, steps };
  const cwd = makeToolProject(module, { 'plan.json': plan });
  expect(await portiaHere(['run-plan', 'plan.json'], { cwd })).toMatchObject({ code: 8 });
  const resumed = await portiaHere(['resume', 'last', '--answer', 'page=7', '--format', 'value'], { cwd });
  expect(JSON.parse(resumed.stdout)).toEqual({ kept: { at: 3 }, page: 'none', answer: '7' });
});
