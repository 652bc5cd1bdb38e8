import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { RunEvent } from '../../src/domain/run/events.js';
import type { KillScenario } from '../support/kill-everywhere.js';
import { makeToolProject } from '../support/tool-project.js';

/** Draws into the vault, and nowhere else. */
const VISUALISER = `import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

export const visualise = defineTool({
  id: 'visualise',
  name: 'Visualiser',
  description: 'Draws concepts as a picture beside the notes.',
  effect: 'idempotent',
  args: z.object({ name: z.string(), concepts: z.array(z.object({ name: z.string() })) }),
  run({ environment }, { name, concepts }) {
    const file = join('vault', 'visualizations', basename(name) + '.svg');
    mkdirSync(join(environment.projectRoot, 'vault', 'visualizations'), { recursive: true });
    const texts = concepts.map((concept) => '<text>' + concept.name + '</text>');
    writeFileSync(join(environment.projectRoot, file), '<svg>' + texts.join('') + '</svg>\\n');
    return file;
  },
});
`;

export const PICTURE = 'vault/visualizations/Pokemon.svg';
export const DRAWN = '<svg><text>Pikachu</text></svg>\n';

const concepts = {
  type: 'object',
  properties: {
    concepts: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    },
  },
  required: ['concepts'],
};
const PLAN = {
  plan_context: { query: 'Draw the concepts of a note', tool_ids: [] },
  plan_inputs: [{ name: '$note_name', description: 'The note, without .md' }],
  steps: [
    { kind: 'tool', tool_id: 'mcp:obsidian:list_vaults', args: {}, output: '$vaults' },
    {
      task: 'Read the note {{ $note_name }}.md',
      inputs: [{ name: '$vaults' }],
      tool_id: 'mcp:obsidian:read_note',
      output: '$note',
    },
    { kind: 'llm', task: 'Which concepts?', inputs: [{ name: '$note' }], output_schema: concepts, output: '$found' },
    {
      kind: 'llm',
      task: 'Which are animals?',
      inputs: [{ name: '$found' }],
      output_schema: concepts,
      output: '$drawn',
    },
    {
      kind: 'tool',
      tool_id: 'visualise',
      args: { name: '{{ $note_name }}', concepts: '{{ $drawn.concepts }}' },
      output: '$picture',
    },
  ],
};

/** A vault with a note, a real server that reads it, and a tool that draws. The server's calls are in effects.log. */
export function conceptMapProject(): string {
  const obsidian = {
    command: process.execPath,
    args: [resolve('examples/servers/notes.mjs'), './vault'],
    env: { LEDGER: './effects.log' },
  };
  return makeToolProject(VISUALISER, {
    'portia.json': {
      tools: { modules: ['./tools/*.mjs'] },
      mcp: { enable: ['obsidian'], believe_annotations: ['obsidian'] },
    },
    '.mcp.json': { mcpServers: { obsidian } },
    'vault/Pokemon.md': '# Pokemon\n\nAsh catches Pikachu.\n',
    'concept-map.json': PLAN,
  });
}

export const DRAW = ['run-plan', 'concept-map.json', '-i', 'note_name=Pokemon', '--approve', 'visualise'];

const NOTE = { vault: 'vault', filename: 'Pokemon.md' };
export const TASKS = { read: /Read the note/, concepts: /Which concepts/, animals: /Which are animals/ };
export const CALL = { name: 'mcp_obsidian_read_note', arguments: NOTE };
export const CONCEPTS = { concepts: [{ name: 'Pikachu' }, { name: 'Ash' }] };
export const ANIMALS = { concepts: [{ name: 'Pikachu' }] };

export const conceptMapScenario: KillScenario = {
  project: conceptMapProject,
  start: DRAW,
  flags: ['--approve', 'visualise'],
  script: [
    { match: TASKS.read, reply: { toolCalls: [CALL] } },
    { match: TASKS.concepts, reply: { json: CONCEPTS } },
    { match: TASKS.animals, reply: { json: ANIMALS } },
  ],
  leaveDone(folder: string, recorded: RunEvent[]) {
    const drawn = recorded.some((event) => event.type === 'tool.finished' && event.key.startsWith('4/'));
    if (!drawn) return;
    mkdirSync(join(folder, 'vault/visualizations'), { recursive: true });
    writeFileSync(join(folder, PICTURE), DRAWN);
  },
};
