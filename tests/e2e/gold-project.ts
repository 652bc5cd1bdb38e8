import { readFileSync } from 'node:fs';

import type { Clarification } from '../../src/domain/run/clarification.js';
import type { KillScenario } from '../support/kill-everywhere.js';
import type { ScriptedReply, ScriptEntry } from '../support/model-server.js';
import { makeToolProject } from '../support/tool-project.js';

/** A tool with side effects: every mail is a line of effects.log. */
const SEND_EMAIL = `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

export const sendEmail = defineTool({
  id: 'send_email',
  name: 'Send e-mail',
  description: 'Sends an e-mail.',
  effect: 'once',
  args: z.object({ to: z.string(), subject: z.string(), body: z.string() }),
  run({ environment, idempotencyKey: key }, mail) {
    const result = { to: mail.to, subject: mail.subject };
    appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify({ key, mail, result }) + '\\n');
    return result;
  },
});
`;

const PLAN = readFileSync('plans/gold-purchase.json', 'utf8');

export const goldProject = (): string => makeToolProject(SEND_EMAIL, { 'gold.json': PLAN });

export const BUY = ['run-plan', 'gold.json'];
export const STUBS = ['--stub', 'search_tool=In the UK people pay in EUR here; an ounce of gold is 2400 EUR.'];
export const HIGH_LIMIT = ['-i', 'spending_limit:=1000000'];
export const SENDING = [...STUBS, '--approve', 'send_email'];

export const RECEIPT = 'Receipt: 50 ounces of gold, 120000 EUR.';

const finding = /Find the price of one ounce of gold/;
const call = (name: string, args: object): ScriptedReply => ({ toolCalls: [{ name, arguments: args }] });

/** The agent that finds the price: it searches, calculates and answers. */
export const priceScript: ScriptEntry[] = [
  { match: finding, reply: call('search_tool', { search_query: 'gold price' }) },
  { match: finding, reply: call('calculator_tool', { math_question: '24000 / 10' }) },
  { match: finding, reply: call('final_result', { price: 2400, currency: 'EUR' }) },
];

export const mailScript: ScriptEntry[] = [
  { match: /Write a receipt for 50 ounces of gold at 120000 EUR/, reply: { text: RECEIPT } },
  {
    match: /Send the receipt to ada@example\.com/,
    reply: call('send_email', { to: 'ada@example.com', subject: 'Your gold', body: '{{$receipt}}' }),
  },
];

/** The person who buys 50 ounces. */
const answers = (question: Clarification) => (question.category === 'User Verification' ? true : 50);

export const goldScenario: KillScenario = {
  project: goldProject,
  start: [...BUY, ...HIGH_LIMIT],
  flags: SENDING,
  script: [...priceScript, ...mailScript],
  answers,
};
