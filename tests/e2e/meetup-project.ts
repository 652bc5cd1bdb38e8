import { readFileSync } from 'node:fs';

import type { KillScenario } from '../support/kill-everywhere.js';
import { makeToolProject } from '../support/tool-project.js';

/** Two sources that know some of the same events by other addresses, and two tools that act. */
const TOOLS = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

const source = (id, events) =>
  defineTool({
    id,
    name: id,
    description: 'Finds events in a place.',
    effect: 'read',
    args: z.object({ location: z.string(), topics: z.array(z.string()) }),
    output: z.any(),
    run: (_context, { location }) => (location === 'Leeds' ? events : []),
  });

const platform = source('find_platform_events', [
  { title: 'TypeScript evening', date: '2026-11-25', url: 'https://events.example/1?utm_source=platform' },
  { title: 'Long gone', date: '2026-11-01', url: 'https://events.example/2' },
  { title: 'Node night', date: '2026-12-02', url: 'https://events.example/3?ref=a' },
]);
const communities = source('find_community_events', [
  { title: 'TypeScript evening', date: '2026-11-25', url: 'https://events.example/1?fbclid=77' },
  { title: 'Node night', date: '2026-12-02', url: 'https://events.example/3' },
  { title: 'Breakfast', date: '2026-11-24', url: 'https://events.example/4?x=1' },
  { title: 'Winter party', date: '2026-12-21', url: 'https://events.example/5' },
]);

function note({ environment, idempotencyKey: key }, tool, args) {
  const result = tool === 'fill_form' ? 'signed up' : 'sent';
  appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify({ tool, args, key, result }) + '\\n');
  return result;
}

const fillForm = defineTool({
  id: 'fill_form',
  name: 'Fill in a form',
  description: 'Signs a person up for an event.',
  effect: 'once',
  args: z.object({ url: z.string(), name: z.string(), email: z.string() }),
  run: (context, args) => note(context, 'fill_form', args),
});
const sendEmail = defineTool({
  id: 'send_email',
  name: 'Send e-mail',
  description: 'Sends an e-mail.',
  effect: 'once',
  args: z.object({ to: z.string(), subject: z.string(), body: z.string() }),
  run: (context, args) => note(context, 'send_email', args),
});

export const tools = [platform, communities, fillForm, sendEmail];
`;

const CONFIG = {
  recipient_name: 'Ada',
  recipient_email: 'ada@example.com',
  recipient_location: 'Leeds',
  topics: ['typescript'],
  days_ahead: 14,
  has_form: false,
};

/** A project with the plan, the tools, and config.json with these values in it. */
export function meetupProject(config: object = {}): string {
  return makeToolProject(TOOLS, {
    'meetup-finder.json': readFileSync('plans/meetup-finder.json', 'utf8'),
    'config.json': { ...CONFIG, ...config },
  });
}

export const APPROVE = ['--approve', 'fill_form', '--approve', 'send_email'];
export const findMeetups = (today: string): string[] => [
  'run-plan',
  'meetup-finder.json',
  ...['-i', 'config:=@config.json', '-i', `today=${today}`],
];

/** With a form, so that two calls act. */
export const meetupScenario: KillScenario = {
  project: () => meetupProject({ has_form: true }),
  start: findMeetups('2026-11-23'),
  flags: APPROVE,
};
