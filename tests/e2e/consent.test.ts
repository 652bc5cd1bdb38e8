import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { onlyRun, openPortia, playModel, printedError, printedQuestions, runIds, story } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

const emailTool = `import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';

export const sendEmail = defineTool({
  id: 'send_email',
  name: 'Send e-mail',
  description: 'Sends an e-mail.',
  args: z.object({ to: z.string(), body: z.string() }),
  run(context, mail) {
    appendFileSync(context.environment.projectRoot + '/sent.ndjson', JSON.stringify(mail) + '\\n');
    return 'sent';
  },
});
`;

const mailProject = (settings: object = {}) =>
  makeToolProject(emailTool, {
    'portia.json': { tools: { modules: ['./tools/*.mjs'] }, ...settings },
    'mail.json': {
      id: 'plan-019a0000-0000-7000-8000-0000000000d1',
      plan_context: { query: 'Greet them.', tool_ids: ['send_email'] },
      steps: [
        {
          kind: 'tool',
          tool_id: 'send_email',
          args: { to: 'ada@example.com', body: 'Hello {{ $name }}' },
          output: '$sent',
        },
      ],
      plan_inputs: [{ name: '$name', description: 'who is greeted', schema: { type: 'string', minLength: 2 } }],
      metadata: { schema_version: 1, created_at: '2026-11-23T10:00:00.000Z', planner: 'hand' },
    },
  });

const RUN = ['run-plan', 'mail.json', '-i', 'name=Ada'];
const MAIL = { to: 'ada@example.com', body: 'Hello Ada' };
const sent = (cwd: string): unknown[] => {
  if (!existsSync(join(cwd, 'sent.ndjson'))) return [];
  return readFileSync(join(cwd, 'sent.ndjson'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
};

describe('a call of a tool that acts, when nobody can be asked', () => {
  test('when nothing was said about the tool then the run pauses before the call, with its arguments', async () => {
    const cwd = mailProject();
    const paused = await portiaHere(RUN, { cwd });
    expect(paused.code).toBe(8);
    expect(JSON.parse(paused.stdout)).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'approval' } });
    expect(printedQuestions(paused.stderr).questions).toMatchObject([
      { category: 'User Verification', tool_id: 'send_email', args: MAIL, selector: 'verify' },
    ]);
    expect(story(cwd, onlyRun(cwd).id)).not.toContain('tool.started 0');
    expect(sent(cwd)).toEqual([]);
  });

  test.each([
    { how: 'answered with yes', flags: ['--answer', 'verify=yes'], code: 0, mails: [MAIL] },
    { how: 'approved by its tool', flags: ['--approve', 'send_*'], code: 0, mails: [MAIL] },
    { how: 'answered with no', flags: ['--answer', 'verify=no'], code: 9, mails: [] },
    { how: 'denied by its tool', flags: ['--deny', 'send_email'], code: 9, mails: [] },
  ])('when the question is $how in another process then it exits $code', async ({ flags, code, mails }) => {
    const cwd = mailProject();
    await portiaHere(RUN, { cwd });
    const resumed = await portiaHere(['resume', 'last', ...flags], { cwd });
    expect(resumed.code).toBe(code);
    expect(sent(cwd)).toEqual(mails);
    const { state, outputs } = JSON.parse(resumed.stdout) as Run;
    expect(state).toBe(code === 0 ? 'COMPLETE' : 'FAILED');
    expect(outputs.clarifications).toMatchObject([{ resolved: true, response: code === 0, channel: 'flag' }]);
  });

  test.each([
    { flags: ['--approve', 'send_email'], settings: {}, code: 0 },
    { flags: [], settings: { approvals: { send_email: 'allow' } }, code: 0 },
    { flags: ['--approve', '*', '--deny', 'send_email'], settings: {}, code: 9 },
    { flags: ['--answer', '0.verify=yes'], settings: {}, code: 8 },
  ])('when it runs with $flags and $settings then it exits $code', async ({ flags, settings, code }) => {
    const cwd = mailProject(settings);
    expect((await portiaHere([...RUN, ...flags], { cwd })).code).toBe(code);
    expect(sent(cwd)).toEqual(code === 0 ? [MAIL] : []);
  });
});

