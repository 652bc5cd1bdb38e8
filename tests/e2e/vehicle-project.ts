import { readFileSync } from 'node:fs';

import { selectorName } from '../../src/domain/run/clarification.js';
import type { KillScenario } from '../support/kill-everywhere.js';
import { makeToolProject } from '../support/tool-project.js';
import type { ScriptEntry, ScriptedReply } from '../support/model-server.js';

/** A tool that renews a vehicle's tax; for the same call it does so once. */
const TOOLS = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

export const roadTax = defineTool({
  id: 'road_tax',
  name: 'Road tax',
  description: 'Renews the road tax of a vehicle.',
  effect: 'idempotent',
  args: z.object({
    registration: z.string().min(1).describe('What stands on the number plate.'),
    reference: z.string().length(6).describe('The six digits in the reminder.'),
  }),
  output: z.any(),
  run({ environment, idempotencyKey: key }, args) {
    const result = { ...args, until: '2027-11-30' };
    appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify({ tool: 'road_tax', args, key, result }) + '\\n');
    return result;
  },
});
`;

/** A project with the plan, the tool and a file with what was said so far. */
export function vehicleProject(conversation: string): string {
  return makeToolProject(TOOLS, {
    'vehicle-assistant.json': readFileSync('plans/vehicle-assistant.json', 'utf8'),
    'conversation.txt': conversation,
  });
}

export const APPROVE = ['--approve', 'road_tax'];
export const ASSIST = ['run-plan', 'vehicle-assistant.json', '-i', 'conversation=@conversation.txt'];

/** The model says what it is about. */
export const classified = (topic: string): ScriptEntry => ({
  match: /Classify what the owner wants/,
  reply: { json: { topic } },
});

/** What the model that renews the tax replies next. */
export const agent = (reply: ScriptedReply): ScriptEntry => ({
  match: /You do one step[\s\S]*Renew the road tax/,
  reply,
});
export const calls = (name: string, args: object): ScriptedReply => ({ toolCalls: [{ name, arguments: args }] });

/** The agent asks for both things that the tax needs, and then renews it. */
export const vehicleScenario: KillScenario = {
  project: () => vehicleProject('Owner: I got a reminder and want to renew my road tax.\n'),
  start: ASSIST,
  flags: APPROVE,
  script: [
    classified('tax'),
    agent({
      toolCalls: [
        { name: 'ask_user', arguments: { argument_name: 'registration', question: 'What is on your number plate?' } },
        { name: 'ask_user', arguments: { argument_name: 'reference', question: 'Which six digits are in it?' } },
      ],
    }),
    agent(calls('road_tax', { registration: 'AB12 CDE', reference: '004711' })),
  ],
  answers: (question) => (selectorName(question) === 'registration' ? 'AB12 CDE' : '004711'),
};
