import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject, portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, playModel, printedError, readEvents } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

const TOOLS = `
import { defineTool } from 'portia';
import * as z from 'zod';

const tool = (id, run, more = {}) => defineTool({ id, name: id, description: 'Does it.', effect: 'read', args: z.object({}), output: z.any(), run, ...more });
export const tools = [
  tool('who', ({ endUser }) => endUser),
  tool('learn', (context) => {
    context.setEndUserData('calendar', 'cal-1');
    context.setEndUserData('old', null);
    return 'learnt';
  }),
  tool('wrong', (context) => context.setEndUserData('calendar', 7)),
  tool('fails', (context) => {
    context.setEndUserData('tried', 'yes');
    return { kind: 'failure', message: 'no', retryable: false };
  }),
  tool('gated', () => 'in', { ready: (_e, _a, about) => about?.endUser.additionalData.token === undefined && about !== undefined
    ? { ready: false, why: about.endUser.id + ' has no token.', fix: 'Give one.' } : { ready: true } }),
];
`;

const call = (tool_id: string) => ({ kind: 'tool', tool_id, args: {}, output: `$${tool_id}` });
const planOf = (...tools: string[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps: tools.map(call) });

const project = () =>
  makeToolProject(TOOLS, {
    'who.json': planOf('who'),
    'learn.json': planOf('learn', 'who'),
    'wrong.json': planOf('wrong'),
    'fails.json': planOf('fails'),
    'gated.json': planOf('gated'),
    'inner.json': {
      ...planOf(),
      steps: [{ kind: 'plan', plan: planOf('learn'), inputs: {}, output: '$x' }, call('who')],
    },
  });

const ADA = ['--end-user', 'ada'];

/** The files of end users, as they are. */
function usersIn(cwd: string): unknown[] {
  const folder = join(cwd, 'users');
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  for (const file of files) expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
}

