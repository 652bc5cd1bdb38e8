import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import { type Ended } from '../support/portia.js';
import { onlyRun, openPortia, printedError, printedQuestions, readRun, story } from '../support/scenario.js';
import type { TestTerminal } from '../support/terminal.js';
import { makeToolProject } from '../support/tool-project.js';

/** A tool that asks the questions that its caller names, and then says what it was answered. */
const askTool = `import { defineTool } from 'portia';
import * as z from 'zod';

const questions = {
  input: {
    category: 'Input',
    user_guidance: 'How many?',
    argument_name: 'quantity',
    schema: { type: 'integer', minimum: 1 },
  },
  choice: { category: 'Multiple Choice', user_guidance: 'Which size?', argument_name: 'size', options: ['small', 'large', 3] },
  confirmation: { category: 'Value Confirmation', user_guidance: 'Pay this?', argument_name: 'amount', value: 1000 },
  unsaid: { category: 'Value Confirmation', user_guidance: 'Pay this?', argument_name: 'amount' },
  verification: { category: 'User Verification', user_guidance: 'Is the address right?' },
  action: { category: 'Action', user_guidance: 'Please log in.', action_url: 'https://example.com/login' },
  custom: {
    category: 'Custom',
    user_guidance: 'Where to?',
    name: 'address',
    data: { schema: { type: 'object', properties: { street: { type: 'string' } }, required: ['street'] } },
  },
  bare: { category: 'Custom', user_guidance: 'Anything else?', name: 'note' },
  broken: { category: 'Input', user_guidance: 'How many?', argument_name: 'quantity', schema: { type: 'numbr' } },
  nameless: { category: 'Input', user_guidance: 'How many?' },
};

export const order = defineTool({
  id: 'order_tool',
  name: 'Order',
  description: 'Orders something.',
  effect: 'read',
  args: z.object({ ask: z.array(z.string()), quantity: z.int().optional(), size: z.any().optional(), amount: z.number().optional() }),
  output: z.any(),
  run(context, { ask, ...args }) {
    if (context.answers.length < ask.length) {
      return { kind: 'clarifications', clarifications: ask.map((name) => questions[name]) };
    }
    return { answers: context.answers.map(({ response }) => response), args };
  },
});
`;

function orderProject(...ask: string[]): string {
  return makeToolProject(askTool, {
    'order.json': {
      id: 'plan-019a0000-0000-7000-8000-0000000000c1',
      plan_context: { query: 'Order it.', tool_ids: ['order_tool'] },
      steps: [{ kind: 'tool', tool_id: 'order_tool', args: { ask }, output: '$order' }],
      metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
    },
  });
}

interface Kind {
  name: string;
  category: string;
  selector: string;
  /** What the tool is told, and the arguments that it gets with it. */
  response: unknown;
  args: object;
  flag: string;
  asks: string;
  answer(terminal: TestTerminal): void;
  /** An answer that does not fit, and what is said to be allowed. */
  wrong: string;
  allowed: string;
}

const enter = (text: string) => (terminal: TestTerminal) => {
  terminal.type(text);
  terminal.press('enter');
};

const KINDS: Kind[] = [
  {
    name: 'input',
    category: 'Input',
    selector: 'quantity',
    response: 7,
    args: { quantity: 7 },
    flag: 'quantity=7',
    asks: 'How many?',
    answer: enter('7'),
    wrong: 'quantity=seven',
    allowed: 'a whole number, at least 1',
  },
  {
    name: 'choice',
    category: 'Multiple Choice',
    selector: 'size',
    response: 'large',
    args: { size: 'large' },
    flag: 'size=#2',
    asks: 'leave for later',
    answer(terminal) {
      terminal.press('down');
      terminal.press('enter');
    },
    wrong: 'size=huge',
    allowed: 'one of: #1 "small", #2 "large", #3 3',
  },
  {
    name: 'confirmation',
    category: 'Value Confirmation',
    selector: 'amount',
    response: true,
    args: { amount: 1000 },
    flag: 'amount=yes',
    asks: 'amount: 1000',
    answer: enter('y'),
    wrong: 'amount=plenty',
    allowed: 'yes, no, or another value (a number)',
  },
  {
    name: 'verification',
    category: 'User Verification',
    selector: 'verify',
    response: true,
    args: {},
    flag: 'verify=yes',
    asks: 'Is the address right?',
    answer: enter('y'),
    wrong: 'verify=maybe',
    allowed: 'yes or no',
  },
  {
    name: 'action',
    category: 'Action',
    selector: 'action',
    response: true,
    args: {},
    flag: 'action=done',
    asks: 'https://example.com/login',
    answer: enter('d'),
    wrong: 'action=soon',
    allowed: 'done, once it is done',
  },
  {
    name: 'custom',
    category: 'Custom',
    selector: 'address',
    response: { street: 'Main Street 1' },
    args: {},
    flag: 'address:={"street":"Main Street 1"}',
    asks: 'Where to?',
    answer: enter('{"street":"Main Street 1"}'),
    wrong: 'address:={"town":"Bath"}',
    allowed: 'a JSON object',
  },
];

const resultOf = (run: Run): unknown => run.outputs.final_output?.['value'];
const parse = (ended: Ended): Run => JSON.parse(ended.stdout) as Run;
const pause = async (cwd: string) => portiaHere(['run-plan', 'order.json'], { cwd });

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
