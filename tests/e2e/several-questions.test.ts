import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { onlyRun, openPortia, printedQuestions, story } from '../support/scenario.js';
import { enter, KINDS, orderProject, parse, pause, resultOf } from './order-project.js';

describe('several questions at once', () => {
  const ALL = KINDS.map(({ name }) => name);
  const expected = {
    answers: KINDS.map(({ response }) => response),
    args: Object.assign({}, ...KINDS.map(({ args }) => args)) as object,
  };
  const openCount = (cwd: string) =>
    onlyRun(cwd).outputs.clarifications.filter((question) => !question.resolved).length;

  test('when the answers come one after the other then each is kept, and the last one makes it ready', async () => {
    const cwd = orderProject(...ALL);
    await pause(cwd);
    for (const [index, { flag }] of KINDS.entries()) {
      expect(onlyRun(cwd).state).toBe('NEED_CLARIFICATION');
      const answered = await portiaHere(['answer', 'last', flag], { cwd });
      expect(answered.code).toBe(0);
      expect(openCount(cwd)).toBe(KINDS.length - index - 1);
      expect(parse(answered).state).toBe(onlyRun(cwd).state);
    }
    const ready = onlyRun(cwd);
    expect(ready.state).toBe('READY_TO_RESUME');
    expect(story(cwd, ready.id).filter((type) => type === 'step.started 0')).toHaveLength(1);
    const resumed = await portiaHere(['resume', ready.id], { cwd });
    expect(resumed.code).toBe(0);
    expect(resultOf(parse(resumed))).toEqual(expected);
  });

  test('when resume gets some of the answers then it keeps them, prints the open ones and exits 8', async () => {
    const cwd = orderProject(...ALL);
    await pause(cwd);
    const resumed = await portiaHere(['resume', 'last', '--answer', 'quantity=7', '--answer', 'size=large'], { cwd });
    expect(resumed.code).toBe(8);
    expect(parse(resumed).state).toBe('NEED_CLARIFICATION');
    const open = printedQuestions(resumed.stderr).questions.map((question) => question['selector']);
    expect(open).toEqual(['amount', 'verify', 'action', 'address']);
    expect(openCount(cwd)).toBe(4);
  });

  test('when one answer of several is wrong then none is taken', async () => {
    const cwd = orderProject(...ALL);
    await pause(cwd);
    const refused = await portiaHere(['answer', 'last', 'quantity=7', 'size=huge'], { cwd });
    expect(refused.code).toBe(2);
    expect(openCount(cwd)).toBe(6);
  });

  const document = {
    quantity: 7,
    size: 'large',
    amount: true,
    verify: true,
    action: 'done',
    address: { street: 'Main Street 1' },
  };

  test.each(['file', 'standard input'])('when all answers are in a %s then one command finishes it', async (where) => {
    const cwd = orderProject(...ALL);
    await pause(cwd);
    const text = JSON.stringify(document);
    writeFileSync(join(cwd, 'answers.json'), text);
    const isFile = where === 'file';
    const args = ['resume', 'last', '--answers', isFile ? 'answers.json' : '-'];
    const resumed = await portiaHere(args, { cwd, ...(isFile ? {} : { input: text }) });
    expect(resumed.code).toBe(0);
    const run = parse(resumed);
    expect(resultOf(run)).toEqual(expected);
    expect(run.outputs.clarifications.map(({ channel }) => channel)).toEqual(ALL.map(() => 'file'));
  });

  test('when the answers are given by the ids of the questions then they fit, too', async () => {
    const cwd = orderProject('input', 'choice');
    const paused = await pause(cwd);
    const [first, second] = printedQuestions(paused.stderr).questions.map(({ id: asked }) => asked);
    const answers = [
      { id: first, response: 7 },
      { id: second, response: 3 },
    ];
    const resumed = await portiaHere(['resume', 'last', '--answers', '-'], { cwd, input: JSON.stringify(answers) });
    expect(resultOf(parse(resumed))).toEqual({ answers: [7, 3], args: { quantity: 7, size: 3 } });
  });

  test('when the answers are given before the questions then they need the place, and nothing is asked', async () => {
    const cwd = orderProject('input', 'choice');
    const args = ['--answer', '0.quantity=7', '--answer', '$order.size=small'];
    const ran = await portiaHere(['run-plan', 'order.json', ...args], { cwd });
    expect(ran.code).toBe(0);
    expect(resultOf(parse(ran))).toEqual({ answers: [7, 'small'], args: { quantity: 7, size: 'small' } });
  });

  test('when a person leaves one for later at the terminal then the others are kept and it exits 8', async () => {
    const cwd = orderProject('input', 'action');
    const terminal = openPortia(['run-plan', 'order.json'], { cwd });
    await terminal.waitFor('Question 1 of 2');
    await terminal.waitFor('? How many?');
    enter('7')(terminal);
    await terminal.waitFor('Question 2 of 2');
    enter('l')(terminal);
    expect(await terminal.exit()).toEqual({ code: 8, signal: 0 });
    expect(onlyRun(cwd).outputs.clarifications).toMatchObject([{ resolved: true, response: 7 }, { resolved: false }]);
    const resumed = await portiaHere(['resume', 'last', '--answer', 'action=done'], { cwd });
    expect(resultOf(parse(resumed))).toEqual({ answers: [7, true], args: { quantity: 7 } });
  });
});
