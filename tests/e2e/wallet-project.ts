import type { KillScenario } from '../support/kill-everywhere.js';
import type { ScriptEntry } from '../support/model-server.js';
import { makeToolProject } from '../support/tool-project.js';

export const PATTERN = '^0x[0-9a-fA-F]{40}$';
export const ADDRESS = `0x${'ab'.repeat(20)}`;

/** A wallet with 100 USDC. */
const TOOLS = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

const note = (environment, effect) =>
  appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify(effect) + '\\n');

export const transfer = defineTool({
  id: 'transfer_usdc',
  name: 'Transfer USDC',
  description: 'Sends USDC to an address.',
  effect: 'once',
  args: z.object({ recipient_address: z.string().regex(/${PATTERN}/), amount: z.number().positive() }),
  run({ environment, idempotencyKey: key }, { recipient_address: to, amount }) {
    if (amount > 100) {
      note(environment, { tool: 'refused', amount, key });
      return { kind: 'failure', message: 'The balance is 100 USDC.', retryable: true, notDone: true };
    }
    const result = 'sent ' + amount + ' to ' + to;
    note(environment, { tool: 'transfer_usdc', to, amount, key, result });
    return result;
  },
});
`;

const planOf = (amount: number) => ({
  plan_context: { query: `Send ${amount} USDC to Ada`, tool_ids: ['transfer_usdc'] },
  steps: [
    {
      task: `Send ${amount} USDC to Ada at 0x12.`,
      tool_id: 'transfer_usdc',
      agent: 'verified',
      retries: 2,
      output: '$sent',
    },
  ],
});

/** Plans that send 5 and 500. */
export const walletProject = (): string => makeToolProject(TOOLS, { 'five.json': planOf(5), 'much.json': planOf(500) });

const writing = (amount: number, address: string): ScriptEntry => ({
  match: /You prepare one step/,
  reply: { toolCalls: [{ name: 'transfer_usdc', arguments: { recipient_address: address, amount } }] },
});
const said = { reason: 'The task says it.', made_up: false };
const tracing: ScriptEntry = {
  match: /Trace each of them/,
  reply: { json: { recipient_address: said, amount: said } },
};

/** The model writes the call and traces its arguments, so often. */
export const walletScript = (amount: number, { address = '0x12', times = 1 } = {}): ScriptEntry[] =>
  Array.from({ length: times }, () => [writing(amount, address), tracing]).flat();

export const APPROVED = ['--approve', 'transfer_usdc'];

/** The address that the model found does not fit, and the person gives the right one. */
export const walletScenario: KillScenario = {
  project: walletProject,
  start: ['run-plan', 'five.json'],
  flags: APPROVED,
  script: walletScript(5),
  answers: () => ADDRESS,
};
