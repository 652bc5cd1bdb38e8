import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { KillScenario } from '../support/kill-everywhere.js';
import { promptOf, type ScriptEntry } from '../support/model-server.js';
import { makeToolProject } from '../support/tool-project.js';

/** An inbox, which is empty without the file "inbox", and two tools that act once. */
const TOOLS = `
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

const mailOf = (number) => ({
  subject: 'Result ' + number,
  body: ('Finding ' + number + ' of the day. ').repeat(140),
});

const inbox = defineTool({
  id: 'inbox_tool',
  name: 'Inbox',
  description: 'Gives the mails of today.',
  effect: 'read',
  args: z.object({}),
  run({ environment }) {
    const isFull = existsSync(join(environment.projectRoot, 'inbox'));
    return isFull ? Array.from({ length: 40 }, (_, index) => mailOf(index + 1)) : [];
  },
});

const acting = (id, fields, resultOf) =>
  defineTool({
    id,
    name: id,
    description: 'Acts once.',
    effect: 'once',
    args: z.object(fields),
    run({ environment, idempotencyKey: key }, args) {
      const result = resultOf(args);
      appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify({ id, key, args, result }) + '\\n');
      return result;
    },
  });

export const tools = [
  inbox,
  acting('podcast_tool', { title: z.string(), text: z.string() }, ({ title, text }) => title + ', ' + text.length),
  acting('slack_tool', { text: z.string() }, ({ text }) => 'posted ' + text),
];
`;

const NEWS = {
  type: 'object',
  properties: { headline: { type: 'string' } },
  required: ['headline'],
  additionalProperties: false,
};
const RESULT = {
  type: 'object',
  properties: { headline: { type: 'string' }, podcast: { type: 'string' } },
  required: ['headline', 'podcast'],
  additionalProperties: false,
};

const PLAN = {
  plan_context: { query: 'Make a podcast of the mails of today', tool_ids: [] },
  steps: [
    { kind: 'tool', tool_id: 'inbox_tool', args: {}, output: '$mails' },
    {
      kind: 'if',
      branches: [
        { when: '$count($mails) = 0', steps: [{ kind: 'exit', message: 'No mail came, so there is nothing to do.' }] },
      ],
    },
    { kind: 'compute', expression: '$mails.subject', output: '$subjects' },
    { kind: 'compute', expression: '$join($mails.body, "\\n\\n")', output: '$text' },
    {
      kind: 'llm',
      task: 'What is the headline of the day?',
      inputs: [{ name: '$subjects' }],
      output_schema: NEWS,
      output: '$news',
    },
    {
      task: 'Make a podcast of the whole text.',
      tool_id: 'podcast_tool',
      inputs: [{ name: '$news' }, { name: '$text' }],
      output: '$podcast',
    },
    { kind: 'tool', tool_id: 'slack_tool', args: { text: '{{ $news.headline }}: {{ $podcast }}' }, output: '$posted' },
    { kind: 'compute', expression: '{ "headline": $news.headline, "podcast": $podcast }', output: '$result' },
  ],
  output_schema: RESULT,
};

/** A project whose inbox has 40 mails, about 30,000 tokens, or none. */
export function dailyResearchProject(mails: 'many' | 'none' = 'many'): string {
  const folder = makeToolProject(TOOLS, { 'research.json': PLAN });
  if (mails === 'many') writeFileSync(join(folder, 'inbox'), '');
  return folder;
}

/** What both tools are given in the end. */
export const TEXT = Array.from({ length: 40 }, (_, index) => `Finding ${index + 1} of the day. `.repeat(140)).join(
  '\n\n',
);
export const PODCAST = `Today, ${TEXT.length}`;

export const RESEARCH = ['run-plan', 'research.json'];
export const APPROVED = ['--approve', 'podcast_tool', '--approve', 'slack_tool'];

/** The mails themselves are passed by name, and never asked for whole. */
const MOST_CHARACTERS = 14_000;
const isShort = (body: Parameters<typeof promptOf>[0]): boolean => promptOf(body).length < MOST_CHARACTERS;

export const researchScript = (): ScriptEntry[] => [
  {
    match: (body) => isShort(body) && /What is the headline[^]*Result 40/.test(promptOf(body)),
    reply: { json: { headline: 'Result 7' } },
  },
  {
    match: (body) => isShort(body) && /Make a podcast of the whole text/.test(promptOf(body)),
    reply: { toolCalls: [{ name: 'podcast_tool', arguments: { title: 'Today', text: '{{$text}}' } }] },
  },
];

export const researchScenario: KillScenario = {
  project: dailyResearchProject,
  start: RESEARCH,
  flags: APPROVED,
  script: researchScript(),
};
