// A server of tools that stands in for a payment service. It needs: npm install @modelcontextprotocol/server zod
// Every call is a line of the file that the variable LEDGER names, and nothing else keeps the refunds.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

const { LEDGER = 'payments.ndjson' } = process.env;

const CUSTOMERS = [
  { id: 'cus_ada', email: 'ada@example.com', name: 'Ada' },
  { id: 'cus_bob', email: 'bob@example.com', name: 'Bob' },
];
const PAYMENTS = [
  { id: 'pi_robot', customer: 'cus_ada', amount: 1000, currency: 'gbp', status: 'succeeded' },
  { id: 'pi_kite', customer: 'cus_bob', amount: 250, currency: 'gbp', status: 'succeeded' },
];

const customer = z.object({ id: z.string(), email: z.string(), name: z.string() });
const payment = z.object({
  id: z.string(),
  customer: z.string(),
  amount: z.int().describe('In the smallest unit of the currency'),
  currency: z.string(),
  status: z.string(),
});
const refund = payment.omit({ customer: true }).extend({ payment_intent: z.string() });

/** Writes a call down, and gives its result as the protocol has it. */
function done(tool, args, result) {
  appendFileSync(LEDGER, `${JSON.stringify({ tool, args, result })}\n`);
  return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result };
}

function refundsSoFar() {
  const lines = existsSync(LEDGER) ? readFileSync(LEDGER, 'utf8').trimEnd().split('\n') : [];
  return lines.filter((line) => JSON.parse(line).tool === 'create_refund').length;
}

function payments() {
  const server = new McpServer({ name: 'payments', version: '1.0.0' });
  server.registerTool(
    'list_customers',
    {
      description: 'Lists the customers, or the one with an e-mail address.',
      inputSchema: z.object({ email: z.string().optional() }),
      outputSchema: z.object({ customers: z.array(customer) }),
      annotations: { readOnlyHint: true },
    },
    (args) =>
      done('list_customers', args, {
        customers: CUSTOMERS.filter(({ email }) => [email, undefined].includes(args.email)),
      }),
  );
  server.registerTool(
    'list_payment_intents',
    {
      description: 'Lists the payments of a customer.',
      inputSchema: z.object({ customer: z.string() }),
      outputSchema: z.object({ payment_intents: z.array(payment) }),
      annotations: { readOnlyHint: true },
    },
    (args) =>
      done('list_payment_intents', args, {
        payment_intents: PAYMENTS.filter(({ customer: id }) => id === args.customer),
      }),
  );
  server.registerTool(
    'create_refund',
    {
      description: 'Pays a payment back.',
      inputSchema: z.object({ payment_intent: z.string(), amount: z.int().positive().optional() }),
      outputSchema: refund,
      annotations: { destructiveHint: true },
    },
    (args) => {
      const paid = PAYMENTS.find(({ id }) => id === args.payment_intent);
      if (paid === undefined) {
        return { content: [{ type: 'text', text: `No such payment_intent: ${args.payment_intent}` }], isError: true };
      }
      const { currency, status } = paid;
      return done('create_refund', args, {
        id: `re_${refundsSoFar() + 1}`,
        payment_intent: paid.id,
        amount: args.amount ?? paid.amount,
        currency,
        status,
      });
    },
  );
  return server;
}

serveStdio(payments);
