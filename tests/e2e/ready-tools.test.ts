import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { ended, portia, startPortia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, openPortia, printedQuestions, readEvents, runPrinted } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

/** Two tools of one provider that are ready once the file `signed-in` is there, and one that says what its test writes. */
const TOOLS = `
import { existsSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';

const action = { category: 'Action', user_guidance: 'Sign in at Example.', action_url: 'https://example.com/in', provider: 'Example' };
const waiting = () => (existsSync('signed-in') ? { ready: true } : { ready: false, clarifications: [action] });
const tool = (id, ready, more = {}) => defineTool({ id, name: id, description: 'Does it.', effect: 'read', args: z.object({}), ready, run: () => id + ' done', ...more });
export const tools = [tool('mail', waiting), tool('calendar', waiting), tool('odd', async () => SAID, { timeoutMs: 300 })];
`;

const call = (tool_id: string) => ({ kind: 'tool', tool_id, args: {}, output: `$${tool_id}` });
const planOf = (...tools: string[]) => ({ plan_context: { query: 'q', tool_ids: [] }, steps: tools.map(call) });

/** `said`: the JavaScript of what the tool `odd` says of itself. */
function project(said = '({ ready: true })') {
  const cwd = makeToolProject(TOOLS.replace('SAID', said), {
    'plan.json': planOf('mail', 'calendar'),
    'odd.json': planOf('odd'),
  });
  return { cwd, signIn: () => writeFileSync(join(cwd, 'signed-in'), '') };
}

const VALUE = ['--format', 'value'];

describe('a plan whose tools wait for a sign-in', () => {
  test('when nobody can be asked then it pauses before its first step, and says what to do', async () => {
    const { cwd, signIn } = project();
    const paused = await portia(['run-plan', 'plan.json', '--json'], { cwd });
    expect(paused.code).toBe(8);
    const { questions, run_id: id } = printedQuestions(paused.stderr);
    expect(questions).toMatchObject([
      {
        user_guidance: 'Sign in at Example.',
        action_url: 'https://example.com/in',
        source: 'mail, calendar',
        commands: [`portia resume ${id} --wait 10m`, `portia resume ${id} --answer action=skip`],
      },
    ]);
    expect(onlyRun(cwd)).toMatchObject({ state: 'NEED_CLARIFICATION', steps: [] });
    signIn();
    const [wait = ''] = questions[0]?.commands ?? [];
    expect(await runPrinted(wait, { cwd })).toMatchObject({ code: 0 });
    const checked = readEvents(cwd, id).filter(({ type }) => type === 'readiness.checked');
    expect(checked).toMatchObject([
      {
        waiting: [
          { tool_id: 'mail', provider: 'Example' },
          { tool_id: 'calendar', provider: 'Example' },
        ],
      },
      { waiting: [] },
    ]);
  });

  test('when it is to wait then it continues by itself once the person has signed in', async () => {
    const { cwd, signIn } = project();
    const child = startPortia(['run-plan', 'plan.json', '--wait', '1h', ...VALUE], { cwd });
    const end = ended(child);
    let said = '';
    while (!said.includes('Waiting up to 1h')) {
      const [text] = (await once(child.stderr ?? child, 'data')) as [Buffer];
      said += String(text);
    }
    expect(said).toContain('https://example.com/in');
    signIn();
    expect(await end).toMatchObject({ code: 0, stdout: 'calendar done\n' });
    expect(onlyRun(cwd).outputs.clarifications).toMatchObject([{ resolved: true, channel: 'tool' }]);
    const traced = JSON.parse((await portiaHere(['show', 'last', '--trace'], { cwd })).stdout) as { kind: string }[];
    expect(traced.filter(({ kind }) => kind === 'question')).toMatchObject([{ state: 'done', ms: expect.any(Number) }]);
  });

  test('when the time is over then it pauses, and the same question waits', async () => {
    const { cwd } = project();
    expect(await portiaHere(['run-plan', 'plan.json', '--wait', '1ms'], { cwd })).toMatchObject({ code: 8 });
    expect(await portiaHere(['resume', 'last', '--wait', '1ms'], { cwd })).toMatchObject({ code: 8 });
    expect(onlyRun(cwd).outputs.clarifications).toHaveLength(1);
  });

  test.each([
    ['run-plan', 'plan.json'],
    ['resume', 'last'],
    ['run', 'something that needs a model'],
  ])('when --wait of %s is no duration then nothing is done', async (command, what) => {
    const { cwd } = project();
    if (command === 'resume') await portiaHere(['run-plan', 'plan.json'], { cwd });
    const refused = await portiaHere([command, what, '--wait', 'soon'], { cwd });
    expect(expectError(refused, { code: 'usage', exit: 2 }).fix).toBe('--wait 10m');
  });

  test('when a person at a terminal signs in then the question ends by itself', async () => {
    const { cwd, signIn } = project();
    const terminal = openPortia(['run-plan', 'plan.json'], { cwd });
    await terminal.waitFor('Leave it for later');
    expect(terminal.screen()).toContain('https://example.com/in');
    signIn();
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(onlyRun(cwd)).toMatchObject({ state: 'COMPLETE' });
  });

  test('when a person at a terminal skips it then it is asked again at the call', async () => {
    const { cwd, signIn } = project();
    const terminal = openPortia(['run-plan', 'plan.json'], { cwd });
    await terminal.waitFor('Skip it');
    terminal.type('s');
    terminal.press('enter');
    await expect.poll(() => terminal.screen().split('Sign in at Example.').length, { timeout: 20_000 }).toBe(3);
    signIn();
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(onlyRun(cwd)).toMatchObject({ state: 'COMPLETE' });
  });

  test('when tools are looked at then what they wait for is said', async () => {
    const { cwd } = project();
    const here = async (...args: string[]) => portiaHere(args, { cwd });
    const checked = await here('check', 'plan.json', '--json');
    expect(checked.code).toBe(0);
    expect((JSON.parse(checked.stdout) as { problems: unknown[] }).problems).toContainEqual(
      expect.objectContaining({
        severity: 'note',
        rule: 'not-ready',
        message: 'mail waits for what you do elsewhere: Sign in at Example.',
        fix: 'Open https://example.com/in',
      }),
    );
    expect((await here('doctor', '--format', 'human')).stdout).toContain('mail: Sign in at Example.');
    expect((await here('tools', 'list', '--format', 'human')).stdout).toContain('Open https://example.com/in');
    const called = expectError(await here('tools', 'call', 'mail'), { code: 'approval-needed', exit: 8 });
    expect(called).toMatchObject({ why: 'Sign in at Example.', fix: 'Open https://example.com/in' });
  });
});