/** What the last step of a plan gave, with these words on the command line. */
async function valueOf(cwd: string, plan: string, ...words: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await portiaHere(['run-plan', plan, '--format', 'value', ...words], { cwd });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

describe('whom a run is for', () => {
  test('when nothing is said then tools see the default user, and nothing is kept', async () => {
    const cwd = project();
    expect(await valueOf(cwd, 'who.json')).toEqual({ id: 'portia:default_user', additionalData: {} });
    expect(readdirSync(cwd)).not.toContain('users');
  });

  test('when flags say who it is then tools see it, and it is kept for the next run', async () => {
    const cwd = project();
    const flags = ['name=Ada', 'email=ada@example.com', 'phone_number=+44 1', 'plan=gold'];
    const said = flags.flatMap((flag) => ['--end-user-data', flag]);
    const ada = {
      id: 'ada',
      name: 'Ada',
      email: 'ada@example.com',
      phoneNumber: '+44 1',
      additionalData: { plan: 'gold' },
    };
    expect(await valueOf(cwd, 'who.json', ...ADA, ...said)).toEqual(ada);
    expect(await valueOf(cwd, 'who.json', ...ADA)).toEqual(ada);
    const change = ['--end-user-data', 'plan:=null', '--end-user-data', 'team=blue'];
    expect(await valueOf(cwd, 'who.json', ...ADA, ...change)).toMatchObject({
      name: 'Ada',
      additionalData: { team: 'blue' },
    });
    expect(usersIn(cwd)).toEqual([
      {
        external_id: 'ada',
        name: 'Ada',
        email: 'ada@example.com',
        phone_number: '+44 1',
        additional_data: { team: 'blue' },
      },
    ]);
  });

  test.each(['email', 'a:=1', '=x', 'a:=@file'])('when --end-user-data is %s then nothing is done', async (flag) => {
    const cwd = project();
    const refused = await portiaHere(['run-plan', 'who.json', '--end-user-data', flag], { cwd });
    expect(expectError(refused, { code: 'usage', exit: 2 }).fix).toBe('--end-user-data email=ada@example.com');
  });

  test('when a tool learns something then later calls and runs know it, also of a plan inside', async () => {
    const cwd = project();
    const run = await portia(['run-plan', 'learn.json', ...ADA, '--end-user-data', 'old=1', '--json', '--jobs', '1'], {
      cwd,
    });
    expect(run.code).toBe(0);
    const { id, outputs } = onlyRun(cwd);
    expect(outputs.step_outputs['$who']).toMatchObject({ value: { additionalData: { calendar: 'cal-1' } } });
    const kept = readEvents(cwd, id).flatMap((event) => (event.type === 'tool.finished' ? [event.end_user_data] : []));
    expect(kept).toEqual([['calendar', 'old'], undefined]);
    expect(usersIn(cwd)).toMatchObject([{ additional_data: { calendar: 'cal-1' } }]);
    const grace = await valueOf(cwd, 'inner.json', '--end-user', 'grace', '--jobs', '1');
    expect(grace).toEqual({ id: 'grace', additionalData: { calendar: 'cal-1' } });
  });

  test('when a call fails then what it learnt is kept, and what is no text is refused', async () => {
    const cwd = project();
    expect(await portiaHere(['run-plan', 'fails.json', ...ADA], { cwd })).toMatchObject({ code: 1 });
    expect(usersIn(cwd)).toMatchObject([{ additional_data: { tried: 'yes' } }]);
    const wrong = await portiaHere(['run-plan', 'wrong.json', ...ADA], { cwd });
    expect(wrong.code).toBe(1);
    expect(String(printedError(wrong.stderr)['message'])).toContain('setEndUserData keeps texts, and calendar is');
  });

  test('when a tool is called by itself then it knows the default user', async () => {
    const cwd = project();
    expect(await portiaHere(['tools', 'call', 'learn'], { cwd })).toMatchObject({ code: 0 });
    expect(usersIn(cwd)).toMatchObject([
      { external_id: 'portia:default_user', additional_data: { calendar: 'cal-1' } },
    ]);
    const who = await portiaHere(['tools', 'call', 'who'], { cwd });
    expect(JSON.parse(who.stdout)).toEqual({ id: 'portia:default_user', additionalData: { calendar: 'cal-1' } });
  });

  test('when a tool is ready only for some then it is told for whom the run is', async () => {
    const cwd = project();
    const refused = await portiaHere(['run-plan', 'gated.json', ...ADA], { cwd });
    expect(expectError(refused, { code: 'invalid-settings', exit: 2 }).why).toBe('ada has no token.');
    const run = await portiaHere(['run-plan', 'gated.json', ...ADA, '--end-user-data', 'token=t'], { cwd });
    expect(run).toMatchObject({ code: 0 });
  });

  test('when the file of a user holds something else then the run does not begin', async () => {
    const cwd = project();
    await valueOf(cwd, 'who.json', ...ADA);
    const [file = ''] = readdirSync(join(cwd, 'users'));
    const path = join(cwd, 'users', file);
    writeFileSync(path, '{"external_id": "bob"}');
    const refused = await portiaHere(['run-plan', 'who.json', ...ADA], { cwd });
    expect(expectError(refused, { code: 'unreadable', exit: 2 }).message).toContain('is not the end user "ada"');
  });
});

describe('the model of an agent', () => {
  const agent = { task: 'Greet the user', tool_id: 'llm_tool', inputs: [], output: '$greeting' };
  const greeting = { plan_context: { query: 'q', tool_ids: ['who'] }, steps: [{ ...agent, tool_id: 'who' }] };

  test('when something is known of the user then it is told, between marks', async () => {
    const model = await playModel([{ reply: { toolCalls: [{ name: 'who', arguments: {} }] } }]);
    const cwd = makeToolProject(TOOLS, { 'plan.json': greeting });
    const data = ['--end-user-data', 'name=Ada', '--end-user-data', 'plan=gold'];
    const run = await portiaHere(['run-plan', 'plan.json', ...ADA, ...data], { cwd, env: model.environment });
    expect(run).toMatchObject({ code: 0 });
    const asked = JSON.stringify(model.requests);
    expect(asked).toContain('The end user is ada.');
    expect(asked).toMatch(/About the end user:.*name.*Ada.*plan.*gold/);
  });
});

test('when a program asks then it reads what is known, and reports what it learnt', async () => {
  const cwd = makeProject({
    'portia.json': {
      programs: {
        seen: { description: 'Sees.', command: ['node', 'seen.mjs'], effect: 'read', stdin: 'json', stdout: 'json' },
      },
    },
    'seen.mjs': `
      import { readFileSync, writeSync } from 'node:fs';
      const { end_user } = JSON.parse(readFileSync(0, 'utf8'));
      writeSync(3, JSON.stringify({ kind: 'end_user_data', name: 'seen', value: 'yes' }) + '\\n');
      console.log(JSON.stringify(end_user));
    `,
    'plan.json': planOf('seen'),
  });
  expect(await valueOf(cwd, 'plan.json', ...ADA, '--end-user-data', 'name=Ada')).toEqual({
    name: 'Ada',
    email: null,
    phone_number: null,
    additional_data: {},
  });
  expect(usersIn(cwd)).toMatchObject([{ external_id: 'ada', additional_data: { seen: 'yes' } }]);
});
