import { defineTool } from 'portia';
import { z } from 'zod';

import { act } from '../acted.ts';

const PLATFORM = [
  { title: 'TypeScript evening', date: '2026-12-10', url: 'https://events.example/1?utm_source=platform' },
  { title: 'Node night', date: '2026-12-15', url: 'https://events.example/3?ref=a' },
];
const COMMUNITY = [
  { title: 'TypeScript evening', date: '2026-12-10', url: 'https://events.example/1?fbclid=77' },
  { title: 'Winter party', date: '2026-12-21', url: 'https://events.example/5' },
];

const where = z.object({
  location: z.string().describe('City'),
  topics: z.array(z.string()).describe('What the events are about'),
});

export const findPlatformEvents = defineTool({
  id: 'find_platform_events',
  name: 'Events of a platform',
  description: 'Finds events of a city on a platform. (An example: the same two in every city.)',
  effect: 'read',
  args: where,
  run: () => PLATFORM,
});

export const findCommunityEvents = defineTool({
  id: 'find_community_events',
  name: 'Events of communities',
  description: 'Finds events that communities of a city announce. (An example: the same two in every city.)',
  effect: 'read',
  args: where,
  run: () => COMMUNITY,
});

export const fillForm = defineTool({
  id: 'fill_form',
  name: 'Fill in a form',
  description: 'Signs a person up for an event. (An example: it only writes it to acted.log.)',
  effect: 'once',
  args: z.object({ url: z.string(), name: z.string(), email: z.string() }),
  run: (context, args) => act(context, { tool: 'fill_form', ...args }, 'signed up'),
});
