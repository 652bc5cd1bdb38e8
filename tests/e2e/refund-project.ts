import { resolve } from 'node:path';

import type { Effect } from '../support/crashed-project.js';
import type { KillScenario } from '../support/kill-everywhere.js';
import type { ScriptEntry } from '../support/model-server.js';
import { makeProject } from '../support/portia.js';

const POLICY = 'Products may be returned within 30 days when they are faulty. Nothing else is refunded.\n';

/** What customers write, and what the reviewer says to it. */
export const MAILS = {
  'faulty, 3 days ago': ['The robot that I bought 3 days ago does not move.', 'APPROVED'],
  '2 years ago': ['The robot that I bought 2 years ago does not move.', 'REJECTED'],
  dropped: ['I dropped the robot, and now it does not move.', 'REJECTED'],
  'lost packaging': ['I want to return the robot, but I lost its box.', 'REJECTED'],
  'custom colour': ['The robot that I ordered in pink is too pink.', 'REJECTED'],
} as const;

export type Mail = keyof typeof MAILS;

const FAULTY: Mail = 'faulty, 3 days ago';

export const PAYMENTS = 'examples/servers/payments.mjs';

const object = (properties: object) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const text = { type: 'string' };
const read = (filename: string, output: string) => ({
  kind: 'tool',
  tool_id: 'file_reader_tool',
  args: { filename },
  output,
});
const stripe = (name: string, args: object, output: string) => ({
  kind: 'tool',
  tool_id: `mcp:stripe:${name}`,
  args,
  output,
});

export const REFUND_PLAN = {
  plan_context: { query: 'Refund the customer when the policy allows it', tool_ids: [] },
  plan_inputs: [
    { name: '$payment_limit', description: 'What is paid back at most', default: 1000, schema: { type: 'number' } },
  ],
  steps: [
    read('policy.txt', '$policy'),
    read('inbox.txt', '$mail'),
    {
      kind: 'llm',
      task: 'Review the request by the policy.',
      inputs: [{ name: '$policy' }, { name: '$mail' }],
      output_schema: object({ decision: { enum: ['APPROVED', 'REJECTED'] }, reason: text }),
      output: '$review',
    },
    {
      kind: 'if',
      branches: [
        {
          when: "$review.decision = 'REJECTED'",
          steps: [{ kind: 'exit', message: 'No refund: {{ $review.reason }}' }],
        },
      ],
    },
    {
      kind: 'llm',
      task: 'Who wrote the mail?',
      inputs: [{ name: '$mail' }],
      output_schema: object({ email: text }),
      output: '$from',
    },
    stripe('list_customers', { email: '{{ $from.email }}' }, '$found'),
    stripe('list_payment_intents', { customer: '{{ $found.customers[0].id }}' }, '$paid'),
    {
      kind: 'llm',
      task: 'Which payment is to be refunded?',
      inputs: [{ name: '$mail' }, { name: '$paid' }],
      output_schema: object({ payment_intent: text, amount: { type: 'integer' } }),
      output: '$refund',
    },
    {
      kind: 'user_verify',
      message: 'Refund {{ $refund.amount }} of {{ $refund.payment_intent }} to {{ $from.email }}?',
    },
    {
      kind: 'if',
      branches: [
        {
          when: '$refund.amount > $payment_limit',
          steps: [
            {
              kind: 'exit',
              error: true,
              message: '{{ $refund.amount }} is more than {{ $payment_limit }}, the limit.',
            },
          ],
        },
      ],
    },
    stripe('create_refund', { payment_intent: '{{ $refund.payment_intent }}' }, '$result'),
  ],
};

interface RefundProject {
  mail?: Mail | undefined;
  /** The program of the payment service. */
  server?: string;
  files?: Record<string, string>;
}

/** A shop whose inbox has this mail. Its payment service is a real server, whose calls are the lines of effects.log. */
export function refundProject({ mail = FAULTY, server = resolve(PAYMENTS), files = {} }: RefundProject = {}): string {
  return makeProject({
    'portia.json': { mcp: { enable: ['stripe'], believe_annotations: ['stripe'] } },
    '.mcp.json': {
      mcpServers: {
        stripe: {
          command: process.execPath,
          args: [server],
          env: { LEDGER: './effects.log' },
        },
      },
    },
    'policy.txt': POLICY,
    'inbox.txt': `From: ada@example.com\n\n${MAILS[mail][0]}\n`,
    'refund.json': REFUND_PLAN,
    ...files,
  });
}

/** The reviewer, and, when it agrees, who finds the customer and the payment. */
export function refundScript(mail: Mail = FAULTY): ScriptEntry[] {
  const [, decision] = MAILS[mail];
  const review: ScriptEntry = {
    match: /Review the request[^]*robot/,
    reply: { json: { decision, reason: `it is ${mail}` } },
  };
  if (decision === 'REJECTED') return [review];
  return [
    review,
    { match: /Who wrote the mail/, reply: { json: { email: 'ada@example.com' } } },
    { match: /Which payment[^]*pi_robot/, reply: { json: { payment_intent: 'pi_robot', amount: 1000 } } },
  ];
}

export const REFUND = ['run-plan', 'refund.json'];
export const APPROVED = ['--approve', 'mcp:stripe:create_refund'];

/** A call of the server, as it wrote it down. */
export interface ServerCall extends Effect {
  tool: string;
  args: Record<string, unknown>;
  result: Record<string, unknown>;
}

export const refundScenario: KillScenario = {
  project: () => refundProject(),
  start: REFUND,
  flags: APPROVED,
  script: refundScript(),
  answers: () => true,
};
