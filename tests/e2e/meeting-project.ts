import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RunEvent } from '../../src/domain/run/events.js';
import type { KillScenario } from '../support/kill-everywhere.js';
import { makeToolProject } from '../support/tool-project.js';

/** A calendar and a mail account of the same provider. Whoever has a file signed-in is signed in to both. */
const TOOLS = `
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool } from 'portia';
import * as z from 'zod';

const signIn = {
  category: 'Action',
  user_guidance: 'Sign in to Google.',
  action_url: 'https://accounts.google.example/sign-in',
  provider: 'Google',
};
const ready = ({ projectRoot }) =>
  existsSync(join(projectRoot, 'signed-in')) ? { ready: true } : { ready: false, clarifications: [signIn] };

const calendar = defineTool({
  id: 'google:calendar',
  name: 'Calendar',
  description: 'Gives the first free hour behind another one.',
  effect: 'read',
  args: z.object({ after: z.string() }),
  ready,
  run: (_context, { after }) => (after >= '14:00' ? '15:00' : '09:00'),
});

const mail = defineTool({
  id: 'google:mail',
  name: 'Mail',
  description: 'Sends a mail.',
  effect: 'once',
  args: z.object({ to: z.string(), subject: z.string(), text: z.string() }),
  ready,
  run({ environment, idempotencyKey: key }, { to, subject, text }) {
    const result = 'sent to ' + to;
    const effect = { tool: 'google:mail', to, subject, text, key, result };
    appendFileSync(join(environment.projectRoot, 'effects.log'), JSON.stringify(effect) + '\\n');
    return result;
  },
});

export const tools = [calendar, mail];
`;

const ask = (message: string, output: string) => ({ kind: 'user_input', message, output });

/** The steps that invite somebody to the first free hour behind this one. */
export const stepsAfter = (after: string): object[] => [
  { kind: 'tool', tool_id: 'google:calendar', args: { after }, output: '$hour' },
  ask('Who is invited?', '$name'),
  ask('Which address?', '$address'),
  ask('What is it about?', '$subject'),
  { kind: 'user_verify', message: 'Invite {{ $name }} at {{ $hour }}?' },
  {
    kind: 'tool',
    tool_id: 'google:mail',
    args: { to: '{{ $address }}', subject: '{{ $subject }}', text: 'Dear {{ $name }}, see you at {{ $hour }}.' },
    output: '$sent',
  },
];

const PLAN = { plan_context: { query: 'Invite somebody', tool_ids: [] }, steps: stepsAfter('14:00') };

export const meetingProject = (): string => makeToolProject(TOOLS, { 'meeting.json': PLAN });

export const signIn = (folder: string): void => writeFileSync(join(folder, 'signed-in'), '');

export const ANSWERS: Record<string, string> = {
  'Who is invited?': 'Ann',
  'Which address?': 'ann@example.com',
  'What is it about?': 'The roof',
};

export const SENT = {
  tool: 'google:mail',
  to: 'ann@example.com',
  subject: 'The roof',
  text: 'Dear Ann, see you at 15:00.',
};

export const MAIL_APPROVED = ['--approve', 'google:mail'];

/** The person signs in when asked to, answers, and agrees. */
export const meetingScenario: KillScenario = {
  project: meetingProject,
  start: ['run-plan', 'meeting.json'],
  flags: MAIL_APPROVED,
  answers({ category, user_guidance: asked }, folder) {
    if (category === 'Action') signIn(folder);
    return category === 'Input' ? ANSWERS[asked] : true;
  },
  leaveDone(folder: string, recorded: RunEvent[]) {
    if (recorded.some((event) => event.type === 'readiness.checked' && event.waiting.length === 0)) signIn(folder);
  },
};
