import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import type { Ended } from '../support/portia.js';
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

export function orderProject(...ask: string[]): string {
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

export const enter = (text: string) => (terminal: TestTerminal) => {
  terminal.type(text);
  terminal.press('enter');
};

export const KINDS: Kind[] = [
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

export const resultOf = (run: Run): unknown => run.outputs.final_output?.['value'];
export const parse = (ended: Ended): Run => JSON.parse(ended.stdout) as Run;
export const pause = async (cwd: string) => portiaHere(['run-plan', 'order.json'], { cwd });