describe('a call of a tool that acts, at a terminal', () => {
  test.each([
    { keys: 'y', code: 0, mails: [MAIL] },
    { keys: 'n', code: 9, mails: [] },
    { keys: 'l', code: 8, mails: [] },
  ])('when $keys and Enter are pressed then it exits $code', async ({ keys, code, mails }) => {
    const cwd = mailProject();
    const terminal = openPortia(RUN, { cwd });
    await terminal.waitFor('Call send_email with exactly these 2 arguments?');
    for (const line of ['to: "ada@example.com"', 'body: "Hello Ada"']) expect(terminal.screen()).toContain(line);
    expect(sent(cwd)).toEqual([]);
    terminal.type(keys);
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code, signal: 0 });
    expect(sent(cwd)).toEqual(mails);
  });

  test('when --detach-on-clarification is given then nothing is asked', async () => {
    const cwd = mailProject();
    const terminal = openPortia([...RUN, '--detach-on-clarification'], { cwd });
    expect(await terminal.exit()).toEqual({ code: 8, signal: 0 });
    expect(terminal.screen()).toContain('--answer verify=yes');
    expect(sent(cwd)).toEqual([]);
  });

  test('when --yes approves the plan then the call is still asked about', async () => {
    const cwd = mailProject();
    const step = {
      task: 'Greet Ada.',
      inputs: [],
      tool_id: 'send_email',
      output: '$sent',
      condition: null,
      when: null,
    };
    const model = await playModel([
      { match: /^You are a planner/, reply: { json: { steps: [step], error: null } } },
      { match: /Task: Greet Ada/, reply: { toolCalls: [{ name: 'send_email', arguments: MAIL }] } },
    ]);
    const terminal = openPortia(['run', 'Greet Ada', '--yes'], { cwd, env: model.environment });
    await terminal.waitFor('Call send_email with exactly these 2 arguments?');
    expect(sent(cwd)).toEqual([]);
    terminal.type('y');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(sent(cwd)).toEqual([MAIL]);
  });

  test.each([{ CI: 'true' }, { PORTIA_NO_PROMPT: '1' }])('when %o is set then nothing is asked', async (env) => {
    const cwd = mailProject();
    const terminal = openPortia(RUN, { cwd, env });
    expect(await terminal.exit()).toEqual({ code: 8, signal: 0 });
    expect(terminal.screen()).not.toContain('Call send_email');
  });
});

describe('breaking off', () => {
  test.each(['ctrl-c', 'ctrl-d'] as const)(
    'when %s is pressed at an approval then it exits 130, and continues later',
    async (key) => {
      const cwd = mailProject();
      const terminal = openPortia(RUN, { cwd });
      await terminal.waitFor('Call send_email with exactly these 2 arguments?');
      terminal.press(key);
      expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
      expect(sent(cwd)).toEqual([]);
      expect(onlyRun(cwd)).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
      expect((await portiaHere(['resume', 'last', '--approve', 'send_email'], { cwd })).code).toBe(0);
      expect(sent(cwd)).toEqual([MAIL]);
      expect(onlyRun(cwd).outputs.clarifications).toMatchObject([{ resolved: true }]);
    },
  );

  test('when Ctrl-C is pressed at a plan input then it exits 130 and no run begins', async () => {
    const cwd = mailProject();
    const terminal = openPortia(['run-plan', 'mail.json'], { cwd });
    await terminal.waitFor('name: who is greeted');
    terminal.press('ctrl-c');
    expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
    expect(() => runIds(cwd)).toThrow('ENOENT');
  });

  test('when Ctrl-C is pressed before a run is deleted then it exits 130 and the run stays', async () => {
    const cwd = mailProject();
    await portiaHere(RUN, { cwd });
    const terminal = openPortia(['rm', 'last'], { cwd });
    await terminal.waitFor('Delete prun-');
    terminal.press('ctrl-c');
    expect(await terminal.exit()).toEqual({ code: 130, signal: 0 });
    expect(runIds(cwd)).toHaveLength(1);
  });

  test.each([
    { signal: 'SIGINT', code: 130 },
    { signal: 'SIGTERM', code: 143 },
  ] as const)(
    'when $signal comes while a program plans then it exits $code and the program ends',
    async ({ signal, code }) => {
      const cwd = makeProject();
      const child = startPortia(['plan', 'anything', '--model', 'exec:echo $$ >pid; exec sleep 60'], { cwd });
      const end = ended(child, '');
      const pid = await waitForPid(join(cwd, 'pid'));
      child.kill(signal);
      const { code: exitCode, stdout, stderr } = await end;
      expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
      expect(printedError(stderr)).toMatchObject({ code: 'interrupted', exit_code: code });
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    },
  );
});

async function waitForPid(file: string): Promise<number> {
  const read = () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0);
  while (read() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  return read();
}
