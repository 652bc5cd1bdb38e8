import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { allBytes } from '../support/folder-listing.js';
import type { Ended } from '../support/portia.js';
import { makeToolProject } from '../support/tool-project.js';

export const CANARY = 'canary-0f9e8d7c';
export const SPELLINGS = [
  CANARY,
  Buffer.from(CANARY).toString('base64').slice(0, -3),
  Buffer.from(`x${CANARY}`).toString('base64').slice(2, -3),
  Buffer.from(CANARY).toString('hex'),
];

/** Tools that note what they were called with outside of the project's own folders, and repeat it in every way. */
const TOOLS = `
import { appendFileSync, existsSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
const note = ({ environment }, line) => appendFileSync(environment.projectRoot + '/.home/calls', line);
const password = z.string().min(8).meta({ format: 'password' });
const make = (id, effect, more = {}) => defineTool({
  id, name: id, description: id, effect, args: z.object({ password: z.string().min(8), user: z.string().default('ann') }),
  run: async (context, args) => {
    note(context, id + ' ' + args.user + ' ' + args.password + '\\n');
    return { kind: 'output', value: { said: 'signed in with ' + args.password, coded: Buffer.from('x' + args.password).toString('base64'), [args.password]: args.password } };
  },
  ...more,
});
export const login = make('login', 'read');
export const pay = make('pay', 'once', { inspect: async (args) => ({ consent: 'ask', facts: { seen: args.password }, note: 'It pays with ' + args.password + '.' }) });
export const failing = make('failing', 'read', { run: async (_context, args) => ({ kind: 'failure', message: 'wrong: ' + args.password, retryable: false }) });
export const throwing = make('throwing', 'once', { run: async (_context, args) => { throw new Error('wrong: ' + args.password); } });
export const asking = defineTool({ id: 'asking', name: 'asking', description: 'asks', effect: 'read', args: z.object({ pin: z.string().min(8).meta({ format: 'password' }) }),
  run: async (context, { pin }) => { note(context, 'asking ' + pin + '\\n'); return { kind: 'output', value: 'with ' + pin }; } });
export const inside = defineTool({ id: 'inside', name: 'inside', description: 'asks while it runs', effect: 'read', args: z.object({ token: z.string().optional() }),
  run: async (context, { token }) => {
    const told = context.answers[0]?.response;
    if (token === undefined) return { kind: 'clarifications', clarifications: [{ category: 'Input', user_guidance: 'Token?', argument_name: 'token', schema: { type: 'string', writeOnly: true } }] };
    note(context, 'inside ' + token + ' ' + told + '\\n');
    return { kind: 'output', value: token };
  } });
export const once = make('once_killed', 'idempotent', { run: async (context, args) => {
  note(context, 'once_killed ' + args.password + '\\n');
  const second = context.environment.projectRoot + '/.home/second';
  if (!existsSync(second)) { appendFileSync(second, 'x'); process.kill(process.ppid, 'SIGKILL'); await new Promise(() => {}); }
  return { kind: 'output', value: 'done with ' + args.password };
} });
export const echo = defineTool({ id: 'echo', name: 'echo', description: 'echo', effect: 'read', args: z.object({ otp: z.string() }),
  run: async (_context, { otp }) => ({ kind: 'output', value: { text: 'it is ' + otp + '.', number: Number(otp) || 0 } }) });
export const prompting = make('prompting', 'read', { run: async ({ environment, signal }, args) => ({ kind: 'output', value: await environment.askModel({ text: 'say ' + args.password }, signal) }) });
`;

export const ask = {
  kind: 'user_input',
  message: 'Which password?',
  schema: { type: 'string', format: 'password' },
  output: '$otp',
};
export const call = (tool_id: string, args: object = { password: '{{ $otp }}' }, output = '$result') => ({
  kind: 'tool',
  tool_id,
  args,
  output,
});

export const planOf = (steps: object[], more: object = {}) => ({
  plan_context: { query: 'q', tool_ids: [] },
  steps,
  ...more,
});

export function project(steps: object[], more: object = {}, files: Record<string, string | object> = {}): string {
  const cwd = makeToolProject(TOOLS, { 'plan.json': planOf(steps, more), '.home/secret.txt': `${CANARY}\n`, ...files });
  return cwd;
}

export const GIVEN = 'otp=@.home/secret.txt';
export const env = { PORTIA_TRUST_PROJECT: '1' };

/** What the tools were called with: the one place where the secret may be. */
export const calls = (cwd: string): string =>
  existsSync(join(cwd, '.home/calls')) ? readFileSync(join(cwd, '.home/calls'), 'utf8') : '';

/** Nothing that was printed or written, but what the tools noted themselves, holds the secret. */
export function expectSecret(cwd: string, ...commands: Ended[]): void {
  const printed = commands.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n');
  const written = ['plans', 'runs', 'users'].filter((folder) => existsSync(join(cwd, folder)));
  const everything = [printed, ...written.map((folder) => allBytes(join(cwd, folder)))].join('\n');
  for (const spelling of SPELLINGS) expect(everything).not.toContain(spelling);
}
