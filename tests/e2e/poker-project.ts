import { readFileSync } from 'node:fs';

import type { KillScenario } from '../support/kill-everywhere.js';
import type { ScriptEntry } from '../support/model-server.js';
import { makeProject } from '../support/portia.js';

const PLAN = readFileSync('plans/planning-poker.json', 'utf8');

const TICKETS = [
  { id: 'T1', project: 'Website', title: 'Dark mode', description: 'Follow the colour scheme of the system.' },
  { id: 'T2', project: 'Website', title: 'Search', description: 'Search in everything, in every language.' },
  { id: 'A9', project: 'App', title: 'Crash at start', description: 'It crashes on old phones.' },
];

const LIST_TICKETS = `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

export const listTickets = defineTool({
  id: 'list_tickets',
  name: 'List tickets',
  description: 'All tickets of the team.',
  effect: 'read',
  args: z.object({}),
  run: ({ environment }) => JSON.parse(readFileSync(join(environment.projectRoot, 'tickets.json'), 'utf8')),
});
`;

export const pokerProject = (): string =>
  makeProject({
    'portia.json': { tools: { modules: ['./tools/*.ts'] } },
    'tools/list-tickets.ts': LIST_TICKETS,
    'tickets.json': TICKETS,
    'poker.json': PLAN,
  });

export const PLAY = ['run-plan', 'poker.json'];

/** The cards of the frontend developer, the backend developer and the DevOps engineer. */
const CARDS: Record<string, string[]> = { T1: ['1D', '3D', '5D'], T2: ['3D', '5D', 'TLTE'] };
const PERSONAS = ['frontend developer', 'backend developer', 'DevOps engineer'];

const filtered = TICKETS.slice(0, 2).map(({ project: _project, ...ticket }) => ticket);

export function pokerScript(cards = CARDS): ScriptEntry[] {
  const plays = Object.entries(cards).flatMap(([ticket, sizes]) =>
    sizes.map((size, index): ScriptEntry => {
      const match = new RegExp(`You are a ${PERSONAS[index]}\\. Play one card for the ticket ${ticket};`);
      return { match, reply: { json: { size, reason: 'Experience.' } } };
    }),
  );
  return [{ match: /belong to the project Website/, reply: { json: filtered } }, ...plays];
}

/** With a stub, because loading the module takes longer than everything else. */
export const pokerScenario: KillScenario = {
  project: () => makeProject({ 'tickets.json': TICKETS, 'poker.json': PLAN }),
  start: PLAY,
  flags: ['--stub', 'list_tickets=@tickets.json'],
  script: pokerScript(),
};
