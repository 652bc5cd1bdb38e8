import { defineTool } from 'portia';
import { z } from 'zod';

const TICKETS = [
  { id: 'T1', project: 'Website', title: 'Dark mode', description: 'Follow the colour scheme of the system.' },
  { id: 'T2', project: 'Website', title: 'Search', description: 'Search in everything, in every language.' },
  { id: 'A9', project: 'App', title: 'Crash at start', description: 'It crashes on old phones.' },
];

export const listTickets = defineTool({
  id: 'list_tickets',
  name: 'List tickets',
  description: 'All tickets of the team. (An example: there are three.)',
  effect: 'read',
  args: z.object({}),
  run: () => TICKETS,
});
