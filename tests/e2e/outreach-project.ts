import type { KillScenario } from '../support/kill-everywhere.js';
import type { ScriptEntry } from '../support/model-server.js';
import { makeToolProject } from '../support/tool-project.js';

/** A document with three profiles, and a tool that invites one of them. */
const TOOLS = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

const getDocument = defineTool({
  id: 'docs:get_document',
  name: 'Get document',
  description: 'Gives the text of a document.',
  effect: 'read',
  args: z.object({ doc_id: z.string() }),
  run(_context, { doc_id: id }) {
    return id === 'doc-7' ? 'https://people.example/ada, https://people.example/bob, https://people.example/cy' : '';
  },
});

const connect = defineTool({
  id: 'people:connect',
  name: 'Connect',
  description: 'Invites a person with a message.',
  effect: 'once',
  args: z.object({ profile: z.string(), message: z.string() }),
  run({ environment, idempotencyKey: key }, { profile, message }) {
    if (message.length > 200) {
      return { kind: 'failure', message: 'A message has at most 200 characters.', retryable: false, notDone: true };
    }
    const result = 'invited ' + profile;
    const effect = { tool: 'people:connect', profile, message, key, result };
    appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify(effect) + '\\n');
    return result;
  },
});

export const tools = [getDocument, connect];
`;

const URLS = ['ada', 'bob', 'cy'].map((name) => `https://people.example/${name}`);

const INVITE = {
  plan_context: { query: 'Invite a person who fits', tool_ids: ['people:connect'] },
  plan_inputs: [{ name: '$profile', schema: { type: 'string' } }],
  steps: [
    {
      kind: 'llm',
      task: 'Does this person fit? Write a message.',
      inputs: [{ name: '$profile' }],
      output_schema: {
        type: 'object',
        properties: { class: { enum: ['CONNECT', 'PASS'] }, message: { type: 'string' } },
        required: ['class', 'message'],
        additionalProperties: false,
      },
      output: '$judged',
    },
    {
      kind: 'if',
      branches: [
        {
          when: "$judged.class = 'CONNECT'",
          steps: [
            {
              kind: 'tool',
              tool_id: 'people:connect',
              args: { profile: '{{ $profile }}', message: '{{ $judged.message }}' },
              output: '$invited',
            },
          ],
        },
      ],
    },
    { kind: 'compute', expression: '$exists($invited) ? $invited : "passed over"', output: '$end' },
  ],
};

export const outreachProject = (): string =>
  makeToolProject(TOOLS, {
    'retrieve.txt': 'List the addresses of the profiles in the document {doc_id}.\n',
    'invite.json': INVITE,
    'profiles.ndjson': URLS.map((profile) => `${JSON.stringify({ profile })}\n`).join(''),
  });

/** A plan that uses a tool: the one that is offered in the first phase, or another one. */
export const planning = (toolId: string): ScriptEntry => ({
  match: /List the addresses of the profiles in the document doc-7\./,
  reply: {
    json: {
      steps: [
        { kind: 'tool', tool_id: toolId, args: { doc_id: '{{ $doc_id }}' }, output: '$document' },
        { kind: 'compute', expression: '$split($document, ", ")', output: '$urls' },
      ],
    },
  },
});

/** The person of this address, and what is written to them. */
export const judging = (name: string, verdict: 'CONNECT' | 'PASS', message = `Dear ${name}`): ScriptEntry => ({
  match: new RegExp(`Does this person fit[^]*people\\.example/${name}`),
  reply: { json: { class: verdict, message } },
});

export const RETRIEVE = ['run', '@retrieve.txt', '--yes', '--tool', 'docs:get_document'];
export const APPROVED = ['--approve', 'people:connect'];

export const outreachScenario: KillScenario = {
  project: outreachProject,
  start: ['run-plan', 'invite.json', '-i', 'profile=https://people.example/ada'],
  flags: APPROVED,
  script: [judging('ada', 'CONNECT')],
};