describe('a tool that cannot say whether it is ready', () => {
  test.each([
    ['throws', "(() => { throw new Error('no network'); })()", 'tool-failed', 1, 'Its ready() broke: no network'],
    ['never says it', 'new Promise(() => {})', 'timed-out', 3, 'Its ready() took longer than 0.3 s.'],
    ['keeps its process busy', '(() => { for (;;); })()', 'timed-out', 3, 'Its ready() took longer than 0.3 s.'],
    ['says yes', "'yes'", 'tool-failed', 1, 'Its ready() gave "yes".'],
    ['says nothing', 'undefined', 'tool-failed', 1, 'Its ready() gave null.'],
    ['says no without a reason', '({ ready: false })', 'tool-failed', 1, 'which does not say what is missing'],
    ['ends its process', 'process.exit(3)', 'tool-failed', 1, 'it ended its own process, with exit code 3'],
    [
      'is off',
      "({ ready: false, why: 'ODD_KEY is not set.', fix: 'export ODD_KEY=…' })",
      'invalid-settings',
      2,
      'ODD_KEY',
    ],
  ])('when it %s then no run begins, and its name is said', async (_what, said, code, exit, why) => {
    const { cwd } = project(said);
    const error = expectError(await portiaHere(['run-plan', 'odd.json'], { cwd }), { code, exit });
    expect(error.message).toContain('odd');
    expect(error.why).toContain(why);
    expect(error.fix).toMatch(/\S/);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
    // Where all tools are shown, it is one line of many.
    const doctor = await portiaHere(['doctor', '--format', 'human'], { cwd });
    expect(doctor.stdout).toContain('odd: ');
  });
});
